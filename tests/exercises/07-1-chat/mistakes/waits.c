/*
 * 07-1, the mistake of a careful write_all() in a server with one line of
 * execution: it waits for the one client that does not read.
 *
 * expect: A client that does not read holds up all the others.
 */
#define _POSIX_C_SOURCE 200809L /* what POSIX.1-2008 has */

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
static const char *bound;           /* the name that leave() removes */

/* Says which call failed, on what and why, and ends the program. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "chat: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/* Ctrl-C: the name goes, and the server. */
static void leave(int signal_number)
{
    (void)signal_number;
    unlink(bound);
    _exit(EXIT_SUCCESS);
}

/* Steps 1 to 3 of the lifecycle: a socket that listens at this path. */
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

/* Step 4: the next client, with a word of welcome. */
static void take_client(void)
{
    int client = accept(watched[0].fd, NULL, NULL);

    if (client == -1)
        die("accept", "listener");
    if (count == MOST || write(client, "welcome\n", 8) != 8)
        close(client); /* no place for it, or it has gone already */
    else
        watched[count++] = (struct pollfd){client, POLLIN, 0};
}

/* Its place is taken by the last one. */
static void drop(nfds_t client)
{
    close(watched[client].fd);
    watched[client] = watched[--count];
}

/* Sends these bytes to the clients. */
static void pass_on(nfds_t from, const char *data, size_t size)
{
    for (nfds_t i = 1; i < count; i++) {
        size_t written = 0;
        while (i != from && written < size) {
            ssize_t result = write(watched[i].fd, data + written,
                                   size - written);
            if (result == -1 && errno != EINTR)
                break;
            written += result == -1 ? 0 : (size_t)result;
        }
    }
}

/* Step 6: reads what a client has sent; its end, or an error, ends it. */
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
    setvbuf(stdout, NULL, _IOLBF, 0); /* show each line as it happens */
    signal(SIGPIPE, SIG_IGN);         /* write() returns EPIPE instead */
    watched[count++] = (struct pollfd){listen_at(argv[1]), POLLIN, 0};

    for (;;) {
        if (poll(watched, count, -1) == -1 && errno != EINTR)
            die("poll", "watched");
        /* From the last to the first: whom drop() moves has had its turn. */
        for (nfds_t i = count; i-- > 0;)
            if (watched[i].revents != 0 && i == 0)
                take_client();
            else if (watched[i].revents != 0)
                hear(i);
    }
}
