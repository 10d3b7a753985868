/*
 * tests/bench/peers/floor.c - the system calls of an echo without a server, for
 * `make bench-full`: no program that reads and writes can be faster.
 *
 * Build: cc -O2 -o floor floor.c       Run: ./floor CLIENTS BYTES MILLISECONDS
 *
 * One process takes both sides, so nobody waits and nobody is woken up: write
 * to a socket, read at its other end, and back. It counts the time of the
 * server's two calls alone: a round trip of a server on a core of its own.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char *argv[])
{
    static int ends[10000][2];
    static char buffer[65536];
    long clients = argc == 4 ? atol(argv[1]) : 0, trips = 0;
    size_t size = argc == 4 ? (size_t)atol(argv[2]) : 0;
    double served = 0, start = now();

    for (long i = 0; i < clients; i++)
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends[i]) == -1)
            return EXIT_FAILURE;
    while (clients > 0 && now() - start < atof(argv[3]) / 1000) {
        for (long i = 0; i < clients; i++)
            if (write(ends[i][0], buffer, size) != (ssize_t)size)
                return EXIT_FAILURE;
        double before = now();
        for (long i = 0; i < clients; i++)
            if (read(ends[i][1], buffer, size) != (ssize_t)size ||
                write(ends[i][1], buffer, size) != (ssize_t)size)
                return EXIT_FAILURE;
        served += now() - before;
        trips += clients;
        for (long i = 0; i < clients; i++)
            if (read(ends[i][0], buffer, size) != (ssize_t)size)
                return EXIT_FAILURE;
    }
    printf("%.0f\n", (double)trips / served);
    return EXIT_SUCCESS;
}
