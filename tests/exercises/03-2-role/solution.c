/*
 * Solution of 03-2: ask the socket, and read the errors.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Prints which call failed, and why, and exits. */
static void die(const char *call)
{
    fprintf(stderr, "role: %s: %s\n", call, strerror(errno));
    exit(EXIT_FAILURE);
}

/*
 * What a descriptor is. SO_ACCEPTCONN is 1 for a socket that listens; the
 * errors of the call tell the rest.
 */
static const char *role(int descriptor)
{
    int passive;
    socklen_t size = sizeof passive;

    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &passive, &size) == 0)
        return passive ? "passive" : "active";
    if (errno == EBADF)
        return "not open";
    if (errno == ENOTSOCK)
        return "not a socket";
    if (errno == ENOPROTOOPT)
        return "unknown";
    die("getsockopt");
    return NULL;
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
