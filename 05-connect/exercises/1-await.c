/*
 * Exercise 05-1: wait for a server that is not there yet        25 minutes
 *
 * Two programs are started at the same time, and the client is quicker than
 * its server. Let the client wait for the server: for so many milliseconds
 * and no longer; a thousand of them are a second.
 *
 *     $ cc 1-await.c -o await
 *     $ ./await /tmp/hello.sock 5000
 *     call     /tmp/hello.sock
 *
 * Now start ../../04-accept/server /tmp/hello.sock in another terminal:
 *
 *     connect  descriptor 3
 *
 * Without a server it ends with status 1 when the time is over, and says why:
 *
 *     await: connect: /tmp/hello.sock: No such file or directory
 *
 * It tries at least once, also with 0 milliseconds. It goes on as long as a
 * server may still come: while there is no such path, and while nobody
 * listens there. Any other failure is told at once. Between two tries it
 * sleeps for a moment; and it may try a thousand times with ten descriptors.
 * (Where a server listens whose backlog is full, connect() itself may wait for
 * longer: that is left to stage 07, whose sockets need not wait.)
 *
 * From the top folder: make exercise-05-1 grades it, make hint-05-1 helps.
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

/* Says which call failed, on what and why, and ends the program. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "await: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/* A try: the descriptor of a socket that is connected, or -1 and errno. */
static int try_once(void)
{
    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    if (server == -1)
        die("socket", "AF_UNIX");
    if (connect(server, (struct sockaddr *)&address, sizeof address) == -1)
        return -1;
    return server;
}

/*
 * Tries until it is connected, or until the time is over: then it returns -1,
 * and errno tells why the last try failed.
 *
 * Your part: one try is not enough. (And what was made for a try that failed?)
 */
static int connect_within(long milliseconds)
{
    (void)milliseconds;
    return try_once();
}

int main(int argc, char *argv[])
{
    if (argc != 3 || strlen(argv[1]) >= sizeof address.sun_path) {
        fprintf(stderr, "usage: %s PATH MILLISECONDS\n", argv[0]);
        return 2;
    }
    strcpy(address.sun_path, argv[1]);
    setvbuf(stdout, NULL, _IOLBF, 0); /* show each line as it happens */

    printf("call     %s\n", argv[1]);
    int server = connect_within(atol(argv[2]));
    if (server == -1)
        die("connect", argv[1]);
    printf("connect  descriptor %d\n", server);
    close(server);
    return EXIT_SUCCESS;
}

/*
 * Hint 1: A loop: try; if the failure is one that time can heal, and there is
 *         time left, sleep a little and try again. Two values of errno are of
 *         that kind: README.md, "Break it". A try that fails has made a
 *         socket; close() it, but errno is needed after that.
 *
 * Hint 2: clock_gettime(CLOCK_MONOTONIC, ...) at the start and after each try
 *         tells how much time is left. nanosleep() for some 10 ms in between.
 *         ENOENT and ECONNREFUSED: again. Save errno in a variable before
 *         close(), and put it back.
 */
