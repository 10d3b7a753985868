/*
 * Solution of 03-1: sockets that are non-blocking from the start (Linux). Each
 * client becomes a blocking one when it has connected.
 *
 * Linux only.
 */
#define _GNU_SOURCE /* for SOCK_NONBLOCK */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The name of the server. */
static struct sockaddr_un address = {.sun_family = AF_UNIX};

/* Prints which call failed, on what and why, and exits. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "room: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/* A client that connected, blocking; or -1 if there was no room for it. */
static int new_client(void)
{
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (client == -1)
        die("socket", "AF_UNIX");

    if (connect(client, (struct sockaddr *)&address, sizeof address) == -1) {
        if (errno != EAGAIN)
            die("connect", address.sun_path);
        close(client);
        return -1;
    }

    int flags = fcntl(client, F_GETFL);
    if (flags == -1 || fcntl(client, F_SETFL, flags & ~O_NONBLOCK) == -1)
        die("fcntl", "blocking");
    return client;
}

/* Returns how many clients have found room. */
static int count_room(void)
{
    int room = 0;

    while (new_client() != -1)
        room++;
    return room;
}

int main(int argc, char *argv[])
{
    if (argc != 2 || strlen(argv[1]) >= sizeof address.sun_path) {
        fprintf(stderr, "usage: %s PATH\n", argv[0]);
        return 2;
    }
    strcpy(address.sun_path, argv[1]);
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */

    printf("room     %d\n", count_room());
    printf("         press Enter to exit\n");
    getchar();
    return EXIT_SUCCESS;
}
