/*
 * Exercise 07-1: a chat: everyone hears everyone                25 minutes
 *
 * An echo server answers each client separately. In a chat, what one client
 * sends reaches all the others. This server accepts clients, welcomes them and
 * reads what they send. Your part is to pass that on:
 *
 *     $ cc 1-chat.c -o chat
 *     $ ./chat chat.sock
 *     listen   chat.sock
 *
 *     $ ../client chat.sock           in a second and in a third terminal:
 *     welcome                         the client of this stage
 *     hello                           you type this in one of them,
 *     hello                           and it appears in the other
 *
 * (When you end it, ../client complains that too few bytes came back. It
 * expects an echo.)
 *
 * 1. Every byte that a client sends reaches all other clients, in order, as
 *    soon as the server has read it. It does not come back to its sender.
 * 2. A client may leave at any time, even before its welcome. The server goes
 *    on, and no other client misses a message because of that. (If it
 *    leaves before its welcome, what it has sent may be lost.)
 * 3. A client may stop reading without leaving: when there is no room for more
 *    bytes to it, it counts as such. The others do not wait for it, not even
 *    for a second. It may lose what it has not read, or you may cut it off.
 * 4. When a client has left, its descriptor is closed, once, and its entry in
 *    the table is free for the next one.
 *
 * In the top folder, make exercise-07-1 grades it and make hint-07-1 helps.
 */
#define _POSIX_C_SOURCE 200809L /* declare what POSIX.1-2008 defines */

#include <errno.h>
#include <fcntl.h>
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
static const char *bound;           /* the path that leave() removes */

/* Prints which call failed, on what and why, and exits. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "chat: %s: %s: %s\n", call, what, strerror(errno));
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

/* Step 4: accepts one client and welcomes it. */
static void take_client(void)
{
    int client = accept(watched[0].fd, NULL, NULL);

    if (client == -1)
        die("accept", "listener");
    if (count == MOST || write(client, "welcome\n", 8) != 8)
        close(client); /* the table is full, or it has left */
    else
        watched[count++] = (struct pollfd){client, POLLIN, 0};
}

/* Closes a client. The last entry fills the gap. */
static void drop(nfds_t client)
{
    close(watched[client].fd);
    watched[client] = watched[--count];
}

/*
 * Your part: sends these bytes to every client but the one they came from.
 */
static void pass_on(nfds_t from, const char *data, size_t size)
{
    (void)from;
    (void)data;
    (void)size;
}

/* Step 6: reads what a client has sent. Drops it at its end or an error. */
static void hear(nfds_t client)
{
    char data[4096];
    ssize_t size = read(watched[client].fd, data, sizeof data);

    if (size == -1 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size <= 0)
        drop(client);
    else
        pass_on(client, data, (size_t)size);
}

int main(int argc, char *argv[])
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s PATH\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */
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
                hear(i);
    }
}

/*
 * Hint 1: The clients are the entries from 1 on. Two things can go wrong with
 *         a write(). The client has left: stage 06, "Break it", shows the
 *         signal that comes then. Or there is no room for the bytes, and
 *         write() blocks. What does server.c of this stage do about each?
 *
 * Hint 2: Once, in main(): signal(SIGPIPE, SIG_IGN). For each new client:
 *         fcntl(client, F_SETFL, O_NONBLOCK). In pass_on(): a loop from 1 to
 *         count that leaves out from. If a write() does not take all bytes, go
 *         on, or cut that client off. Do not drop() it there, because the loop
 *         would miss the entry that fills the gap. After shutdown(descriptor,
 *         SHUT_RDWR), poll() reports the end of that client, and hear() drops
 *         it.
 */
