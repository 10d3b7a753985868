/*
 * Exercise 01-2: talk to yourself                               15 minutes
 *
 * socketpair() creates two sockets that are already connected. They need no
 * name, no server and no client. What you write into one socket, you read
 * from the other, in both directions. Here each word travels from the left
 * socket to the right one, and comes back in capital letters:
 *
 *     $ cc 2-pair.c -o pair
 *     $ ./pair hello hi
 *     right    hello
 *     left     HELLO
 *     right    hi
 *     left     HI
 *
 * main() is complete. make_pair() and carry() are not. Send with write() or a
 * relative of it (send, sendmsg, writev), and receive with read() or one of its
 * relatives. If a call fails, the program prints which one on standard
 * error, and exits with status 1. die() does that.
 *
 * In the top folder, make exercise-01-2 grades it and make hint-01-2 helps.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The longest word has this many bytes, and a final '\0' after them. */
#define LONGEST 100

/* Prints which call failed and why, and exits. */
static void die(const char *call)
{
    fprintf(stderr, "pair: %s: %s\n", call, strerror(errno));
    exit(EXIT_FAILURE);
}

/*
 * Creates two stream sockets that are connected to each other.
 *
 * Your part: one call, and a check of its result.
 */
static void make_pair(int ends[2])
{
    ends[0] = ends[1] = -1;
}

/*
 * Sends a word into one end, and reads it from the other end into heard, which
 * has room for LONGEST bytes and a final '\0'.
 *
 * Your part: send the letters of the word and nothing else. A socket carries
 * bytes, not strings. What does read() leave for you to do? (So few bytes
 * arrive in one piece here. Stage 06 is about those that do not.)
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

    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */

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
 * Hint 1: The domain and the type are those of stage 01. After write() into
 *         one end, the bytes wait in the kernel until they are read from the
 *         other end. read() returns how many bytes it has delivered.
 *
 * Hint 2: Call socketpair(AF_UNIX, SOCK_STREAM, 0, ends). Write strlen(word)
 *         bytes into from, and read at most LONGEST bytes from to. If that
 *         was n bytes, heard[n] = '\0' makes them a string. Each of the three
 *         calls returns -1 if it fails.
 */
