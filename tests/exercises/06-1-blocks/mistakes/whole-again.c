/*
 * 06-1, the mistake of whoever repeats the call, and not the rest of it: after
 * a short write() all is written once more.
 *
 * expect: After a short write() the first bytes come twice.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How many bytes make a block. */
#define BLOCK 8

/* Says which call failed and why, and ends the program. */
static void die(const char *call)
{
    fprintf(stderr, "blocks: %s: %s\n", call, strerror(errno));
    exit(EXIT_FAILURE);
}

/*
 * Reads size bytes, in as many pieces as they come. Returns how many came:
 * fewer than size only if the end came first. -1, with errno set: an error.
 */
static ssize_t read_all(int descriptor, char *buffer, size_t size)
{
    size_t have = 0;

    while (have < size) {
        ssize_t count = read(descriptor, buffer + have, size - have);
        if (count == -1 && errno == EINTR)
            continue;
        if (count == -1)
            return -1;
        if (count == 0)
            break; /* the end: what we have is all there is */
        have += (size_t)count;
    }
    return (ssize_t)have;
}

/*
 * Writes all of it, in as many pieces as it takes. Returns 0, or -1 with
 * errno set.
 */
static int write_all(int descriptor, const char *data, size_t size)
{
    ssize_t written;

    do
        written = write(descriptor, data, size);
    while (written < (ssize_t)size && (written != -1 || errno == EINTR));
    return written == -1 ? -1 : 0;
}

int main(void)
{
    char line[BLOCK + 3]; /* a block, its brackets, and the end of the line */
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
