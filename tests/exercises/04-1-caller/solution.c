/*
 * Solution of 04-1: the kernel has recorded who called connect().
 */
#define _GNU_SOURCE /* without it, what only Linux has is hidden */

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

#ifdef __linux__
/* The kernel recorded it at connect(), and keeps it with the connection. */
static struct caller who_calls(int client)
{
    struct ucred answer;
    socklen_t size = sizeof answer;

    if (getsockopt(client, SOL_SOCKET, SO_PEERCRED, &answer, &size) == -1)
        die("getsockopt");
    return (struct caller){.user = answer.uid, .process = answer.pid};
}
#else
/* macOS: two questions; the second one has a protocol level of its own. */
static struct caller who_calls(int client)
{
    uid_t user;
    gid_t group;
    pid_t process;
    socklen_t size = sizeof process;

    if (getpeereid(client, &user, &group) == -1)
        die("getpeereid");
    if (getsockopt(client, SOL_LOCAL, LOCAL_PEERPID, &process, &size) == -1)
        die("getsockopt");
    return (struct caller){.user = user, .process = process};
}
#endif

/* Returns a socket that listens on the path. */
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
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */

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
