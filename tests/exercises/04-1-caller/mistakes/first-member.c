/*
 * 04-1, the mistake of not reading what the answer is: its first member is the
 * process; they take it for the user.
 *
 * expect: The user that it tells is not the one that called.
 */
#define _GNU_SOURCE /* what only Linux has is hidden without it */

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

/* Says which call failed and why, and ends the program. */
static void die(const char *call)
{
    fprintf(stderr, "caller: %s: %s\n", call, strerror(errno));
    if (bound)
        unlink(address.sun_path);
    exit(EXIT_FAILURE);
}

/* Who is at the other end of a connection. */
struct caller {
    long user;
    long process;
};

/* The kernel has noted it at connect(), and tells it for the connection. */
static struct caller who_calls(int client)
{
    uid_t answer[3];
    socklen_t size = sizeof answer;

    if (getsockopt(client, SOL_SOCKET, SO_PEERCRED, answer, &size) == -1)
        die("getsockopt");
    return (struct caller){.user = answer[0], .process = answer[0]};
}

/* A socket that listens on the path. */
static int open_listener(const char *path)
{
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (listener == -1)
        die("socket");
    strcpy(address.sun_path, path);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) == -1)
        die("bind");
    bound = 1;
    if (listen(listener, 5) == -1)
        die("listen");
    printf("listen   %s\n", path);
    return listener;
}

int main(int argc, char *argv[])
{
    if (argc != 3 || strlen(argv[1]) >= sizeof address.sun_path) {
        fprintf(stderr, "usage: %s PATH CLIENTS\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* show each line as it happens */

    int listener = open_listener(argv[1]);
    for (long left = atol(argv[2]); left > 0; left--) {
        int client = accept(listener, NULL, NULL);
        if (client == -1)
            die("accept");

        struct caller caller = who_calls(client);
        printf("accept   user %ld, process %ld\n", caller.user, caller.process);
        close(client);
    }
    close(listener);
    unlink(argv[1]);
    return EXIT_SUCCESS;
}
