/*
 * Exercise 05-2: knock at a full house                          30 minutes
 *
 * When a server's backlog is full, connect() waits, for ever if need be. This
 * client shall wait for room for so many milliseconds and no longer. With a
 * server that has room, it is connected at once:
 *
 *     $ cc 2-knock.c -o knock
 *     $ ./knock /tmp/hello.sock 2000
 *     connect  descriptor 3, blocking
 *
 * ../../03-listen/server has room for six and accepts nobody; so the seventh
 * time it says, after two seconds:
 *
 *     full     no room within 2000 ms
 *     $ echo $?
 *     3
 *
 * If room is made in time, it is connected. If nobody listens, time does not
 * help, and it fails at once. And whatever was done to the socket so that it
 * does not wait for ever: to whom it is connected, it reads and writes as
 * usual. The word "blocking" tells that.
 *
 * From the top folder: make exercise-05-2 grades it, make hint-05-2 helps.
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

/*
 * Connects the socket. Returns 0, or -1 when the backlog was full all the
 * time.
 *
 * Your part: this one waits for room as long as it takes.
 */
static int knock(int server, long milliseconds)
{
    (void)milliseconds;
    if (connect(server, (struct sockaddr *)&address, sizeof address) == -1)
        die("connect", address.sun_path);
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

/*
 * Hint 1: A socket with O_NONBLOCK does not wait: if there is no room, its
 *         connect() fails. Which errno is it, on your system: man 2 connect?
 *         What TCP calls "in progress" does not exist here: nothing goes on
 *         by itself after the failure.
 *
 * Hint 2: fcntl() sets O_NONBLOCK. In a loop: connect(); if it fails with
 *         EAGAIN (Linux) and there is time left by clock_gettime(), sleep for
 *         some 10 ms with nanosleep(), and connect() again. poll() is no
 *         help: it waits for connections, and there is none yet. When it is
 *         connected, take O_NONBLOCK away again.
 */
