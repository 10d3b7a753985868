/*
 * Exercise 03-1: how much room is left in the backlog?          25 minutes
 *
 * A client that connects stays in the server's backlog until it is accepted.
 * How many more clients have room? No call reports that, but you can find out:
 * be those clients yourself, until one of them finds no room. The server of
 * this stage never accepts a client. With its backlog of 5 it has room for 6
 * on Linux. While ../server hello.sock runs in another terminal:
 *
 *     $ cc 1-room.c -o room
 *     $ ./room hello.sock
 *     room     6
 *              press Enter to exit
 *     $ ./room hello.sock
 *     room     0
 *              press Enter to exit
 *
 * The second time there is no room: your six clients have left, but their
 * connections are still in the queue.
 *
 * 1. The program must not wait for room, not even for a moment.
 * 2. Whatever you do to a socket so that it does not wait, undo it afterwards,
 *    so that its descriptor has the flags that it had before. A client that has
 *    connected then reads and writes like any other. The clients stay
 *    connected until you press Enter, so you can look (Linux; the number is
 *    octal, and 04000 in it is O_NONBLOCK):
 *
 *        $ grep flags /proc/$(pgrep -x room)/fdinfo/3
 *        flags:  02
 *
 * 3. Not every failure is a full backlog. If there is no server, if the process
 *    has no descriptor left, or if any other call fails, the program reports it
 *    with die(), and prints no number.
 *
 * The socket that found no room may stay open, or be closed.
 *
 * In the top folder, make exercise-03-1 grades it and make hint-03-1 helps.
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
 * Connects a client if there is room for it. Returns 1, or 0 if the backlog is
 * full. The flags of the descriptor do not change.
 *
 * Your part: so far, this connect() waits until there is room.
 */
static int find_room(int client)
{
    if (connect(client, (struct sockaddr *)&address, sizeof address) == -1)
        die("connect", address.sun_path);
    return 1;
}

/*
 * Returns how many clients have found room in the backlog of the server.
 *
 * Your part, too: one client is not enough.
 */
static int count_room(void)
{
    int room = 0;

    int client = socket(AF_UNIX, SOCK_STREAM, 0);
    if (client == -1)
        die("socket", "AF_UNIX");
    if (find_room(client))
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

/*
 * Hint 1: You need a loop of clients, and none of them may wait. A socket that
 *         does not wait is called non-blocking: a call that would wait fails
 *         instead, with an error of its own. fcntl() with F_GETFL reads the
 *         flags of a descriptor, and F_SETFL sets them.
 *
 * Hint 2: int flags = fcntl(client, F_GETFL); then call fcntl() with F_SETFL
 *         and flags | O_NONBLOCK, connect(), keep its errno, and call fcntl()
 *         with F_SETFL and flags. If there is no room, connect() has returned
 *         -1 with EAGAIN on Linux. (Texts about TCP expect EINPROGRESS, which a
 *         Unix socket never gives.) Any other errno is for die(). On macOS and
 *         the BSDs, a full backlog gives ECONNREFUSED, and so does a server
 *         that is gone: there, it means "full" only if a client of yours has
 *         connected before.
 */
