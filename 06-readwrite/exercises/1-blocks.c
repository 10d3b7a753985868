/*
 * Exercise 06-1: blocks of eight bytes                          20 minutes
 *
 * A stream has no boundaries: read() and write() may move less than you ask
 * for. This program cuts its input into blocks of eight bytes, and writes each
 * of them in brackets. It is complete but for its two tools, read_all() and
 * write_all(). When it is right, it does not mind where a piece of input ends:
 *
 *     $ cc 1-blocks.c -o blocks
 *     $ { printf abc; sleep 1; printf defghijkl; } | ./blocks
 *     [abcdefgh]
 *     [ijkl]
 *
 * A call that fails ends it with a message and status 1. It uses standard
 * input and output, which you can try by hand. On a socket the calls and their
 * results are the same.
 *
 * From the top folder: make exercise-06-1 grades it, make hint-06-1 helps.
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
 *
 * Your part: so far, a short read makes a short block.
 */
static ssize_t read_all(int descriptor, char *buffer, size_t size)
{
    return read(descriptor, buffer, size);
}

/*
 * Writes all of it, in as many pieces as it takes. Returns 0, or -1 with
 * errno set.
 *
 * Your part: so far, what one write() did not take is lost. That is rare, so
 * the grader makes write() take one byte where you gave it more.
 */
static int write_all(int descriptor, const char *data, size_t size)
{
    return write(descriptor, data, size) == -1 ? -1 : 0;
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

/*
 * Hint 1: Both are a loop around one call, and the result of the call says
 *         how far you are. read() has four: a part, all, 0, and -1. Think of
 *         each. What is different when -1 comes with errno EINTR?
 *
 * Hint 2: Count what you have: the next read() goes to buffer + have, for
 *         size - have bytes. Leave the loop at 0, and return what you have.
 *         Call again after EINTR. ../server.c has a write_all(): read it.
 */
