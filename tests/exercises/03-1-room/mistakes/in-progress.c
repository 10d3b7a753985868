/*
 * 03-1, the mistake of whoever knows non-blocking connect() from TCP: it
 * expects EINPROGRESS, and takes what comes for a failure.
 *
 * expect: It takes a full backlog for a failure.
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

/* Says which call failed, on what and why, and ends the program. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "room: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/* How many clients find room in the backlog. */
static int count_room(void)
{
    for (int room = 0;; room++) {
        int client = socket(AF_UNIX, SOCK_STREAM, 0);
        if (client == -1)
            die("socket", "AF_UNIX");
        if (fcntl(client, F_SETFL, O_NONBLOCK) == -1)
            die("fcntl", "O_NONBLOCK");
        if (connect(client, (struct sockaddr *)&address, sizeof address) ==
            -1) {
            if (errno == EINPROGRESS)
                return room;
            die("connect", address.sun_path);
        }
    }
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
