/*
 * 06-readwrite/client.c - a client that sends, and prints the replies.
 *
 *     socket -> connect -> READ/WRITE -> close
 *
 * Build: cc client.c -o client        Run: ./client /tmp/hello.sock
 *
 * Start the server first, in another terminal. A client has no bind(), no
 * listen(), no accept(), and so no name: only the server must be found.
 * Its input goes to the server, the replies to standard output; -v tells more.
 */
#include <errno.h>
#include <signal.h>
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

static int verbose; /* set by -v: tell each call, on standard error */

/* Tells a call that was made, and the descriptor it was about. */
static void tell(const char *call, int descriptor)
{
    if (verbose)
        fprintf(stderr, "%-8s descriptor %d\n", call, descriptor);
}

/*
 * Writes all of it. One write() may take less than it was given: its result
 * says how much; and a signal may interrupt it before the first byte (EINTR).
 * Returns 0, or -1 with errno set: EPIPE or ECONNRESET if nobody is there.
 */
static int write_all(int descriptor, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t written = write(descriptor, data, size);
        if (written == -1 && errno == EINTR)
            continue;
        if (written == -1)
            return -1;
        data += written;
        size -= (size_t)written;
    }
    return 0;
}

int main(int argc, char *argv[])
{
    const char *path = argc > 1 ? argv[argc - 1] : "";
    verbose = argc == 3 && strcmp(argv[1], "-v") == 0;
    if (argc != 2 + verbose || path[0] == '\0') {
        fprintf(stderr, "usage: %s [-v] PATH\n", argv[0]);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN); /* the server left: EPIPE, not the end */

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

    /*
     * 6. write and read: send a piece, then read until as much has come back.
     *    To send all the input first is a trap: once the replies fill the
     *    line, the server stops reading, and both sides wait for ever.
     */
    char buffer[4096];
    ssize_t size;
    while ((size = read(STDIN_FILENO, buffer, sizeof buffer)) > 0) {
        if (write_all(server, buffer, (size_t)size) == -1)
            die("write", "server");
        for (ssize_t left = size; left > 0; left -= size) {
            size = read(server, buffer, sizeof buffer);
            if (size == 0)
                errno = ECONNRESET; /* the end, but we wait for more */
            if (size <= 0)
                die("read", "server");
            if (verbose)
                fprintf(stderr, "read     %zd bytes\n", size);
            if (write_all(STDOUT_FILENO, buffer, (size_t)size) == -1)
                die("write", "standard output");
        }
    }
    if (size == -1)
        die("read", "standard input");

    /* shutdown: half close. We have no more to say, but could still listen. */
    if (shutdown(server, SHUT_WR) == -1)
        die("shutdown", "server");
    tell("shutdown", server);

    /* close: hang up. The server reads the end of what we had to say. */
    if (close(server) == -1)
        die("close", "server");
    tell("close", server);
    return EXIT_SUCCESS;
}
