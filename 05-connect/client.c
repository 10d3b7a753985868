/*
 * 05-connect/client.c - the other side: a client that calls the server.
 *
 *     socket -> CONNECT -> read/write -> close
 *
 * Build: cc client.c -o client        Run: ./client /tmp/hello.sock
 *
 * Start the server first, in another terminal. A client has no bind(), no
 * listen(), no accept(), and so no name: only the server must be found.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A line of advice, where the reason why connect() failed is a usual one. */
static void advise(int error)
{
    struct sockaddr_un address;

    if (error == ENOENT)
        fprintf(stderr, "client: no such path: is the server started, and "
                        "with this very path?\n");
    else if (error == ECONNREFUSED)
        fprintf(stderr, "client: the path is there, but nobody listens: "
                        "has its server ended?\n");
    else if (error == EACCES)
        fprintf(stderr, "client: you may not write to that socket, or not "
                        "enter its folder\n");
    else if (error == ENAMETOOLONG)
        fprintf(stderr, "client: the longest path that fits has %zu bytes\n",
                sizeof address.sun_path - 1);
}

/* Says which call failed, on what and why, and ends the program. */
static void die(const char *call, const char *what)
{
    int error = errno; /* the calls below may change it */

    fprintf(stderr, "client: %s: %s: %s\n", call, what, strerror(error));
    if (strcmp(call, "connect") == 0)
        advise(error);
    exit(EXIT_FAILURE);
}

/* Tells a call that was made, and the descriptor it was about. */
static void tell(const char *call, int descriptor)
{
    printf("%-8s descriptor %d\n", call, descriptor);
}

int main(int argc, char *argv[])
{
    const char *path = argc > 1 ? argv[argc - 1] : "";
    if (argc != 2 || path[0] == '\0') {
        fprintf(stderr, "usage: %s PATH\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* show each line as it happens */

    /*
     * 1. socket: the same call as in the server. A new socket is active, and
     *    a client leaves it so: an active socket is one that can connect.
     */
    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    if (server == -1)
        die("socket", "AF_UNIX");
    tell("socket", server);

    /*
     * 5. connect: find the passive socket that has this name, and be joined
     *    to it. The server must have called listen(), but need not be in
     *    accept(): the kernel completes the connection at once and lets it
     *    wait in the backlog. From here on the descriptor is one end of the
     *    line; what accept() returns to the server is the other.
     */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        die("connect", path);
    }
    strcpy(address.sun_path, path);
    if (connect(server, (struct sockaddr *)&address, sizeof address) == -1)
        die("connect", path);
    tell("connect", server);

    /* Time to look at it from another terminal: the README shows how. */
    printf("         press Enter to end\n");
    getchar();

    /* close: hang up. The server reads the end of what we had to say. */
    if (close(server) == -1)
        die("close", "server");
    tell("close", server);
    return EXIT_SUCCESS;
}
