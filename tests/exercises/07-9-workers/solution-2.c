/*
 * Solution of 07-9: with handlers, which run only in sigsuspend(). The loop
 * compares how many workers there are with how many there should be.
 */
#define _POSIX_C_SOURCE 200809L /* declare what POSIX.1-2008 defines */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 2

static volatile sig_atomic_t is_over;
static pid_t workers[WORKERS];
static int running;
static sigset_t usual;         /* the signals that were blocked at the start */
static const char *bound_path; /* the path to remove at the end, or NULL */

static int listen_at(const char *path);
static void on_end(int signal_number);
static void on_child(int signal_number);
static void hold_signals(void);
static void supervise(int listener);
static int start_worker(int listener);
static void forget(pid_t gone);
static void work(int listener);
static void serve(int client);
static void die(const char *call, const char *what);

int main(int argc, char *argv[])
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s PATH\n", argv[0]);
        return 2;
    }

    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */
    signal(SIGPIPE, SIG_IGN);         /* a write() fails with EPIPE instead */
    hold_signals();
    int listener = listen_at(argv[1]);
    printf("listen   %s\n", argv[1]);

    supervise(listener);

    if (unlink(bound_path) == -1) {
        bound_path = NULL;
        die("unlink", argv[1]);
    }
    return EXIT_SUCCESS;
}

/* Steps 1 to 3. Returns a socket that listens at this path. */
static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        fprintf(stderr, "workers: %s: path too long\n", path);
        exit(EXIT_FAILURE);
    }
    strcpy(address.sun_path, path);

    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (listener == -1)
        die("socket", "AF_UNIX");
    if (bind(listener, (struct sockaddr *)&address, sizeof address) == -1)
        die("bind", path);
    bound_path = path;
    if (listen(listener, SOMAXCONN) == -1)
        die("listen", path);

    return listener;
}

/* Both handlers only note what has come: supervise() looks at it. */
static void on_end(int signal_number)
{
    (void)signal_number;
    is_over = 1;
}

static void on_child(int signal_number)
{
    (void)signal_number;
}

/* Installs the handlers, and blocks the signals but for sigsuspend(). */
static void hold_signals(void)
{
    struct sigaction end = {.sa_handler = on_end};
    struct sigaction child = {.sa_handler = on_child};
    sigset_t blocked;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &blocked, &usual) == -1 ||
        sigaction(SIGTERM, &end, NULL) == -1 ||
        sigaction(SIGINT, &end, NULL) == -1 ||
        sigaction(SIGCHLD, &child, NULL) == -1)
        die("sigaction", "the handlers");
}

/* Keeps as many workers running as there should be, until it is over. */
static void supervise(int listener)
{
    int failure = 0;

    while (!is_over && failure == 0) {
        pid_t gone;
        while ((gone = waitpid(-1, NULL, WNOHANG)) > 0)
            forget(gone);

        while (running < WORKERS && failure == 0)
            failure = start_worker(listener);
        if (failure == 0)
            sigsuspend(&usual);
    }

    for (int i = 0; i < running; i++)
        kill(workers[i], SIGKILL);
    while (wait(NULL) > 0)
        continue;

    errno = failure;
    if (failure != 0)
        die("fork", "worker");
}

/* Returns 0, or the reason why fork() failed. */
static int start_worker(int listener)
{
    pid_t process = fork();
    if (process == -1)
        return errno;
    if (process == 0) {
        signal(SIGTERM, SIG_DFL);
        signal(SIGINT, SIG_DFL);
        sigprocmask(SIG_SETMASK, &usual, NULL);
        work(listener);
    }

    workers[running++] = process;
    printf("worker   %ld\n", (long)process);

    return 0;
}

/* Takes a worker out of the list: the last one fills the gap. */
static void forget(pid_t gone)
{
    for (int i = 0; i < running; i++)
        if (workers[i] == gone)
            workers[i] = workers[--running];
}

/* What a worker does, until it is killed: accepts and serves, one by one. */
static void work(int listener)
{
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client == -1 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (client == -1) {
            fprintf(stderr, "workers: accept: %s\n", strerror(errno));
            _exit(EXIT_FAILURE); /* not exit() or die(): the path is not ours */
        }

        serve(client);
        close(client);
    }
}

/* Says which process serves, and sends back what comes. */
static void serve(int client)
{
    char buffer[4096];
    ssize_t size = snprintf(buffer, sizeof buffer, "worker   %ld\n",
                            (long)getpid());

    /* A write() that takes less is the end. Stage 06 shows what to do. */
    while (size > 0) {
        if (write(client, buffer, (size_t)size) != size)
            return;
        size = read(client, buffer, sizeof buffer);
    }
}

/*
 * Prints which call failed, on what and why. Removes the path, if there is one
 * already, and ends the program.
 */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "workers: %s: %s: %s\n", call, what, strerror(errno));
    if (bound_path != NULL)
        unlink(bound_path);
    exit(EXIT_FAILURE);
}
