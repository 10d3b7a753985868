/*
 * Exercise 01-1: which number comes next?                       10 minutes
 *
 * socket() returns a small number. You can know which one before you call it:
 * write a function that returns the number that the next socket() will get.
 * The program around it is complete. It asks your function, creates a socket,
 * and prints both numbers. Once your function is right, and if number 5 is
 * already taken, it prints this:
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
 * In the top folder, make exercise-01-1 grades it and make hint-01-1 helps.
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
 * Returns the number that the next socket() will return.
 *
 * Your part: the answer must be right whatever is open, and whatever has been
 * closed since the last time. The function leaves everything as it found it:
 * it keeps nothing open, closes nothing that is not its own, changes no flag
 * of a descriptor and creates no file, not even for a moment. If a call fails,
 * use die(). (Where no number is free, any answer will do, and so will die():
 * socket() fails next.)
 */
static int next_number(void)
{
    return 3;
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

/*
 * Hint 1: The kernel takes the lowest number that is free. That is not always
 *         the last one plus one, and it can be below 3. You need a way to find
 *         out whether a number is free.
 *
 * Hint 2: There are two ways. Ask about each number from 0 on: for a free one,
 *         fcntl(number, F_GETFD) returns -1 and sets errno to EBADF. Or let
 *         the kernel choose: open something that gets a number, such as a
 *         socket, remember the number, and close it again.
 */
