/*
 * Solution of 01-3: a function that calls itself needs no array.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Prints which call failed and why, and exits. */
static void die(const char *call)
{
    fprintf(stderr, "errors: %s: %s\n", call, strerror(errno));
    exit(EXIT_FAILURE);
}

/* Returns the name of an error, as the manual pages spell it. */
static const char *name(int error)
{
    switch (error) {
    case 0:
        return "no error";
    case EAFNOSUPPORT:
        return "EAFNOSUPPORT";
    case EPROTONOSUPPORT:
        return "EPROTONOSUPPORT";
    case EINVAL:
        return "EINVAL";
    case EBADF:
        return "EBADF";
    case EMFILE:
        return "EMFILE";
    default:
        return strerror(error);
    }
}

/* Returns the error of socket() with these arguments, or 0 if it succeeds. */
static int error_of(int domain, int protocol)
{
    int descriptor = socket(domain, SOCK_STREAM, protocol);

    if (descriptor == -1)
        return errno;
    if (close(descriptor) == -1)
        die("close");

    return 0;
}

static int unknown_domain(void)
{
    return error_of(9999, 0);
}

static int unknown_protocol(void)
{
    return error_of(AF_UNIX, 9999);
}

/*
 * Creates sockets until socket() fails, closes them all, and returns the error
 * of the socket() that failed. Each call creates one socket, and
 * remembers it while the next call creates the next.
 */
static int full_table(void)
{
    int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    if (descriptor == -1)
        return errno;

    int error = full_table();
    if (close(descriptor) == -1)
        die("close");

    return error;
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */

    printf("domain   %s\n", name(unknown_domain()));
    printf("protocol %s\n", name(unknown_protocol()));
    printf("table    %s\n", name(full_table()));

    int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    if (descriptor == -1)
        die("socket");
    printf("again    descriptor %d\n", descriptor);
    if (close(descriptor) == -1)
        die("close");
    return EXIT_SUCCESS;
}
