/*
 * 05-2, a mistake found late: the socket is left as it was made for the
 * knocking. Its first read() does not wait, and looks like a failure.
 *
 * expect: The socket does not wait any more: it is left so.
 */
#define _POSIX_C_SOURCE 200809L /* for the clock, and nanosleep() */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* The exit status for a backlog that stays full. */
#define STATUS_FULL 3

/* The name of the server. */
static struct sockaddr_un address = {.sun_family = AF_UNIX};

/* Says which call failed, on what and why, and ends the program. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "knock: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/* Milliseconds of a clock that nobody sets. */
static long now(void)
{
    struct timespec time;

    if (clock_gettime(CLOCK_MONOTONIC, &time) == -1)
        die("clock_gettime", "CLOCK_MONOTONIC");
    return (long)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/*
 * Connects the socket. Returns 0, or -1 when the backlog was full all the
 * time. Nothing tells when there is room: it has to try again.
 */
static int knock(int server, long milliseconds)
{
    const struct timespec moment = {.tv_nsec = 10000000}; /* 10 ms */
    const long end = now() + milliseconds;
    int flags = fcntl(server, F_GETFL);

    if (flags == -1 || fcntl(server, F_SETFL, flags | O_NONBLOCK) == -1)
        die("fcntl", "O_NONBLOCK");
    while (connect(server, (struct sockaddr *)&address, sizeof address) == -1) {
        if (errno != EAGAIN)
            die("connect", address.sun_path);
        if (now() >= end)
            return -1;
        nanosleep(&moment, NULL);
    }
    return 0;
}

int main(int argc, char *argv[])
{
    if (argc != 3 || strlen(argv[1]) >= sizeof address.sun_path) {
        fprintf(stderr, "usage: %s PATH MILLISECONDS\n", argv[0]);
        return 2;
    }
    strcpy(address.sun_path, argv[1]);

    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    if (server == -1)
        die("socket", "AF_UNIX");
    if (knock(server, atol(argv[2])) == -1) {
        printf("full     no room within %s ms\n", argv[2]);
        return STATUS_FULL;
    }

    /* A socket that does not wait would return from read() with EAGAIN. */
    int flags = fcntl(server, F_GETFL);
    printf("connect  descriptor %d, %s\n", server,
           flags & O_NONBLOCK ? "not blocking" : "blocking");
    close(server);
    return EXIT_SUCCESS;
}
