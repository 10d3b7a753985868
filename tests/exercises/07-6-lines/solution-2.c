/*
 * Solution of 07-6: read() puts the bytes where the client's line is kept, and
 * never more than fit. A line that fills this buffer is too long.
 */
#define _POSIX_C_SOURCE 200809L /* declare what POSIX.1-2008 defines */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MOST 64      /* entries in each table */
#define LONGEST 1000 /* bytes in a line, without its '\n' */

/* What a client has sent, and has not had a reply to. */
struct client {
    size_t size;
    char data[LONGEST + 1]; /* has room for the longest line and its '\n' */
};

static struct pollfd watched[MOST];  /* for poll(): the listener, the clients */
static struct client *clients[MOST]; /* beside watched; the listener has none */
static nfds_t watched_count;         /* in both tables */
static const char *bound_path;       /* the path that leave() removes */

static int listen_at(const char *path);
static void leave(int signal_number);
static void accept_client(void);
static void drop_client(nfds_t place);
static bool serve(nfds_t place);
static bool answer(int descriptor, struct client *client);
static int write_all(int descriptor, const char *data, size_t size);
static void die(const char *call, const char *what);

int main(int argc, char *argv[])
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s PATH\n", argv[0]);
        return 2;
    }

    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */
    signal(SIGPIPE, SIG_IGN);         /* a write() fails with EPIPE instead */
    watched[0] = (struct pollfd){listen_at(argv[1]), POLLIN, 0};
    watched_count = 1;

    for (;;) {
        if (poll(watched, watched_count, -1) == -1) {
            if (errno != EINTR)
                die("poll", "watched");
            continue;
        }

        /* Backwards: the entry that fills a gap has already had its turn. */
        for (nfds_t i = watched_count - 1; i > 0; i--)
            if (watched[i].revents != 0 && !serve(i))
                drop_client(i);

        if (watched[0].revents != 0)
            accept_client();
    }
}

/* Steps 1 to 3. Returns a socket that listens at this path. */
static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        fprintf(stderr, "lines: %s: path too long\n", path);
        exit(EXIT_FAILURE);
    }
    strcpy(address.sun_path, path);

    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (listener == -1)
        die("socket", "AF_UNIX");
    if (bind(listener, (struct sockaddr *)&address, sizeof address) == -1)
        die("bind", path);
    bound_path = path;
    signal(SIGINT, leave);

    if (listen(listener, SOMAXCONN) == -1)
        die("listen", path);
    printf("listen   %s\n", path);

    return listener;
}

/* Ctrl-C: removes the path and exits. */
static void leave(int signal_number)
{
    (void)signal_number;
    unlink(bound_path);
    _exit(EXIT_SUCCESS);
}

/* Step 4: accepts one client, and watches it. */
static void accept_client(void)
{
    int client = accept(watched[0].fd, NULL, NULL);
    if (client == -1)
        die("accept", "listener");
    if (watched_count == MOST) {
        close(client); /* there is no entry left for it */
        return;
    }

    clients[watched_count] = calloc(1, sizeof *clients[watched_count]);
    if (clients[watched_count] == NULL)
        die("calloc", "client");
    watched[watched_count] = (struct pollfd){client, POLLIN, 0};
    watched_count++;
}

/* Closes a client. In both tables, the last entry fills the gap. */
static void drop_client(nfds_t place)
{
    if (close(watched[place].fd) == -1)
        die("close", "client");
    free(clients[place]);

    watched_count--;
    watched[place] = watched[watched_count];
    clients[place] = clients[watched_count];
}

/*
 * Step 6: reads once from a client that is ready, right after what it sent
 * before, and answers. Returns false if the client is to be dropped. (There is
 * always room for a byte: answer() drops a client whose buffer stays full.)
 */
static bool serve(nfds_t place)
{
    int descriptor = watched[place].fd;
    struct client *client = clients[place];

    ssize_t size = read(descriptor, client->data + client->size,
                        sizeof client->data - client->size);
    if (size == -1 && errno == EINTR)
        return true; /* poll() will report it again */
    if (size <= 0)
        return false;
    client->size += (size_t)size;

    return answer(descriptor, client);
}

/*
 * Replies to every complete line, then moves the rest to the front. A rest that
 * fills the buffer is a line that is too long.
 */
static bool answer(int descriptor, struct client *client)
{
    const char *line = client->data;
    size_t left = client->size;
    const char *end;

    while ((end = memchr(line, '\n', left)) != NULL) {
        char length[32];
        size_t size = (size_t)(end + 1 - line);

        int digits = snprintf(length, sizeof length, "%zu ", size - 1);
        if (write_all(descriptor, length, (size_t)digits) == -1 ||
            write_all(descriptor, line, size) == -1)
            return false;
        line += size;
        left -= size;
    }

    memmove(client->data, line, left);
    client->size = left;

    return left <= LONGEST;
}

/*
 * Writes all size bytes. Returns 0, or -1 with errno set. (It blocks while the
 * client does not read, and all others wait. server.c shows what to do.)
 */
static int write_all(int descriptor, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t written = write(descriptor, data, size);
        if (written == -1 && errno == EINTR)
            continue;
        if (written == -1)
            return -1;

        data += written;
        size -= (size_t)written;
    }

    return 0;
}

/* Prints which call failed, on what and why, and exits. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "lines: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}
