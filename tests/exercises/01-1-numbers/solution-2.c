/*
 * Solution of 01-1: let the kernel choose, and give the number back.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Prints which call failed and why, and exits. */
static void die(const char *call)
{
    fprintf(stderr, "numbers: %s: %s\n", call, strerror(errno));
    exit(EXIT_FAILURE);
}

/*
 * Returns the number that the next socket() will return: the one that this
 * socket gets, because it is free again when the socket is closed.
 */
static int next_number(void)
{
    int number = socket(AF_UNIX, SOCK_STREAM, 0);

    if (number == -1)
        die("socket");
    if (close(number) == -1)
        die("close");

    return number;
}

/* Asks for the number, creates a socket, and prints both numbers. */
static int make_socket(void)
{
    printf("next     %d\n", next_number());

    int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    if (descriptor == -1)
        die("socket");
    printf("socket   descriptor %d\n", descriptor);
    return descriptor;
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */

    make_socket();
    int second = make_socket();
    make_socket();

    /* A number that was given back is free again. */
    if (close(second) == -1)
        die("close");
    printf("close    descriptor %d\n", second);
    make_socket();
    return EXIT_SUCCESS;
}
