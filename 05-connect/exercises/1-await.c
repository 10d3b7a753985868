/*
 * Exercise 05-1: wait for a server that is not there yet        25 minutes
 *
 * Two programs are started at the same time, and the client is faster than
 * its server. Make the client wait for the server, but give up after a time
 * limit, its second argument, in milliseconds. (It may be late by the
 * pause of rule 3. An int may be too small for the limit: 4294967296
 * milliseconds are seven weeks.)
 *
 *     $ cc 1-await.c -o await
 *     $ ./await hello.sock 5000
 *     call     hello.sock
 *
 * Now start ../../04-accept/server hello.sock in another terminal:
 *
 *     connect  descriptor 3
 *
 * Without a server, it exits with status 1 when the time is over, and prints
 * on standard error why the last attempt failed:
 *
 *     await: connect: hello.sock: No such file or directory
 *
 * 1. It tries at least once, even with 0 milliseconds.
 * 2. It keeps trying as long as a server may still start: while the path does
 *    not exist, and while no server listens there, as errno has it (a missing
 *    folder is like a missing path). Any other failure is reported at once.
 * 3. Between two attempts it sleeps for a moment, 100 milliseconds at most.
 * 4. A thousand attempts need no more descriptors than one, and the server
 *    sees only one client.
 *
 * (If a server listens and its backlog is full, connect() may block beyond the
 * time limit. Exercise 03-1 shows what helps.)
 *
 * In the top folder, make exercise-05-1 grades it and make hint-05-1 helps.
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
    if (connect(server, (struct sockaddr *)&address, sizeof address) == -1)
        return -1;
    return server;
}

/*
 * Tries until it is connected, or until the time is over. Then it returns -1,
 * and errno is the reason why the last attempt failed.
 *
 * Your part: one attempt is not enough. (And what does an attempt that fails
 * leave behind?)
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
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */

    printf("call     %s\n", argv[1]);
    int server = connect_within(atol(argv[2]));
    if (server == -1)
        die("connect", argv[1]);
    printf("connect  descriptor %d\n", server);
    close(server);
    return EXIT_SUCCESS;
}

/*
 * Hint 1: Write a loop: try; if the failure is one that may go away, and there
 *         is time left, sleep a little and try again. Two values of errno are
 *         of that kind: see ../README.md, "Break it". An attempt that fails has
 *         created a socket. Close it, but keep errno, which close() may
 *         change.
 *
 * Hint 2: Call clock_gettime(CLOCK_MONOTONIC, ...) at the start and after each
 *         attempt: the difference is the time used. Sleep for 10 ms in between
 *         with nanosleep(). After ENOENT or ECONNREFUSED, go on. Save errno in
 *         a variable before close(), and put it back.
 */
