/*
 * Exercise 03-1: how many may still wait?                       15 minutes
 *
 * A client that connects waits in the backlog until it is accepted. How many
 * more have room there? Nobody tells you, but you can find out: be so many
 * clients yourself, until there is no room. The server of this stage never
 * accepts anybody, and with a backlog of 5 has room for 6 on Linux. While
 * ../server /tmp/hello.sock runs in another terminal:
 *
 *     $ cc 1-room.c -o room
 *     $ ./room /tmp/hello.sock
 *     room     6
 *     $ ./room /tmp/hello.sock
 *     room     0
 *
 * The second time there is none: your six have left, but their connections
 * are still in the queue. The program must never wait for room. And not
 * every failure is a full backlog: if there is no server, or no descriptor
 * left, it says so and fails.
 *
 * From the top folder: make exercise-03-1 grades it, make hint-03-1 helps.
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
 * How many clients find room in the backlog of the server.
 *
 * Your part: one client is not enough, and it is a polite one, which waits if
 * there is no room.
 */
static int count_room(void)
{
    int room = 0;

    int client = socket(AF_UNIX, SOCK_STREAM, 0);
    if (client == -1)
        die("socket", "AF_UNIX");
    if (connect(client, (struct sockaddr *)&address, sizeof address) == -1)
        die("connect", address.sun_path);
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

/*
 * Hint 1: A loop of clients, and each must not wait. A socket that does not
 *         wait is called non-blocking; what would wait fails instead, and
 *         errno tells that failure from all others.
 *
 * Hint 2: fcntl(client, F_SETFL, O_NONBLOCK) before connect(). When there is
 *         no room, connect() then returns -1 with EAGAIN on Linux. (Texts
 *         about TCP speak of EINPROGRESS: a Unix socket never gives it.) Any
 *         other errno is for die(). macOS and the BSDs give ECONNREFUSED
 *         for a full backlog too: there, after the first client only.
 */
