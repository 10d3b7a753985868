/*
 * Solution of 02-2: copy what fits, and compare. If the copy differs, strncpy()
 * has left something out.
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
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    strncpy(address->sun_path, path, sizeof address->sun_path - 1);
    if (strcmp(address->sun_path, path) != 0) {
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
