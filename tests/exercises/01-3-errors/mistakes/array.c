/*
 * 01-3, the mistake of whoever has always seen 1024: an array of that size,
 * and a loop that does not look at it.
 *
 * expect: It writes behind the end of its array.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Says which call failed and why, and ends the program. */
static void die(const char *call)
{
    fprintf(stderr, "errors: %s: %s\n", call, strerror(errno));
    exit(EXIT_FAILURE);
}

/* The name of an error, as the manual pages have it. */
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

/* Returns the error of socket() with these arguments, or 0 if there is none. */
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
 * Fills the table with sockets until there is no room, returns the error that
 * tells so, and gives every socket back.
 */
static int full_table(void)
{
    size_t count = 0;
    int error, descriptor, sockets[1024];

    while ((descriptor = socket(AF_UNIX, SOCK_STREAM, 0)) != -1)
        sockets[count++] = descriptor;
    error = errno; /* the calls below may change it */
    while (count > 0)
        if (close(sockets[--count]) == -1)
            die("close");
    return error;
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0); /* show each line as it happens */

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
