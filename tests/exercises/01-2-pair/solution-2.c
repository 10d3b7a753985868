/*
 * Solution of 01-2: read until all the bytes that were sent have arrived. That
 * is more than this exercise needs, and what stage 06 will ask for.
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

/* Creates two stream sockets that are connected to each other. */
static void make_pair(int ends[2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1)
        die("socketpair");
}

/*
 * Sends a word into one end, and reads it from the other end into heard, which
 * has room for LONGEST bytes and a final '\0'.
 */
static void carry(int from, int to, const char *word, char *heard)
{
    size_t length = strlen(word), got = 0;

    if (write(from, word, length) == -1)
        die("write");

    while (got < length) {
        ssize_t count = read(to, heard + got, length - got);
        if (count == -1)
            die("read");
        got += (size_t)count;
    }
    heard[length] = '\0';
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
