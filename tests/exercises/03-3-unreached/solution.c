/*
 * Solution of 03-3: remove the path; do not listen; be a client of your own,
 * until there is no room.
 */
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
    fprintf(stderr, "unreached: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/* It listens, but its path is gone: new clients cannot find it. */
static void be_lost(int listener)
{
    if (listen(listener, 5) == -1)
        die("listen", address.sun_path);
    if (unlink(address.sun_path) == -1)
        die("unlink", address.sun_path);
}

/* A socket that does not listen is active: no client can call it. */
static void be_deaf(int listener)
{
    (void)listener;
}

/* Fills its own queue, until there is no room for the next client. */
static void be_full(int listener)
{
    if (listen(listener, 0) == -1)
        die("listen", address.sun_path);
    for (;;) {
        int caller = socket(AF_UNIX, SOCK_STREAM, 0);
        if (caller == -1)
            die("socket", "AF_UNIX");
        if (fcntl(caller, F_SETFL, O_NONBLOCK) == -1)
            die("fcntl", "O_NONBLOCK");
        if (connect(caller, (struct sockaddr *)&address, sizeof address) == -1)
            break;
        /* It stays open. */
    }
    if (errno != EAGAIN && errno != ECONNREFUSED)
        die("connect", address.sun_path);
}

int main(int argc, char *argv[])
{
    if (argc != 3 || strlen(argv[1]) >= sizeof address.sun_path) {
        fprintf(stderr, "usage: %s PATH lost|deaf|full\n", argv[0]);
        return 2;
    }
    strcpy(address.sun_path, argv[1]);
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */

    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (listener == -1)
        die("socket", "AF_UNIX");
    if (bind(listener, (struct sockaddr *)&address, sizeof address) == -1)
        die("bind", address.sun_path);

    if (strcmp(argv[2], "lost") == 0)
        be_lost(listener);
    else if (strcmp(argv[2], "deaf") == 0)
        be_deaf(listener);
    else
        be_full(listener);
    printf("ready    %s\n", argv[2]);
    printf("         press Enter to exit\n");
    getchar();

    close(listener);
    if (unlink(address.sun_path) == -1 && errno != ENOENT)
        die("unlink", address.sun_path);
    return EXIT_SUCCESS;
}
