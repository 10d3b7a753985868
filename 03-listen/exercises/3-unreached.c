/*
 * Exercise 03-3: three ways not to connect                      20 minutes
 *
 * A client may fail to connect although a server runs. You are that server:
 * make a client fail in each of these ways, for as long as you wait.
 *
 *     lost     the server listens, but its path does not exist (ENOENT)
 *     deaf     the path is there, but nobody listens (ECONNREFUSED)
 *     full     the server listens, but its backlog has no room: the client
 *              waits in connect() (on macOS and the BSDs: ECONNREFUSED)
 *
 *     $ cc 3-unreached.c -o unreached
 *     $ ./unreached /tmp/hello.sock deaf
 *     ready    deaf
 *              press Enter to end
 *
 * and in another terminal:
 *
 *     $ ../../05-connect/client /tmp/hello.sock
 *     socket   descriptor 3
 *     client: connect: /tmp/hello.sock: Connection refused
 *     client: the path is there, but nobody listens: ...
 *
 * In all three ways Enter ends it with status 0, and the path is gone then.
 *
 * From the top folder: make exercise-03-3 grades it, make hint-03-3 helps.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The name of the server. */
static struct sockaddr_un address = {.sun_family = AF_UNIX};

/* Says which call failed, on what and why, and ends the program. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "unreached: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/*
 * Your part: each of these gets a socket that is bound to the name and does
 * not listen yet. So one of them is right already.
 */
static void be_lost(int listener)
{
    if (listen(listener, 5) == -1)
        die("listen", address.sun_path);
}

static void be_deaf(int listener)
{
    (void)listener;
}

static void be_full(int listener)
{
    if (listen(listener, 0) == -1)
        die("listen", address.sun_path);
}

int main(int argc, char *argv[])
{
    if (argc != 3 || strlen(argv[1]) >= sizeof address.sun_path) {
        fprintf(stderr, "usage: %s PATH lost|deaf|full\n", argv[0]);
        return 2;
    }
    strcpy(address.sun_path, argv[1]);
    setvbuf(stdout, NULL, _IOLBF, 0); /* show each line as it happens */

    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (listener == -1)
        die("socket", "AF_UNIX");
    if (bind(listener, (struct sockaddr *)&address, sizeof address) == -1)
        die("bind", address.sun_path);

    if (strcmp(argv[2], "lost") == 0)
        be_lost(listener);
    else if (strcmp(argv[2], "deaf") == 0)
        be_deaf(listener);
    else
        be_full(listener);
    printf("ready    %s\n", argv[2]);
    printf("         press Enter to end\n");
    getchar();

    close(listener);
    if (unlink(address.sun_path) == -1)
        die("unlink", address.sun_path);
    return EXIT_SUCCESS;
}

/*
 * Hint 1: The path is only a name: what removes it, leaves the socket as it
 *         is. A backlog of 0 has room for one client on Linux; a server can be
 *         a client of its own. And what does the end of this program expect?
 *
 * Hint 2: lost: listen(), then unlink(); the last unlink() must then live with
 *         ENOENT. full: listen(listener, 0), then sockets with O_NONBLOCK that
 *         connect(), until one fails with EAGAIN. A blocking one would wait
 *         for room that only you could make.
 */
