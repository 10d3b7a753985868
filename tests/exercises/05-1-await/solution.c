/*
 * Solution of 05-1: try, sleep for 10 ms, and look at the clock.
 */
#define _POSIX_C_SOURCE 200809L /* for the clock, and nanosleep() */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* The name of the server. */
static struct sockaddr_un address = {.sun_family = AF_UNIX};

/* Prints which call failed, on what and why, and exits. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "await: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/* One attempt. Returns the descriptor of a connected socket, or -1. */
static int try_once(void)
{
    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    if (server == -1)
        die("socket", "AF_UNIX");
    if (connect(server, (struct sockaddr *)&address, sizeof address) == -1) {
        int error = errno;
        close(server);
        errno = error;
        return -1;
    }
    return server;
}

/* The milliseconds of a clock that is never set. */
static long now(void)
{
    struct timespec time;

    if (clock_gettime(CLOCK_MONOTONIC, &time) == -1)
        die("clock_gettime", "CLOCK_MONOTONIC");
    return (long)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/*
 * Tries until it is connected, or until the time is over. Then it returns -1,
 * and errno is the reason why the last attempt failed.
 */
static int connect_within(long milliseconds)
{
    const struct timespec moment = {.tv_nsec = 10000000}; /* 10 ms */
    const long end = now() + milliseconds;

    for (;;) {
        int server = try_once();
        if (server != -1 || (errno != ENOENT && errno != ECONNREFUSED))
            return server;

        int error = errno;
        if (now() >= end) {
            errno = error;
            return -1;
        }
        nanosleep(&moment, NULL);
    }
}

int main(int argc, char *argv[])
{
    if (argc != 3 || strlen(argv[1]) >= sizeof address.sun_path) {
        fprintf(stderr, "usage: %s PATH MILLISECONDS\n", argv[0]);
        return 2;
    }
    strcpy(address.sun_path, argv[1]);
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */

    printf("call     %s\n", argv[1]);
    int server = connect_within(atol(argv[2]));
    if (server == -1)
        die("connect", argv[1]);
    printf("connect  descriptor %d\n", server);
    close(server);
    return EXIT_SUCCESS;
}
