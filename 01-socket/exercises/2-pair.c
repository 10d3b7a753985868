/*
 * Exercise 01-2: talk to yourself                               15 minutes
 *
 * socketpair() makes two sockets that are joined already: no name, no server
 * and no client is needed. What you write into one, you read from the other,
 * and both ways work. Here, each word goes from left to right, and comes back
 * in capital letters:
 *
 *     $ cc 2-pair.c -o pair
 *     $ ./pair hello hi
 *     right    hello
 *     left     HELLO
 *     right    hi
 *     left     HI
 *
 * main() is complete. Two functions have a part missing; man 2 socketpair,
 * man 2 write and man 2 read tell what you need. If a call fails, die() tells
 * which.
 *
 * From the top folder: make exercise-01-2 grades it, make hint-01-2 helps.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* No word may be longer; with its final '\0' it has one byte more. */
#define LONGEST 100

/* Says which call failed and why, and ends the program. */
static void die(const char *call)
{
    fprintf(stderr, "pair: %s: %s\n", call, strerror(errno));
    exit(EXIT_FAILURE);
}

/*
 * Makes two stream sockets that are joined.
 *
 * Your part: one call, and a look at its result. die() is there for you.
 */
static void make_pair(int ends[2])
{
    ends[0] = ends[1] = -1;
}

/*
 * Sends a word into one end, and reads it from the other end into heard, which
 * has room for LONGEST bytes and a final '\0'.
 *
 * Your part: a socket carries bytes, and no string: what does read() not do?
 */
static void carry(int from, int to, const char *word, char *heard)
{
    if (from == -1 || to == -1 || word[0] == '\0') {
        errno = EBADF;
        die("carry");
    }
    heard[0] = '\0';
}

int main(int argc, char *argv[])
{
    int ends[2];
    char heard[LONGEST + 1];

    setvbuf(stdout, NULL, _IOLBF, 0); /* show each line as it happens */

    make_pair(ends);
    for (int i = 1; i < argc; i++) {
        if (strlen(argv[i]) > LONGEST || argv[i][0] == '\0') {
            fprintf(stderr, "pair: 1 to %d bytes a word\n", LONGEST);
            return 2;
        }
        carry(ends[0], ends[1], argv[i], heard);
        printf("right    %s\n", heard);

        for (char *letter = heard; *letter != '\0'; letter++)
            *letter = (char)toupper((unsigned char)*letter);
        char answer[LONGEST + 1];
        strcpy(answer, heard);
        carry(ends[1], ends[0], answer, heard);
        printf("left     %s\n", heard);
    }
    if (close(ends[0]) == -1 || close(ends[1]) == -1)
        die("close");
    return EXIT_SUCCESS;
}

/*
 * Hint 1: The domain and the type are those of lesson 01. After write() into
 *         one end, the bytes wait in the kernel until somebody reads the
 *         other end. read() returns how many bytes it has brought.
 *
 * Hint 2: socketpair(AF_UNIX, SOCK_STREAM, 0, ends). Write strlen(word) bytes
 *         into from. Read at most LONGEST bytes from to; with n bytes read,
 *         heard[n] = '\0' makes a string of them. -1 is an error, each time.
 */
