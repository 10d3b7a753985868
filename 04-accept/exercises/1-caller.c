/*
 * Exercise 04-1: who is calling?                                15 minutes
 *
 * A client rarely has a name, and whatever it writes about itself may be a
 * lie. But the kernel knows which user called connect(), and from which
 * process. This server accepts clients one after another. Make it ask the
 * kernel, and print each client's user and process:
 *
 *     $ cc 1-caller.c -o caller
 *     $ ./caller hello.sock 2
 *     listen   hello.sock
 *     accept   user 1000, process 4711
 *     accept   user 0, process 4712
 *
 * These two clients were ../../05-connect/client, run by you and by root.
 * (id -u prints your number. There are users up to 4294967294.) A client may
 * have left before it is accepted, or be another user by then: the kernel still
 * knows who called.
 *
 * If the kernel does not answer, call die(): it reports the call that failed,
 * removes the path, and exits with status 1. The server must never guess: 0 is
 * a user, too.
 *
 * In the top folder, make exercise-04-1 grades it and make hint-04-1 helps.
 */
#define _GNU_SOURCE /* without it, what only Linux has is hidden */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The name of the server, and whether it is there, for die() to remove. */
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static int bound;

/* Prints which call failed, and why, and exits. */
static void die(const char *call)
{
    fprintf(stderr, "caller: %s: %s\n", call, strerror(errno));
    if (bound)
        unlink(address.sun_path);
    exit(EXIT_FAILURE);
}

/* Who is at the other end of a connection. */
struct caller {
    long user;
    long process;
};

/*
 * Your part: ask the kernel who is at the other end of the connection. So far,
 * the function returns the server's own user and process.
 */
static struct caller who_calls(int client)
{
    struct caller caller = {.user = geteuid(), .process = getpid()};

    (void)client;
    return caller;
}

/* Returns a socket that listens on the path. */
static int open_listener(const char *path)
{
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (listener == -1)
        die("socket");
    strcpy(address.sun_path, path);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) == -1)
        die("bind");
    bound = 1;
    if (listen(listener, 5) == -1)
        die("listen");
    printf("listen   %s\n", path);
    return listener;
}

int main(int argc, char *argv[])
{
    if (argc != 3 || strlen(argv[1]) >= sizeof address.sun_path) {
        fprintf(stderr, "usage: %s PATH CLIENTS\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */

    int listener = open_listener(argv[1]);
    for (long left = atol(argv[2]); left > 0; left--) {
        int client = accept(listener, NULL, NULL);
        if (client == -1)
            die("accept");

        struct caller caller = who_calls(client);
        printf("accept   user %ld, process %ld\n", caller.user, caller.process);
        close(client);
    }
    close(listener);
    unlink(argv[1]);
    return EXIT_SUCCESS;
}

/*
 * Hint 1: The answer is an option of a socket. man 7 unix describes it on
 *         Linux, getpeereid(3) on macOS and the BSDs. The server has two
 *         kinds of sockets: which of them has the client at its other end?
 *
 * Hint 2: Linux: struct ucred answer; socklen_t size = sizeof answer; then
 *         getsockopt(client, SOL_SOCKET, SO_PEERCRED, &answer, &size). If
 *         that returns -1, nothing was filled in: die("getsockopt"). macOS:
 *         getpeereid() for the user, LOCAL_PEERPID of SOL_LOCAL for the
 *         process.
 */
