/*
 * Exercise 03-3: three ways not to connect                      20 minutes
 *
 * A client can fail to connect although a server is running. Write that server:
 * until you press Enter, it makes clients fail in one of these ways.
 *
 *     lost     the server listens, but its path does not exist (ENOENT)
 *     deaf     the path exists, but nothing listens there (ECONNREFUSED)
 *     full     the server listens, but its backlog has no room: a client
 *              blocks in connect(), and one that is non-blocking gets EAGAIN
 *              (macOS and the BSDs: ECONNREFUSED)
 *
 *     $ cc 3-unreached.c -o unreached
 *     $ ./unreached hello.sock deaf
 *     ready    deaf
 *              press Enter to exit
 *
 * and in another terminal:
 *
 *     $ ../../05-connect/client hello.sock
 *     socket   descriptor 3: active
 *     client: connect: hello.sock: Connection refused
 *     ...
 *
 * "ready" means that clients fail from now on. If a call that you need for that
 * fails, die() reports it, with exit status 1, and "ready" is not printed. In
 * all three cases, Enter ends the program with status 0. By then the path is
 * gone, and no other file is left behind. If the path cannot be removed, die()
 * reports that. (No other program touches the path. After die(), it may stay.)
 *
 * In the top folder, make exercise-03-3 grades it and make hint-03-3 helps.
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

/* Prints which call failed, on what and why, and exits. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "unreached: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/*
 * Your part: each of these functions gets a socket that is bound to the path
 * and does not listen yet. (So one of them is right already.) Look at the end
 * of main(), too: what does it expect?
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
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */

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
    printf("         press Enter to exit\n");
    getchar();

    close(listener);
    if (unlink(address.sun_path) == -1)
        die("unlink", address.sun_path);
    return EXIT_SUCCESS;
}

/*
 * Hint 1: The path is only a name. Removing it leaves the socket as it is. On
 *         Linux a backlog of 0 has room for one client, and a server can be
 *         its own client.
 *
 * Hint 2: lost: listen(), then unlink(). The unlink() at the end of main() then
 *         fails with ENOENT, which is not an error in this case. full:
 *         listen(listener, 0), then sockets with O_NONBLOCK that connect(),
 *         until one of them fails with EAGAIN. A blocking one would wait for
 *         room that only your own program could make.
 */
