/*
 * Exercise 07-3: at most N clients, the next one is refused     20 minutes
 *
 * No server can accept clients without end. Make this echo server welcome N
 * clients. Tell the next one that the server is full, and close that
 * connection. Here N is 1:
 *
 *     $ cc 3-most.c -o most
 *     $ ./most most.sock 1
 *     listen   most.sock
 *
 *     $ ../client most.sock           in a second terminal
 *     welcome
 *
 *     $ ../client most.sock           in a third one, at the same time
 *     full, come back later
 *     client: the server left: 0 of 0 bytes came back
 *
 * 1. A client that is refused gets this line, no more and no less, and then the
 *    end (ECONNRESET, if it has sent something that you have not read). The
 *    others do not notice, and do not wait meanwhile.
 * 2. When a client leaves, its place is free again, however it leaves: with its
 *    replies unread, or even before its welcome.
 * 3. After a client has left or was refused, it costs no descriptor, not even
 *    one that did not wait for the answer.
 *
 * In the top folder, make exercise-07-3 grades it and make hint-07-3 helps.
 */
#define _POSIX_C_SOURCE 200809L /* declare what POSIX.1-2008 defines */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MOST 64 /* descriptors that are watched */

static struct pollfd watched[MOST]; /* the listener, then the clients */
static nfds_t count;                /* how many of the entries are in use */
static nfds_t most;                 /* clients at the same time */
static const char *bound;           /* the path that leave() removes */

/* Prints which call failed, on what and why, and exits. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "most: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/* Ctrl-C: removes the path and exits. */
static void leave(int signal_number)
{
    (void)signal_number;
    unlink(bound);
    _exit(EXIT_SUCCESS);
}

/* Steps 1 to 3. Returns a socket that listens at this path. */
static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);

    if (listener == -1)
        die("socket", "AF_UNIX");
    errno = ENAMETOOLONG;
    if (strlen(path) >= sizeof address.sun_path)
        die("bind", path);
    strcpy(address.sun_path, path);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) == -1)
        die("bind", path);
    bound = path;
    signal(SIGINT, leave);
    if (listen(listener, SOMAXCONN) == -1)
        die("listen", path);
    printf("listen   %s\n", path);
    return listener;
}

/*
 * Step 4: accepts one client and welcomes it.
 *
 * Your part: the clients are the entries of watched from 1 on. If there are
 * most of them already, send "full, come back later\n" to this one, and do not
 * let it stay.
 */
static void take_client(void)
{
    int client = accept(watched[0].fd, NULL, NULL);

    if (client == -1)
        die("accept", "listener");
    if (write(client, "welcome\n", 8) != 8)
        close(client); /* it has left */
    else
        watched[count++] = (struct pollfd){client, POLLIN, 0};
}

/* Closes a client. The last entry fills the gap. */
static void drop(nfds_t client)
{
    close(watched[client].fd);
    watched[client] = watched[--count];
}

/* Step 6: sends back what came. (Stage 06 does this more carefully.) */
static void echo(nfds_t client)
{
    char data[4096];
    ssize_t size = read(watched[client].fd, data, sizeof data);

    if (size <= 0 || write(watched[client].fd, data, (size_t)size) != size)
        drop(client);
}

int main(int argc, char *argv[])
{
    most = argc == 3 ? (nfds_t)strtoul(argv[2], NULL, 10) : 0;
    if (most < 1 || most > MOST - 1) {
        fprintf(stderr, "usage: %s PATH N (at most %d)\n", argv[0], MOST - 1);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */
    signal(SIGPIPE, SIG_IGN);         /* a write() fails with EPIPE instead */
    watched[count++] = (struct pollfd){listen_at(argv[1]), POLLIN, 0};

    for (;;) {
        if (poll(watched, count, -1) == -1) {
            if (errno != EINTR)
                die("poll", "watched");
            continue;
        }
        /* Backwards: the entry that fills a gap has already had its turn. */
        for (nfds_t i = count; i-- > 0;)
            if (watched[i].revents != 0 && i == 0)
                take_client();
            else if (watched[i].revents != 0)
                echo(i);
    }
}

/*
 * Hint 1: count is the number of entries in use, and one of them belongs to the
 *         listener. A client that has not been accepted waits in the backlog,
 *         and you cannot send it anything before you have a connection.
 *
 * Hint 2: Always accept(). Then, if count - 1 == most, write() the message,
 *         close() the descriptor, and leave the table as it is. The client
 *         reads what was written before the close(), and then the end.
 */
