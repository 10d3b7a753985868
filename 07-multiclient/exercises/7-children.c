/*
 * Exercise 07-7: a child that keeps the listener open           30 minutes
 *
 * This server runs a command for each client. The connection is the command's
 * standard input and output. Kill the server while a command runs, and clients
 * can still connect, but are never served:
 *
 *     $ cc 7-children.c -o children
 *     $ ./children hello.sock cat
 *     listen   hello.sock
 *
 *     $ ../client hello.sock          (second terminal; leave it running)
 *
 *     $ kill -9 $(pgrep -x children)          (third terminal)
 *     $ ../client hello.sock
 *     client: connect: hello.sock: Connection refused     what it should print
 *
 * Without your part the last command hangs: cat holds the listening socket, so
 * the kernel goes on queueing clients. (ss -xlp shows which process has it.)
 *
 * 1. When the server is gone, whether it left at SIGTERM or was killed, no
 *    process holds the listening socket. Commands that run go on undisturbed.
 * 2. A client sees the end of file as soon as its command has closed standard
 *    input and output, even if that command goes on running.
 * 3. The command's standard input and output are the connection even when the
 *    server itself was started without them: ./children hello.sock cat <&- >&-
 *    (What it gets as standard error, if the server has none, is up to you.)
 * 4. A descriptor that the server was started with (5<file) is not the server's
 *    to close. The commands get it.
 * 5. If a call that is needed for this fails, the server does not run the
 *    command without it: it prints which call failed, to standard error. Then
 *    it may exit or go on.
 *
 * In the top folder, make exercise-07-7 grades it and make hint-07-7 helps.
 */
#define _POSIX_C_SOURCE 200809L /* declare what POSIX.1-2008 defines */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *bound_path; /* the path that leave() removes */

static int listen_at(const char *path);
static void leave(int signal_number);
static void start(char *command[], int client);
static void die(const char *call, const char *what);

int main(int argc, char *argv[])
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s PATH COMMAND [ARGUMENT...]\n", argv[0]);
        return 2;
    }

    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */
    int listener = listen_at(argv[1]);

    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client == -1)
            die("accept", "listener");

        start(&argv[2], client);
        if (close(client) == -1) /* the command has it now */
            die("close", "client");

        while (waitpid(-1, NULL, WNOHANG) > 0)
            continue; /* collect the commands that have exited */
    }
}

/* Steps 1 to 3. Returns a socket that listens at this path. */
static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        fprintf(stderr, "children: %s: path too long\n", path);
        exit(EXIT_FAILURE);
    }
    strcpy(address.sun_path, path);

    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (listener == -1)
        die("socket", "AF_UNIX");
    if (bind(listener, (struct sockaddr *)&address, sizeof address) == -1)
        die("bind", path);
    bound_path = path;
    signal(SIGINT, leave);
    signal(SIGTERM, leave);

    if (listen(listener, SOMAXCONN) == -1)
        die("listen", path);
    printf("listen   %s\n", path);

    return listener;
}

/* Ctrl-C or kill: removes the path and exits. */
static void leave(int signal_number)
{
    (void)signal_number;
    unlink(bound_path);
    _exit(EXIT_SUCCESS);
}

/*
 * Your part, here and wherever else you need it: runs the command in a child,
 * with the connection as its standard input and output. execvp() replaces the
 * program, but the descriptors stay open, unless they are marked otherwise.
 */
static void start(char *command[], int client)
{
    pid_t child = fork();
    if (child == -1)
        fprintf(stderr, "children: fork: %s\n", strerror(errno));
    if (child != 0)
        return;

    if (dup2(client, STDIN_FILENO) == -1 || dup2(client, STDOUT_FILENO) == -1)
        fprintf(stderr, "children: dup2: %s\n", strerror(errno));
    else if (execvp(command[0], command) == -1)
        fprintf(stderr, "children: execvp: %s: %s\n", command[0],
                strerror(errno));
    _exit(127); /* not exit(): what stdio still holds is the parent's */
}

/*
 * Prints which call failed, on what and why. Removes the path, if there is one
 * already, and ends the program.
 */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "children: %s: %s: %s\n", call, what, strerror(errno));
    if (bound_path != NULL)
        unlink(bound_path);
    exit(EXIT_FAILURE);
}

/*
 * Hint 1: man 2 fcntl, FD_CLOEXEC: the kernel closes a descriptor that has this
 *         flag when the process executes another program. Which two sockets
 *         need it? What does dup2(2) say about the flag of the copy, and about
 *         a copy that would have the same number as the original?
 *
 * Hint 2: fcntl(descriptor, F_SETFD, FD_CLOEXEC), right after socket() and
 *         after accept(). (F_SETFL is for other flags.) On Linux, socket() with
 *         SOCK_STREAM | SOCK_CLOEXEC does both at once; so does accept4(), if
 *         you define _GNU_SOURCE. dup2() gives a copy without the flag. But
 *         dup2(1, 1) does nothing, and the flag stays: make sure that no socket
 *         gets a number below 3. server-poll.c opens /dev/null for that, in
 *         open_standard_descriptors().
 */
