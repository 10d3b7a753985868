/*
 * Solution of 03-1: O_NONBLOCK for the time of connect(), and the old flags
 * again afterwards, whatever connect() has returned.
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
    fprintf(stderr, "room: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/*
 * Is this failure of connect() a full backlog? Linux has an error of its own
 * for it. macOS and the BSDs refuse the client, as if nothing listened; but a
 * server that has let other clients in is there.
 */
static int is_full(int error, int room)
{
#ifdef __linux__
    (void)room;
    return error == EAGAIN;
#else
    return error == ECONNREFUSED && room > 0;
#endif
}

/* Connects a client if there is room after so many others. Returns 1, or 0. */
static int find_room(int client, int room)
{
    int flags = fcntl(client, F_GETFL);
    if (flags == -1)
        die("fcntl", "F_GETFL");
    if (fcntl(client, F_SETFL, flags | O_NONBLOCK) == -1)
        die("fcntl", "O_NONBLOCK");

    int result = connect(client, (struct sockaddr *)&address, sizeof address);
    int error = errno; /* fcntl() may change it */

    if (fcntl(client, F_SETFL, flags) == -1)
        die("fcntl", "F_SETFL");
    if (result == 0)
        return 1;
    if (is_full(error, room))
        return 0;
    errno = error;
    die("connect", address.sun_path);
    return 0;
}

/* Returns how many clients have found room. They stay open until the end. */
static int count_room(void)
{
    for (int room = 0;; room++) {
        int client = socket(AF_UNIX, SOCK_STREAM, 0);
        if (client == -1)
            die("socket", "AF_UNIX");
        if (!find_room(client, room)) {
            close(client);
            return room;
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
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */

    printf("room     %d\n", count_room());
    printf("         press Enter to exit\n");
    getchar();
    return EXIT_SUCCESS;
}
