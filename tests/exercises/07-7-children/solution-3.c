/*
 * Solution of 07-7: the child closes what the command must not have. That is
 * enough in a program that starts commands in one place, and has no threads.
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
static void start(char *command[], int client, int listener);
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

        start(&argv[2], client, listener);
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
 * Runs the command in a child, with the connection as its standard input and
 * output, and with no other descriptor of ours.
 */
static void start(char *command[], int client, int listener)
{
    pid_t child = fork();
    if (child == -1)
        fprintf(stderr, "children: fork: %s\n", strerror(errno));
    if (child != 0)
        return;

    /* The copies may have taken the place of one of the two, below 3. */
    if (dup2(client, STDIN_FILENO) == -1 || dup2(client, STDOUT_FILENO) == -1)
        fprintf(stderr, "children: dup2: %s\n", strerror(errno));
    else if ((client > STDERR_FILENO && close(client) == -1) ||
             (listener > STDOUT_FILENO && close(listener) == -1))
        fprintf(stderr, "children: close: %s\n", strerror(errno));
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
