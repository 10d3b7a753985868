/*
 * 01-2, the mistake of whoever knows pipe(): its two ends are not alike. One is
 * for reading and one for writing.
 *
 * expect: The way back is missing.
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

/* Makes two ends that are joined. */
static void make_pair(int ends[2])
{
    int pipe_ends[2];

    if (pipe(pipe_ends) == -1)
        die("pipe");
    ends[0] = pipe_ends[1]; /* the left one is for writing */
    ends[1] = pipe_ends[0];
}

/*
 * Sends a word into one end, and reads it from the other end into heard, which
 * has room for LONGEST bytes and a final '\0'.
 */
static void carry(int from, int to, const char *word, char *heard)
{
    ssize_t n;

    if (write(from, word, strlen(word)) == -1)
        die("write");
    if ((n = read(to, heard, LONGEST)) == -1)
        die("read");
    heard[n] = '\0'; /* read() brings bytes, and no string */
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
