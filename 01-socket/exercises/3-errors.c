/*
 * Exercise 01-3: make socket() fail                             20 minutes
 *
 * You know a call when you know how it fails. Make socket() fail for three
 * reasons, and tell each error by its name:
 *
 *     $ cc 3-errors.c -o errors
 *     $ ./errors
 *     domain   EAFNOSUPPORT
 *     protocol EPROTONOSUPPORT
 *     table    EMFILE
 *     again    descriptor 3
 *
 * The first: no such domain. The second: AF_UNIX has no such protocol. The
 * third: the table of this process is full, however large it is; try it with
 * `ulimit -n 20`, too, and with as many as you may have. In the end everything
 * is given back: the last line, which is main()'s, shows that socket() works
 * again.
 *
 * From the top folder: make exercise-01-3 grades it, make hint-01-3 helps.
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

/* Your part: returns the error of socket() for a domain that is none. */
static int unknown_domain(void)
{
    return 0;
}

/* Your part: returns the error of socket() for a protocol that is none. */
static int unknown_protocol(void)
{
    return 0;
}

/*
 * Your part: fills the table with sockets until there is no room, returns the
 * error that tells so, and gives every socket back.
 */
static int full_table(void)
{
    return 0;
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

/*
 * Hint 1: errno belongs to the last call that failed. Take it right after
 *         socket() has returned -1, before any other call. For the table: you
 *         must remember each number that you got, else you cannot close it.
 *
 * Hint 2: A domain or a protocol such as 9999 is none. (Protocol 1 is one: on
 *         Linux it is PF_UNIX itself, and taken.) getrlimit() with
 *         RLIMIT_NOFILE tells how large the table is, so you know how large an
 *         array of numbers you need. Or a function makes one socket, calls
 *         itself, and closes its socket when it comes back.
 */
