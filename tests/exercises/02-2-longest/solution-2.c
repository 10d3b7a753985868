/*
 * Solution of 02-2: snprintf() never writes too much, and returns how many
 * bytes the whole text has.
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

/* Puts the path into the address, or exits. */
static void fill(struct sockaddr_un *address, const char *path)
{
    size_t room = sizeof address->sun_path;

    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;

    int length = snprintf(address->sun_path, room, "%s", path);
    if (length < 0 || (size_t)length >= room) {
        errno = ENAMETOOLONG;
        die("bind", path);
    }
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
