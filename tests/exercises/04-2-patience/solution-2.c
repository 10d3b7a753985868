/*
 * Solution of 04-2: on Linux, accept() itself can have a time limit, the one of
 * the receiving calls. It is set again after each signal.
 */
#define _POSIX_C_SOURCE 200809L /* for the clock, poll(), sigaction() */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* The name of the server, and whether it is there, for die() to remove. */
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static int bound;

/* Prints which call failed, and why, and exits. */
static void die(const char *call)
{
    fprintf(stderr, "patience: %s: %s\n", call, strerror(errno));
    if (bound)
        unlink(address.sun_path);
    exit(EXIT_FAILURE);
}

/* The milliseconds of a clock that is never set. */
static long now(void)
{
    struct timespec time;

    if (clock_gettime(CLOCK_MONOTONIC, &time) == -1)
        die("clock_gettime");
    return (long)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/*
 * Accepts a client. Returns its descriptor, or -1 if no client has come within
 * that time.
 */
static int accept_within(int listener, long milliseconds)
{
    const long end = now() + milliseconds;

    for (;;) {
        long left = end - now();
        struct timeval limit = {.tv_sec = left / 1000,
                                .tv_usec = left % 1000 * 1000};
        if (left <= 0)
            limit = (struct timeval){.tv_usec = 1}; /* 0 is for ever */
        if (setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &limit,
                       sizeof limit) == -1)
            die("setsockopt");

        int client = accept(listener, NULL, NULL);
        if (client != -1)
            return client;
        if (errno != EAGAIN && errno != EINTR)
            die("accept");
        if (errno == EAGAIN && left <= 0)
            return -1;
    }
}

/* Does nothing, but a call that is blocked returns, and errno is EINTR. */
static void interrupt(int number)
{
    (void)number;
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
        fprintf(stderr, "usage: %s PATH MILLISECONDS\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */

    struct sigaction action = {.sa_handler = interrupt};
    if (sigaction(SIGUSR1, &action, NULL) == -1)
        die("sigaction");

    int listener = open_listener(argv[1]);
    int client = accept_within(listener, atol(argv[2]));
    if (client == -1) {
        printf("nobody   came within %s ms\n", argv[2]);
    } else {
        printf("accept   descriptor %d\n", client);
        close(client);
    }
    close(listener);
    unlink(argv[1]);
    return client == -1 ? EXIT_FAILURE : EXIT_SUCCESS;
}
