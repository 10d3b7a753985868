/*
 * Solution of 05-2: each failure is reported where it happens.
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
    fprintf(stderr, "down: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/* Connects to the server, and returns the descriptor. */
static int call(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        die("connect", path);
    }
    strcpy(address.sun_path, path);

    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    if (server == -1)
        die("socket", "AF_UNIX");
    if (connect(server, (struct sockaddr *)&address, sizeof address) == -1)
        die("connect", path);
    return server;
}

int main(int argc, char *argv[])
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s PATH\n", argv[0]);
        return 2;
    }

    int server = call(argv[1]);
    printf("connect  descriptor %d\n", server);
    close(server);
    return EXIT_SUCCESS;
}
