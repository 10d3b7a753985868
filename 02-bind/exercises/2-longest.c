/*
 * Exercise 02-2: one byte too long                              10 minutes
 *
 * sun_path is small: 108 bytes on Linux, 104 on macOS and the BSDs. Much code
 * cuts a longer path short, and so does this program. Try it. It creates a
 * name that you did not ask for, and then fails to remove the one that you did
 * ask for:
 *
 *     $ cc 2-longest.c -o longest
 *     $ ./longest $(printf '%0150d' 0); ls; rm 0000*
 *
 * Change it so that it takes every path that fits with its final '\0'. It must
 * refuse all others, however long, with exit status 1 and the message below on
 * standard error, and must not create any file then, not even for a moment:
 *
 *     $ ./longest short.sock
 *     bind     short.sock
 *     $ ./longest $(printf '%0150d' 0)
 *     longest: bind: 000...000: File name too long
 *
 * The message contains the whole path, which dots shorten here. As in the
 * lesson, a path that is taken stays as it is, and if a call fails, die()
 * prints which one.
 *
 * In the top folder, make exercise-02-2 grades it and make hint-02-2 helps.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Prints which call failed, on what and why, and exits. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "longest: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/*
 * Puts the path into the address, or exits.
 *
 * Your part: strncpy() does not report that it has left something out. The
 * error for die() is ENAMETOOLONG.
 */
static void fill(struct sockaddr_un *address, const char *path)
{
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    strncpy(address->sun_path, path, sizeof address->sun_path - 1);
}

int main(int argc, char *argv[])
{
    struct sockaddr_un address;

    if (argc != 2 || argv[1][0] == '\0') {
        fprintf(stderr, "usage: %s PATH\n", argv[0]);
        return 2;
    }
    const char *path = argv[1];
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */

    fill(&address, path);

    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (listener == -1)
        die("socket", "AF_UNIX");
    if (bind(listener, (struct sockaddr *)&address, sizeof address) == -1)
        die("bind", path);
    printf("bind     %s\n", path);

    if (close(listener) == -1)
        die("close", "listener");
    if (unlink(path) == -1)
        die("unlink", path);
    return EXIT_SUCCESS;
}

/*
 * Hint 1: Compare the length of the path with the room for it before you copy.
 *         Do not write the room as a number: sizeof knows it on every system.
 *
 * Hint 2: A string of n bytes needs n + 1 bytes. So it fits as long as
 *         strlen(path) is less than sizeof address->sun_path. If it does not
 *         fit, set errno = ENAMETOOLONG and call die("bind", path).
 */
