/*
 * Solution of 06-1: read and write until all is moved.
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
 * Reads size bytes, in however many pieces they come. Returns how many it has
 * read, fewer than size only at end of file; or -1 with errno set.
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
 * Writes all size bytes, in as many pieces as it takes. Returns 0, or -1 with
 * errno set.
 */
static int write_all(int descriptor, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t written = write(descriptor, data, size);
        if (written == -1 && errno == EINTR)
            continue;
        if (written == -1)
            return -1;
        data += written;
        size -= (size_t)written;
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
