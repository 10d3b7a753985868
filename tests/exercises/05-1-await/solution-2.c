/*
 * Solution of 05-1, in another way: each pause is twice as long as the one
 * before, up to a tenth of a second, and none goes beyond the end.
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

/* Sleeps for that many milliseconds. errno stays what it was. */
static void pause_for(long milliseconds)
{
    const struct timespec time = {.tv_sec = milliseconds / 1000,
                                  .tv_nsec = milliseconds % 1000 * 1000000};
    int error = errno;

    nanosleep(&time, NULL);
    errno = error;
}

/* May this failure go away? Later there may be a path, and a server. */
static int may_pass(int error)
{
    return error == ENOENT || error == ECONNREFUSED;
}

/*
 * Tries until it is connected, or until the time is over. Then it returns -1,
 * and errno is the reason why the last attempt failed.
 */
static int connect_within(long milliseconds)
{
    const long end = now() + milliseconds;
    long left = milliseconds;
    long pause = 1;
    int server = try_once();

    while (server == -1 && may_pass(errno) && left > 0) {
        pause_for(pause < left ? pause : left);
        if (pause < 100)
            pause *= 2;
        server = try_once();
        left = end - now();
    }
    return server;
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
