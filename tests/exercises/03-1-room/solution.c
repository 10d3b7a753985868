/*
 * Solution of 03-1: clients that do not wait, until one finds no room.
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

/*
 * Is this failure of connect() a full backlog? Linux has an error for it.
 * macOS and the BSDs have not: they refuse the client, as if nobody listened;
 * but who has let in others before is there.
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

/* How many clients find room in the backlog of the server. */
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
            if (is_full(errno, room))
                return room;
            die("connect", address.sun_path);
        }
        /* It stays open: the program's end closes it. */
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
