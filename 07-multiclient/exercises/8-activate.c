/*
 * Exercise 07-8: a listener that systemd hands over             40 minutes
 *
 * This server runs a command for each client. The connection is the command's
 * standard input and output. Started by hand, it creates its own listener:
 *
 *     $ cc 8-activate.c -o activate
 *     $ ./activate own.sock cat
 *     listen   own.sock
 *
 * systemd can create the listener instead, and start the server when the first
 * client connects. The server inherits the socket as descriptor 3. This command
 * does the same (it belongs to systemd, so it is on most Linux systems only):
 *
 *     $ systemd-socket-activate -l "$PWD/hello.sock" ./activate own.sock cat
 *     Listening on /home/you/hello.sock as 3.
 *     ...                             (second terminal: ../client hello.sock)
 *     inherit  descriptor 3
 *
 * Write inherited_listener(). sd_listen_fds(3) has the rules:
 *
 * 1. LISTEN_PID is the process that the descriptor is for. If that variable is
 *    not set, or is not the server's own process number, descriptor 3 is not
 *    the server's. Leave it as it is. The server makes its own listener. (These
 *    variables contain plain numbers, without blanks, signs or leading zeros.)
 * 2. Otherwise LISTEN_FDS, the number of descriptors, has to be 1, and
 *    descriptor 3 a listening AF_UNIX stream socket. If this is not so, or a
 *    call that should find it out fails, the server prints what is wrong to
 *    standard error and exits with status 1. If it is so, the server prints
 *    "inherit  descriptor 3" and serves the clients of that listener. (systemd
 *    hands it over in blocking mode. You need not check that.)
 * 3. The commands get neither the listener nor the variables LISTEN_PID,
 *    LISTEN_FDS and LISTEN_FDNAMES, not even in case 1. They get all others.
 * 4. At SIGTERM or Ctrl-C the server removes only a path that it has made. The
 *    inherited listener stays usable: systemd still has it, and the next server
 *    gets it.
 *
 * In the top folder, make exercise-07-8 grades it and make hint-07-8 helps.
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

#define FIRST_INHERITED 3 /* the number is always the same */

static const char *bound_path; /* the path that leave() removes, or NULL */

static int inherited_listener(void);
static int listen_at(const char *path);
static void leave(int signal_number);
static void keep_private(int descriptor);
static void start(char *command[], int client);
static void die(const char *call, const char *what);

int main(int argc, char *argv[])
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s PATH COMMAND [ARGUMENT...]\n", argv[0]);
        return 2;
    }

    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */
    signal(SIGINT, leave);
    signal(SIGTERM, leave);

    int listener = inherited_listener();
    if (listener == -1)
        listener = listen_at(argv[1]);

    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client == -1)
            die("accept", "listener");
        keep_private(client);

        start(&argv[2], client);
        if (close(client) == -1) /* the command has it now */
            die("close", "client");

        while (waitpid(-1, NULL, WNOHANG) > 0)
            continue; /* collect the commands that have exited */
    }
}

/*
 * Your part: returns the listener that was handed over, or -1 if there is none.
 * getenv(3) and unsetenv(3) are about variables. What a socket is, getsockopt()
 * and getsockname() can say.
 */
static int inherited_listener(void)
{
    return -1;
}

/* Steps 1 to 3. Returns a socket that listens at this path. */
static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        fprintf(stderr, "activate: %s: path too long\n", path);
        exit(EXIT_FAILURE);
    }
    strcpy(address.sun_path, path);

    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (listener == -1)
        die("socket", "AF_UNIX");
    keep_private(listener);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) == -1)
        die("bind", path);
    bound_path = path;

    if (listen(listener, SOMAXCONN) == -1)
        die("listen", path);
    printf("listen   %s\n", path);

    return listener;
}

/* Ctrl-C or kill: removes the path and exits. */
static void leave(int signal_number)
{
    (void)signal_number;
    if (bound_path != NULL)
        unlink(bound_path);
    _exit(EXIT_SUCCESS);
}

/* The programs that we execute do not get this descriptor (see 07-7). */
static void keep_private(int descriptor)
{
    if (fcntl(descriptor, F_SETFD, FD_CLOEXEC) == -1)
        die("fcntl", "FD_CLOEXEC");
}

/* Runs the command in a child. execvp() leaves the copies of dup2() open. */
static void start(char *command[], int client)
{
    pid_t child = fork();
    if (child == -1)
        fprintf(stderr, "activate: fork: %s\n", strerror(errno));
    if (child != 0)
        return;

    if (dup2(client, STDIN_FILENO) == -1 || dup2(client, STDOUT_FILENO) == -1)
        fprintf(stderr, "activate: dup2: %s\n", strerror(errno));
    else if (execvp(command[0], command) == -1)
        fprintf(stderr, "activate: execvp: %s: %s\n", command[0],
                strerror(errno));
    _exit(127); /* not exit(): what stdio still holds is the parent's */
}

/*
 * Prints which call failed, on what and why. Removes the path, if there is one
 * already, and ends the program.
 */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "activate: %s: %s: %s\n", call, what, strerror(errno));
    if (bound_path != NULL)
        unlink(bound_path);
    exit(EXIT_FAILURE);
}

/*
 * Hint 1: Ask in this order: is LISTEN_PID set, and is it getpid()? Is
 *         LISTEN_FDS "1"? What is descriptor 3? unix(7) and socket(7) name an
 *         option for whether a socket listens, and one for its type. Its family
 *         stands in the address that getsockname() writes. Remember what the
 *         variables said before you remove them.
 *
 * Hint 2: strtol() turns LISTEN_PID into a number; getenv() returns NULL if it
 *         is not set. Then compare, call unsetenv() for all three, and return
 *         -1 if the number is not yours. For descriptor 3, getsockopt(3,
 *         SOL_SOCKET, ...) with SO_ACCEPTCONN has to give 1 and with SO_TYPE
 *         SOCK_STREAM; getsockname() has to give AF_UNIX. Each may return -1,
 *         and on a file all of them do (ENOTSOCK). Last, keep_private(3): an
 *         inherited descriptor cannot have the flag already. bound_path stays
 *         NULL.
 */
