/*
 * Exercise 06-1: blocks of eight bytes                          20 minutes
 *
 * A stream has no boundaries: read() and write() may move fewer bytes than you
 * ask for. This program cuts its input into blocks of eight bytes and writes
 * each block in brackets as soon as it is complete. Only its two tools are
 * unfinished, read_all() and write_all(). Once they are right, it no longer
 * matters where a piece of the input ends:
 *
 *     $ cc 1-blocks.c -o blocks
 *     $ { printf abc; sleep 1; printf defghijkl; } | ./blocks
 *     [abcdefgh]
 *     [ijkl]
 *
 * Only the last block may be shorter. A block may contain any byte, even a
 * newline or a NUL. If a call fails, the program prints a message with the
 * reason and exits with status 1. A call that a signal has interrupted (EINTR)
 * has not failed: make it again.
 *
 * The program uses standard input and output, so that you can try it by hand.
 * On a socket, read() and write() return the same results.
 *
 * In the top folder, make exercise-06-1 grades it and make hint-06-1 helps.
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
 *
 * Your part: so far, a short read makes a short block.
 */
static ssize_t read_all(int descriptor, char *buffer, size_t size)
{
    return read(descriptor, buffer, size);
}

/*
 * Writes all size bytes, in as many pieces as it takes. Returns 0, or -1 with
 * errno set.
 *
 * Your part: so far, what one write() did not take is lost. That happens
 * rarely, so the grader makes some of your calls take only one byte.
 */
static int write_all(int descriptor, const char *data, size_t size)
{
    return write(descriptor, data, size) == -1 ? -1 : 0;
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

/*
 * Hint 1: Each of the two is a loop around one call, and the result of the
 *         call says how far you are. read() has four results: all, a part, 0
 *         and -1. Think about each. What is different about -1 with EINTR?
 *
 * Hint 2: Count the bytes that you have: the next read() goes to buffer + have
 *         and asks for size - have bytes. At 0, leave the loop and return what
 *         you have. After EINTR, repeat the call and change neither number.
 *         ../server.c has a write_all() that you can compare with yours.
 */
