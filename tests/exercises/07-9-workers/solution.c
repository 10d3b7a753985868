/*
 * Solution of 07-9: the parent's signals are blocked, and it takes them one by
 * one with sigwait().
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

static pid_t workers[WORKERS]; /* their process numbers, or 0 */
static sigset_t awaited;       /* the signals that the parent waits for */
static const char *bound_path; /* the path to remove at the end, or NULL */

static int listen_at(const char *path);
static void hold_signals(void);
static void supervise(int listener);
static void start_worker(int place, int listener);
static void end_workers(void);
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

/* Blocks the signals that the parent waits for, so that none is lost. */
static void hold_signals(void)
{
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGTERM);
    sigaddset(&awaited, SIGINT);
    sigaddset(&awaited, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &awaited, NULL) == -1)
        die("sigprocmask", "SIG_BLOCK");
}

/* Starts the workers, replaces those that are gone, and ends them all. */
static void supervise(int listener)
{
    for (int i = 0; i < WORKERS; i++)
        start_worker(i, listener);

    for (;;) {
        int number;
        if (sigwait(&awaited, &number) != 0)
            continue;
        if (number != SIGCHLD)
            break;

        /* One signal may stand for several children. */
        pid_t gone;
        while ((gone = waitpid(-1, NULL, WNOHANG)) > 0)
            for (int i = 0; i < WORKERS; i++)
                if (workers[i] == gone) {
                    workers[i] = 0;
                    start_worker(i, listener);
                }
    }

    end_workers();
}

/* Forks a worker, and notes its number in this place. */
static void start_worker(int place, int listener)
{
    pid_t process = fork();
    if (process == -1) {
        int error = errno; /* the calls below may change it */
        end_workers();
        errno = error;
        die("fork", "worker");
    }
    if (process == 0) {
        if (sigprocmask(SIG_UNBLOCK, &awaited, NULL) == -1)
            _exit(EXIT_FAILURE);
        work(listener);
    }

    workers[place] = process;
    printf("worker   %ld\n", (long)process);
}

/* Kills the workers, and waits until they are gone. */
static void end_workers(void)
{
    for (int i = 0; i < WORKERS; i++)
        if (workers[i] != 0)
            kill(workers[i], SIGTERM);
    for (int i = 0; i < WORKERS; i++)
        if (workers[i] != 0)
            waitpid(workers[i], NULL, 0);
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
