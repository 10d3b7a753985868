/*
 * Exercise 01-1: which number comes next?                       10 minutes
 *
 * socket() returns a small number. Which one is no secret: write a function
 * that tells the number before socket() is called. The program around it is
 * complete; it asks your function, makes a socket, and shows both. With
 * number 5 taken by somebody else, the right program prints this:
 *
 *     $ cc 1-numbers.c -o numbers
 *     $ ./numbers 5</dev/null
 *     next     3
 *     socket   descriptor 3
 *     next     4
 *     socket   descriptor 4
 *     next     6
 *     socket   descriptor 6
 *     close    descriptor 4
 *     next     4
 *     socket   descriptor 4
 *
 * From the top folder: make exercise-01-1 grades it, make hint-01-1 helps.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Says which call failed and why, and ends the program. */
static void die(const char *call)
{
    fprintf(stderr, "numbers: %s: %s\n", call, strerror(errno));
    exit(EXIT_FAILURE);
}

/*
 * The number that the next socket() will return.
 *
 * Your part: it has to be right whatever is open and whatever was closed in
 * the meantime, and it must leave everything as it was: nothing new is open
 * when it returns.
 */
static int next_number(void)
{
    return 3;
}

/* Asks for the number, makes a socket, and shows both. */
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
    setvbuf(stdout, NULL, _IOLBF, 0); /* show each line as it happens */

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

/*
 * Hint 1: The kernel takes the lowest number that is free: not the last one
 *         plus one, and not always one from 3 on. So you need a way to learn
 *         whether a number is free.
 *
 * Hint 2: Two ways. Ask for each number from 0 on: fcntl(number, F_GETFD)
 *         returns -1, and errno is EBADF, for one that is free. Or let the
 *         kernel choose: make something that gets a number, a socket or a
 *         dup(), remember the number, and give it back.
 */
