/*
 * Exercise 01-3: make socket() fail                             20 minutes
 *
 * You know a call when you know how it fails. Make socket() fail for three
 * reasons, and return the error that socket() reports each time. main() prints
 * its name:
 *
 *     $ cc 3-errors.c -o errors
 *     $ ./errors
 *     domain   EAFNOSUPPORT
 *     protocol EPROTONOSUPPORT
 *     table    EMFILE
 *     again    descriptor 3
 *
 * First, ask for a domain that does not exist. Second, ask for a protocol that
 * AF_UNIX does not have. Third, create sockets until the process has no free
 * descriptor left, however many it may have, and leave its limit as it is. Try
 * it with your shell's own limit, and after `ulimit -n 20`. Then close every
 * socket that you created, and no other descriptor. The last line that main()
 * prints shows that socket() works again.
 *
 * If any other call fails, the program prints which one on standard error, and
 * exits with status 1. die() does that.
 *
 * In the top folder, make exercise-01-3 grades it and make hint-01-3 helps.
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

/* Your part: returns the error of socket() for a domain that is unknown. */
static int unknown_domain(void)
{
    return 0;
}

/* Your part: returns the error of socket() for a protocol that is unknown. */
static int unknown_protocol(void)
{
    return 0;
}

/*
 * Your part: creates sockets until socket() fails, closes them all, and returns
 * the error of the socket() that failed.
 */
static int full_table(void)
{
    return 0;
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

/*
 * Hint 1: errno holds the error of the last call that failed. Save it right
 *         after socket() has returned -1, before any other call. For the full
 *         table you must remember every number that you got. Otherwise you
 *         cannot close them.
 *
 * Hint 2: 9999 is neither a domain nor a protocol. (Do not use 1 as the
 *         protocol: it is PF_UNIX, and Linux accepts it.) getrlimit() with
 *         RLIMIT_NOFILE reports how many descriptors there can be, and so how
 *         large your array of numbers must be. Or write a function that
 *         creates one socket, calls itself, and closes its socket afterwards:
 *         the stack is deep enough for 100,000 of them.
 */
