/*
 * Exercise 04-2: give up after a while                          35 minutes
 *
 * accept() blocks until a client connects. This server should give up after a
 * time limit, its second argument, in milliseconds. (It may be a few late. An
 * int may be too small for the limit: 4294967296 milliseconds are seven weeks.)
 *
 *     $ cc 2-patience.c -o patience
 *     $ ./patience hello.sock 3000
 *     listen   hello.sock
 *     nobody   came within 3000 ms
 *     $ echo $?
 *     1
 *
 * If a client comes in time (../../05-connect/client), it is accepted at once,
 * and the exit status is 0:
 *
 *     accept   descriptor 4
 *
 * 1. With 0 milliseconds, the server accepts a client that is already pending,
 *    but does not wait for one.
 * 2. A signal interrupts a call that is blocked, and must change nothing. (Try
 *    it with pkill -USR1 patience.) However many signals arrive, and however
 *    fast, the server waits neither longer nor shorter.
 * 3. A call that fails for any other reason is reported by die(). (Without a
 *    free descriptor, accept() may fail even if there is no client. That counts
 *    as a failure, too.)
 * 4. While it waits, the server sleeps: it uses no CPU time.
 *
 * In the top folder, make exercise-04-2 grades it and make hint-04-2 helps.
 */
#define _POSIX_C_SOURCE 200809L /* for the clock, poll(), sigaction() */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

/*
 * Accepts a client. Returns its descriptor, or -1 if no client has come within
 * that time.
 *
 * Your part: so far, it waits as long as accept() does.
 */
static int accept_within(int listener, long milliseconds)
{
    (void)milliseconds;
    int client = accept(listener, NULL, NULL);
    if (client == -1)
        die("accept");
    return client;
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

/*
 * Hint 1: poll() waits until a descriptor is ready or a timeout has passed,
 *         whichever comes first. A listening socket is readable when a client
 *         is pending. After a signal, how much of the time is left? Ask a
 *         clock that does not jump when the time of day is set.
 *
 * Hint 2: Before the loop, work out when the time is over: clock_gettime()
 *         with CLOCK_MONOTONIC, plus the milliseconds. In the loop, poll() for
 *         what is left until then, but never for less than 0: a negative
 *         timeout means no limit. It is an int, so if more than INT_MAX is
 *         left, it takes several rounds. If poll() returns 0 at the end, no
 *         client came; if 1, call accept(); if -1 with EINTR, go round again.
 */
