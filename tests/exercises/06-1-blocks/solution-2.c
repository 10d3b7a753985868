/*
 * Solution of 06-1: one loop for both, which moves a byte range forward.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The size of a block, in bytes. */
#define BLOCK 8

/* Prints which call failed and why, and exits. */
static void die(const char *call)
{
    fprintf(stderr, "blocks: %s: %s\n", call, strerror(errno));
    exit(EXIT_FAILURE);
}

/*
 * What one call has done: more than 0 is a number of bytes, 0 is the end. An
 * interrupted call (EINTR) has done nothing, and is made again by the caller.
 */
enum result { AGAIN = -2, FAILED = -1, END = 0 };

static ssize_t result_of(ssize_t count)
{
    if (count == -1)
        return errno == EINTR ? AGAIN : FAILED;
    return count;
}

/*
 * Reads size bytes, in however many pieces they come. Returns how many it has
 * read, fewer than size only at end of file; or -1 with errno set.
 */
static ssize_t read_all(int descriptor, char *buffer, size_t size)
{
    char *next = buffer;
    char *end = buffer + size;

    while (next != end) {
        ssize_t count = result_of(read(descriptor, next, (size_t)(end - next)));
        if (count == FAILED)
            return -1;
        if (count == END)
            end = next;
        if (count > 0)
            next += count;
    }
    return next - buffer;
}

/*
 * Writes all size bytes, in as many pieces as it takes. Returns 0, or -1 with
 * errno set.
 */
static int write_all(int descriptor, const char *data, size_t size)
{
    const char *end = data + size;

    while (data != end) {
        ssize_t count = result_of(
            write(descriptor, data, (size_t)(end - data)));
        if (count == FAILED)
            return -1;
        if (count > 0)
            data += count;
    }
    return 0;
}

int main(void)
{
    char line[BLOCK + 3]; /* a block, its brackets, and a newline */
    ssize_t size;

    line[0] = '[';
    while ((size = read_all(STDIN_FILENO, line + 1, BLOCK)) > 0) {
        memcpy(line + 1 + size, "]\n", 2);
        if (write_all(STDOUT_FILENO, line, (size_t)size + 3) == -1)
            die("write");
    }
    if (size == -1)
        die("read");
    return EXIT_SUCCESS;
}
