/*
 * 04-2, the mistake in the usual cure of EINTR: it waits again, and for the
 * whole time. With a signal every second it never ends.
 *
 * expect: Every signal makes the waiting longer.
 */
#define _POSIX_C_SOURCE 200809L /* for the clock, poll(), sigaction() */

#include <errno.h>
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

/* Says which call failed and why, and ends the program. */
static void die(const char *call)
{
    fprintf(stderr, "patience: %s: %s\n", call, strerror(errno));
    if (bound)
        unlink(address.sun_path);
    exit(EXIT_FAILURE);
}

/* Accepts a client, or returns -1 when nobody has come within that time. */
static int accept_within(int listener, long milliseconds)
{
    struct pollfd watched = {.fd = listener, .events = POLLIN};
    int ready;

    do
        ready = poll(&watched, 1, (int)milliseconds);
    while (ready == -1 && errno == EINTR);

    if (ready == -1)
        die("poll");
    return ready == 0 ? -1 : accept(listener, NULL, NULL);
}

/* It does nothing; but a call that waits returns, and errno is EINTR. */
static void interrupt(int number)
{
    (void)number;
}

/* A socket that listens on the path. */
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
    setvbuf(stdout, NULL, _IOLBF, 0); /* show each line as it happens */

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
