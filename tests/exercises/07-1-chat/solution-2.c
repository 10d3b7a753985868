/*
 * Solution of 07-1: send() with two flags, which never blocks and never raises
 * a signal. What finds no room is lost. (MSG_NOSIGNAL is in POSIX.1-2008.
 * MSG_DONTWAIT is not, but all systems have it.)
 */
#define _DEFAULT_SOURCE /* for MSG_DONTWAIT */

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
    if (count == MOST || send(client, "welcome\n", 8, MSG_NOSIGNAL) != 8)
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

/* Sends these bytes to every client but the one they came from. */
static void pass_on(nfds_t from, const char *data, size_t size)
{
    struct pollfd *writer = &watched[from];

    for (struct pollfd *to = watched + 1; to < watched + count; to++)
        if (to != writer &&
            send(to->fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL) == -1 &&
            errno != EAGAIN && errno != EPIPE && errno != ECONNRESET)
            die("send", "client");
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
