/*
 * Solution of 03-2: look at the descriptor first, step by step.
 */
#define _POSIX_C_SOURCE 200809L /* for S_ISSOCK() */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Prints which call failed, and why, and exits. */
static void die(const char *call)
{
    fprintf(stderr, "role: %s: %s\n", call, strerror(errno));
    exit(EXIT_FAILURE);
}

/* What a descriptor is: is it open, is it a socket, does it listen? */
static const char *role(int descriptor)
{
    struct stat status;
    int passive;
    socklen_t size = sizeof passive;

    if (fcntl(descriptor, F_GETFD) == -1)
        return "not open";
    if (fstat(descriptor, &status) == -1)
        die("fstat");
    if (!S_ISSOCK(status.st_mode))
        return "not a socket";
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &passive, &size) ==
        -1)
        return "unknown";
    return passive ? "passive" : "active";
}

/* Shows the call that was made, and the role of the descriptor now. */
static void show(const char *call, int descriptor)
{
    printf("%-8s %s\n", call, role(descriptor));
}

int main(int argc, char *argv[])
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (argc != 2 || strlen(argv[1]) >= sizeof address.sun_path) {
        fprintf(stderr, "usage: %s PATH\n", argv[0]);
        return 2;
    }
    strcpy(address.sun_path, argv[1]);
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */

    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (listener == -1)
        die("socket");
    show("socket", listener);

    if (bind(listener, (struct sockaddr *)&address, sizeof address) == -1)
        die("bind");
    show("bind", listener);

    if (listen(listener, 5) == -1)
        die("listen");
    show("listen", listener);

    int caller = socket(AF_UNIX, SOCK_STREAM, 0);
    if (caller == -1)
        die("socket");
    if (connect(caller, (struct sockaddr *)&address, sizeof address) == -1)
        die("connect");
    show("connect", caller);
    show("queue", listener);

    /* This is the client that waited, unless somebody has taken it. */
    int client = accept(listener, NULL, NULL);
    if (client == -1)
        die("accept");
    show("accept", client);

    show("input", STDIN_FILENO);
    close(client);
    show("close", client);
    unlink(argv[1]);
    return EXIT_SUCCESS;
}
