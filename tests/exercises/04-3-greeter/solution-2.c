/*
 * Solution of 04-3, in another way: the client's descriptor becomes a stream
 * of the C library, and fclose() both sends and hangs up.
 */
#define _POSIX_C_SOURCE 200809L /* for fdopen() */

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

/* Tells a client its number, and hangs up. */
static void greet(int descriptor, int number)
{
    FILE *client = fdopen(descriptor, "w");
    if (client == NULL)
        die("fdopen");

    int failed = fprintf(client, "You are client %d.\n", number) < 0;
    if (fclose(client) == EOF || failed)
        die("write");
    printf("greet    client %d\n", number);
}

int main(int argc, char *argv[])
{
    if (argc != 3 || strlen(argv[1]) >= sizeof address.sun_path) {
        fprintf(stderr, "usage: %s PATH CLIENTS\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */

    int listener = open_listener(argv[1]);
    int clients = atoi(argv[2]);
    for (int number = 1; number <= clients; number++) {
        /* Take a client, greet it, hang up. */
        int client = accept(listener, NULL, NULL);
        if (client == -1)
            die("accept");
        greet(client, number);
    }
    close(listener);
    unlink(argv[1]);
    return EXIT_SUCCESS;
}
