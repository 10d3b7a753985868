/*
 * Solution of 07-6: a table by descriptor has room for one line of each client.
 * memchr() finds where a line ends, and only then is there a reply.
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

#define MOST 64      /* descriptors: each table has an entry for each */
#define LONGEST 1000 /* bytes in a line, without its '\n' */

static struct pollfd watched[MOST]; /* for poll(): the listener, the clients */
static nfds_t watched_count;
static const char *bound_path; /* the path that leave() removes */

/* The incomplete line of each client: what came after its last '\n'. */
static struct client {
    size_t size;
    char line[LONGEST];
} clients[MOST]; /* by descriptor */

static int listen_at(const char *path);
static void leave(int signal_number);
static void accept_client(void);
static void drop_client(nfds_t place);
static bool serve(int descriptor);
static bool answer(int descriptor, const char *data, size_t size);
static bool send_reply(int descriptor, const char *line, size_t size);
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
            if (watched[i].revents != 0 && !serve(watched[i].fd))
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
    if (client >= MOST) {
        close(client); /* there is no entry left for it */
        return;
    }

    clients[client].size = 0; /* forget what another client left */
    watched[watched_count++] = (struct pollfd){client, POLLIN, 0};
}

/* Closes a client. The last entry of watched fills the gap. */
static void drop_client(nfds_t place)
{
    if (close(watched[place].fd) == -1)
        die("close", "client");
    watched[place] = watched[--watched_count];
}

/*
 * Step 6: reads once from a client that is ready, and answers. Returns false if
 * the client is to be dropped: at end of file, at an error, or by answer().
 */
static bool serve(int descriptor)
{
    char buffer[4096];

    ssize_t size = read(descriptor, buffer, sizeof buffer);
    if (size == -1 && errno == EINTR)
        return true; /* poll() will report it again */
    if (size <= 0)
        return false;

    return answer(descriptor, buffer, (size_t)size);
}

/*
 * The protocol: splits the bytes into lines. A line that is complete gets its
 * reply; what follows the last '\n' is kept until the rest comes.
 */
static bool answer(int descriptor, const char *data, size_t size)
{
    struct client *client = &clients[descriptor];

    while (size > 0) {
        const char *end = memchr(data, '\n', size);
        size_t length = end != NULL ? (size_t)(end - data) : size;

        if (client->size + length > LONGEST)
            return false;
        memcpy(client->line + client->size, data, length);
        client->size += length;

        if (end == NULL)
            return true;
        if (!send_reply(descriptor, client->line, client->size))
            return false;
        client->size = 0;
        data += length + 1;
        size -= length + 1;
    }

    return true;
}

/* Writes the reply to a line: its length, a space, and the line. */
static bool send_reply(int descriptor, const char *line, size_t size)
{
    char reply[32 + LONGEST];

    int start = snprintf(reply, sizeof reply, "%zu ", size);
    memcpy(reply + start, line, size);
    reply[(size_t)start + size] = '\n';

    return write_all(descriptor, reply, (size_t)start + size + 1) == 0;
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
