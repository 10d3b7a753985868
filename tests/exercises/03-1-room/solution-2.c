/*
 * Solution of 03-1: clients that wait for a moment only (Linux: elsewhere
 * SO_SNDTIMEO is nothing to connect()). Each is closed at once: the backlog
 * keeps its connection all the same.
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

/* Says which call failed, on what and why, and ends the program. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "room: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/*
 * A client that connects: 0, or -1 when it found no room. One that is closed
 * leaves its connection in the queue.
 */
static int call(void)
{
    const struct timeval moment = {.tv_usec = 100000};
    int result = 0;

    int client = socket(AF_UNIX, SOCK_STREAM, 0);
    if (client == -1)
        die("socket", "AF_UNIX");
    if (setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &moment, sizeof moment) ==
        -1)
        die("setsockopt", "SO_SNDTIMEO");
    if (connect(client, (struct sockaddr *)&address, sizeof address) == -1) {
        if (errno != EAGAIN)
            die("connect", address.sun_path);
        result = -1;
    }
    close(client);
    return result;
}

/* How many clients find room in the backlog of the server. */
static int count_room(void)
{
    int room = 0;

    while (call() == 0)
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

    printf("room     %d\n", count_room());
    return EXIT_SUCCESS;
}
