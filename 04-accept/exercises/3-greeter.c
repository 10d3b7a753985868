/*
 * Exercise 04-3: repair: no client is greeted                   15 minutes
 *
 * This server should greet its clients one after another, and hang up. But no
 * client gets a word, no message says why, and the second client is not served
 * at all. Repair the server so that it does what its comments say:
 *
 *     $ cc 3-greeter.c -o greeter
 *     $ ./greeter hello.sock 2
 *     listen   hello.sock
 *     greet    client 1
 *     greet    client 2
 *
 * and in another terminal, twice:
 *
 *     $ ../../07-multiclient/client hello.sock </dev/null
 *     You are client 1.
 *     $ ../../07-multiclient/client hello.sock </dev/null
 *     You are client 2.
 *
 * (Sometimes the client adds that the server has left. That is true: it has.)
 *
 * 1. A client gets its greeting and nothing else, then end of file: the server
 *    hangs up before it waits for the next client.
 * 2. It serves as many clients as you ask for, even with few descriptors
 *    (ulimit -n 20).
 * 3. If a greeting cannot be sent, die() reports the call that failed, as it
 *    does for all other calls, and the server does not print "greet". (The
 *    clients send nothing. One that leaves before its greeting may end the
 *    server: SIGPIPE comes in stage 06.)
 *
 * In the top folder, make exercise-04-3 grades it and make hint-04-3 helps.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The name of the server, and whether it is there, for die() to remove. */
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static int bound;

/* Prints which call failed, and why, and exits. */
static void die(const char *call)
{
    fprintf(stderr, "greeter: %s: %s\n", call, strerror(errno));
    if (bound)
        unlink(address.sun_path);
    exit(EXIT_FAILURE);
}

/* Returns a socket that listens on the path. */
static int open_listener(const char *path)
{
    int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    if (descriptor == -1)
        die("socket");
    strcpy(address.sun_path, path);
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) == -1)
        die("bind");
    bound = 1;
    if (listen(descriptor, 5) == -1)
        die("listen");
    printf("listen   %s\n", path);
    return descriptor;
}

/* Tells a client its number. */
static void greet(int descriptor, int number)
{
    char greeting[64];

    int size = snprintf(greeting, sizeof greeting, "You are client %d.\n",
                        number);
    if (write(descriptor, greeting, (size_t)size) == -1)
        return;
    printf("greet    client %d\n", number);
}

int main(int argc, char *argv[])
{
    if (argc != 3 || strlen(argv[1]) >= sizeof address.sun_path) {
        fprintf(stderr, "usage: %s PATH CLIENTS\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */

    int descriptor = open_listener(argv[1]);
    int clients = atoi(argv[2]);
    for (int number = 1; number <= clients; number++) {
        /* Take a client, greet it, hang up. */
        if (accept(descriptor, NULL, NULL) == -1)
            die("accept");
        greet(descriptor, number);
        close(descriptor);
    }
    unlink(argv[1]);
    return EXIT_SUCCESS;
}

/*
 * Hint 1: First make the server report what is wrong: greet() sees the failure
 *         and keeps quiet. Then name each descriptor after what is at its
 *         other end. How many different descriptors does the server have while
 *         it greets a client?
 *
 * Hint 2: accept() returns a new descriptor. That is the one to write to, and
 *         the one to close, for each client. The listening one stays open
 *         until the end.
 */
