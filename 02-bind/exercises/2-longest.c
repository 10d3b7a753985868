/*
 * Exercise 02-2: one byte too long                              15 minutes
 *
 * sun_path is small: 108 bytes on Linux, 104 on macOS and the BSDs. Much code
 * cuts a path that is longer, and so does this program. Try it: it makes a
 * name that nobody asked for, and cannot remove the one that it thinks it has.
 *
 *     $ cc 2-longest.c -o longest
 *     $ ./longest /tmp/$(printf '%0150d' 0); ls -l /tmp; rm /tmp/0000*
 *
 * It must take every path that fits, with its final '\0', and refuse all
 * others with this message, exit status 1, and nothing made:
 *
 *     $ ./longest /tmp/short
 *     bind     /tmp/short
 *     $ ./longest /tmp/$(printf '%0150d' 0)
 *     longest: bind: /tmp/000...000: File name too long
 *
 * From the top folder: make exercise-02-2 grades it, make hint-02-2 helps.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Says which call failed, on what and why, and ends the program. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "longest: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/*
 * Puts the path into the address, or ends the program.
 *
 * Your part: strncpy() never says that it has left something out. The error
 * for die() is ENAMETOOLONG.
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
    setvbuf(stdout, NULL, _IOLBF, 0); /* show each line as it happens */

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
 * Hint 1: Compare the length of the path with the room, before you copy. Do
 *         not write a number: sizeof knows the room, on every system.
 *
 * Hint 2: A string of n bytes needs n + 1. So it fits as long as strlen(path)
 *         is less than sizeof address->sun_path. errno = ENAMETOOLONG before
 *         die() gives the message.
 */
