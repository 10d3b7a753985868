/*
 * 01-socket/server.c - creates a socket, and nothing more yet.
 *
 *     SOCKET -> bind -> listen -> accept -> read/write -> close
 *
 * Build: cc server.c -o server        Run: ./server
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void print_call(const char *call, int descriptor);
static void die(const char *call, const char *what);

int main(int argc, char *argv[])
{
    if (argc != 1) {
        fprintf(stderr, "usage: %s\n", argv[0]);
        return 2; /* 2: wrong usage; 1: a call failed; 0: all went well */
    }

    /* Print each line at once, even into a pipe, which stdio would buffer. */
    setvbuf(stdout, NULL, _IOLBF, 0);

    /*
     * 1. socket: ask the kernel for a socket, an endpoint for communication.
     *    AF_UNIX reaches processes on the same machine. SOCK_STREAM carries
     *    bytes in order, both ways, as on a telephone line. 0 is the default
     *    protocol. The socket stays in the kernel. We get a file descriptor,
     *    the lowest number that is free, to refer to it. The variable is
     *    called listener because stage 03 makes the socket listen.
     */
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (listener == -1)
        die("socket", "AF_UNIX");
    print_call("socket", listener);

    /* Time to look at it from another terminal: the README shows how. */
    printf("         press Enter to exit\n");
    getchar();

    /*
     * close: give the descriptor back. When its last descriptor is closed, the
     * socket is gone. The kernel closes descriptors at exit, but a server that
     * runs for months must close its own.
     */
    if (close(listener) == -1)
        die("close", "listener");
    printf("close    descriptor %d\n", listener);

    return EXIT_SUCCESS;
}

/* Prints the name of a call that succeeded, and its descriptor. */
static void print_call(const char *call, int descriptor)
{
    printf("%-8s descriptor %d\n", call, descriptor);
}

/*
 * Prints which call failed, on what, and the reason that it left in errno
 * (errno(3)). Exits with status 1.
 */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "server: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}
