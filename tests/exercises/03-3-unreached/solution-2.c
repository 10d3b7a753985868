/*
 * Solution of 03-3, in other ways: the socket gets another name; it listens
 * and is closed, so that its path is stale; clients wait for a moment only
 * (Linux).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
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

/* The name that it has while it is lost. */
static char hidden[sizeof address.sun_path + sizeof ".lost"];

/* It listens, and has another name now: the socket goes with the file. */
static void be_lost(int listener)
{
    if (listen(listener, 5) == -1)
        die("listen", address.sun_path);
    snprintf(hidden, sizeof hidden, "%s.lost", address.sun_path);
    if (rename(address.sun_path, hidden) == -1)
        die("rename", address.sun_path);
}

/* When its last descriptor is closed, the socket is gone. Its path stays. */
static void be_deaf(int listener)
{
    if (listen(listener, 5) == -1)
        die("listen", address.sun_path);
    close(listener);
}

/* Clients that wait 50 ms each, until one has waited in vain. */
static void be_full(int listener)
{
    const struct timeval moment = {.tv_usec = 50000};
    int caller;

    if (listen(listener, 3) == -1)
        die("listen", address.sun_path);
    do {
        caller = socket(AF_UNIX, SOCK_STREAM, 0);
        if (caller == -1)
            die("socket", "AF_UNIX");
        if (setsockopt(caller, SOL_SOCKET, SO_SNDTIMEO, &moment,
                       sizeof moment) == -1)
            die("setsockopt", "SO_SNDTIMEO");
    } while (connect(caller, (struct sockaddr *)&address, sizeof address) == 0);
    if (errno != EAGAIN)
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

    if (strcmp(argv[2], "deaf") != 0)
        close(listener);
    if (unlink(hidden[0] != '\0' ? hidden : address.sun_path) == -1)
        die("unlink", address.sun_path);
    return EXIT_SUCCESS;
}
