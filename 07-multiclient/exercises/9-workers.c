/*
 * Exercise 07-9: two workers on one listener                    50 minutes
 *
 * This echo server serves one client at a time. Let two processes do it: the
 * parent opens the listener and forks two workers, which inherit it. Each of
 * them accepts a client, serves it to its end, and accepts the next. The kernel
 * gives each connection to one of them:
 *
 *     $ cc 9-workers.c -o workers
 *     $ ./workers hello.sock
 *     listen   hello.sock
 *     worker   101
 *     worker   102
 *
 *     $ ../client hello.sock          (second terminal; a third one at the
 *     worker   101                     same time gets worker 102)
 *
 * 1. The parent prints "worker" and the process number of each worker that it
 *    has started. The parent itself does not accept clients.
 * 2. When a worker has exited or was killed, the parent starts another one, at
 *    once. The path, and the client of the other worker, are not affected.
 * 3. At SIGTERM or SIGINT, at any moment after "listen" was printed, the parent
 *    ends both workers, waits until they are gone, removes the path, and exits
 *    with status 0. The clients are cut off. (A worker that was stopped, by
 *    SIGSTOP, may make it wait.)
 * 4. If fork() fails, the parent prints the error to standard error, ends the
 *    worker that there is, removes the path, and exits with status 1.
 *
 * In the top folder, make exercise-07-9 grades it and make hint-07-9 helps.
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

static const char *bound_path; /* the path to remove at the end, or NULL */

static int listen_at(const char *path);
static void supervise(int listener);
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

/*
 * Your part, here and wherever else you need it: starts the workers, replaces
 * those that are gone, and returns when a signal has come and both have ended.
 */
static void supervise(int listener)
{
    work(listener);
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

/*
 * Hint 1: The parent waits for SIGTERM, SIGINT, and SIGCHLD, which comes when a
 *         child has exited. If a handler did the work, it could interrupt the
 *         parent between fork() and the line that notes the number of the
 *         child. sigwait(3) has no such moment: the signals are blocked, and it
 *         returns the next one. When must they be blocked, at the latest, and
 *         what does a worker inherit?
 *
 * Hint 2: Before "listen" is printed, sigprocmask(SIG_BLOCK) with the three.
 *         In supervise(), an array of WORKERS process numbers. Fill it with
 *         fork(); the child unblocks the signals and calls work(). Then loop:
 *         sigwait(). For SIGCHLD, waitpid(-1, NULL, WNOHANG) until it no longer
 *         returns a process (one signal may stand for two children), and start
 *         another in the same place. For the others, kill() and waitpid() both,
 *         and return. Where fork() fails, kill and wait as well, then die().
 */
