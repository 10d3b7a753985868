/*
 * Exercise 03-2: active or passive?                             10 minutes
 *
 * A new socket is active: it can call. listen() makes it passive: it can be
 * called. The kernel knows which it is, and a program can ask, for example
 * when it has inherited a socket. Write the function that asks. The program
 * around it shows the answer after each call:
 *
 *     $ cc 2-role.c -o role
 *     $ ./role hello.sock </dev/null
 *     socket   active
 *     bind     active
 *     listen   passive
 *     connect  active
 *     queue    passive
 *     accept   active
 *     input    not a socket
 *     close    not open
 *
 * "queue" is the listening socket once more, while a client is pending in its
 * queue. Asking must not change anything, not even for a moment: neither the
 * socket, nor its queue, nor the flags of any descriptor, which other programs
 * may share. And it needs no descriptor of its own: there may be none left.
 * If the system does not say whether a socket listens (macOS and OpenBSD do
 * not), the answer is "unknown": never guess.
 *
 * In the top folder, make exercise-03-2 grades it and make hint-03-2 helps.
 */
#include <errno.h>
#include <fcntl.h>
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
 * Returns what a descriptor is: "active", "passive", "not a socket", "not
 * open", or "unknown" if the system does not answer the question.
 *
 * Your part: so far, it recognizes only a descriptor that is not open.
 */
static const char *role(int descriptor)
{
    if (fcntl(descriptor, F_GETFD) == -1 && errno == EBADF)
        return "not open";
    return "active";
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

    /* This is the client that waited, unless role() has taken it. */
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

/*
 * Hint 1: A socket has options that a program can set and read, and a few that
 *         it can only read. One of these shows whether the socket accepts
 *         connections: look for it in man 7 socket. Which error does the
 *         call give if the descriptor is not a socket?
 *
 * Hint 2: getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &answer, &size).
 *         Before the call, size must be the size of answer. If it returns -1,
 *         look at errno: ENOTSOCK is "not a socket", EBADF is "not open", and
 *         ENOPROTOOPT is "unknown".
 */
