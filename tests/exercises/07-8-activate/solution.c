/*
 * Solution of 07-8: what getsockname() and getsockopt() say about descriptor 3.
 * These calls are there on every system that has Unix domain sockets.
 */
#define _POSIX_C_SOURCE 200809L /* declare what POSIX.1-2008 defines */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
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
static void check_listener(int descriptor);
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

/* Returns the listener that was handed over, or -1 if there is none. */
static int inherited_listener(void)
{
    const char *process = getenv("LISTEN_PID");
    const char *count = getenv("LISTEN_FDS");
    bool is_ours = process != NULL && strtol(process, NULL, 10) == getpid();
    bool is_one = count != NULL && strcmp(count, "1") == 0;

    /* What getenv() returned may be gone from here on. */
    if (unsetenv("LISTEN_PID") == -1 || unsetenv("LISTEN_FDS") == -1 ||
        unsetenv("LISTEN_FDNAMES") == -1)
        die("unsetenv", "LISTEN_PID");

    if (!is_ours)
        return -1;
    if (!is_one) {
        fprintf(stderr, "activate: LISTEN_FDS is not 1\n");
        exit(EXIT_FAILURE);
    }

    check_listener(FIRST_INHERITED);
    keep_private(FIRST_INHERITED);
    printf("inherit  descriptor %d\n", FIRST_INHERITED);

    return FIRST_INHERITED;
}

/* Ends the program unless this is a listening AF_UNIX stream socket. */
static void check_listener(int descriptor)
{
    struct sockaddr_un address;
    socklen_t size = sizeof address;
    if (getsockname(descriptor, (struct sockaddr *)&address, &size) == -1)
        die("getsockname", "descriptor 3");

    int type;
    size = sizeof type;
    if (getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == -1)
        die("getsockopt", "SO_TYPE");

    int listens;
    size = sizeof listens;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) ==
        -1)
        die("getsockopt", "SO_ACCEPTCONN");

    if (address.sun_family != AF_UNIX || type != SOCK_STREAM || !listens) {
        fprintf(stderr, "activate: descriptor 3: "
                        "not a listening AF_UNIX stream socket\n");
        exit(EXIT_FAILURE);
    }
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
