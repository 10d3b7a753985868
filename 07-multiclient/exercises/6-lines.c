/*
 * Exercise 07-6: a protocol of lines                            40 minutes
 *
 * A stream carries bytes, not messages. This server sends back whatever read()
 * returned; give it messages. Each message is a line: bytes that end in '\n'.
 * The reply to a line is its length without the '\n', a space, and the line:
 *
 *     $ cc 6-lines.c -o lines
 *     $ ./lines lines.sock
 *     listen   lines.sock
 *
 *     $ (printf hel; sleep 1; printf 'lo\nyou\n') | ../client lines.sock
 *     5 hello                         (typed in a second terminal)
 *     3 you
 *
 * 1. A line may arrive in pieces. It gets one reply, when it is complete.
 * 2. Several lines may arrive in one read(). Each gets its reply, in order. The
 *    last line may be incomplete, and its rest comes later.
 * 3. Clients send at the same time. Their pieces must not get mixed up.
 * 4. A line has at most LONGEST (1,000) bytes before its '\n'. As soon as a
 *    client has sent more, close that client, and no other. The lines before
 *    that one get their replies, and it gets none. (Where bytes are unread, the
 *    client sees ECONNRESET in place of the end.) A server that waits for the
 *    '\n' can be made to use up all its memory.
 * 5. At end of file, or when a call fails for a client, close it. A line
 *    without its '\n' gets no reply, and must not reach the next client that
 *    gets the same descriptor.
 *
 * The bytes before the '\n' may have any value, '\0' included.
 *
 * In the top folder, make exercise-07-6 grades it and make hint-07-6 helps.
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

static int listen_at(const char *path);
static void leave(int signal_number);
static void accept_client(void);
static void drop_client(nfds_t place);
static bool serve(int descriptor);
static bool answer(int descriptor, const char *data, size_t size);
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
 * Your part, here and wherever else you need it: the protocol. These bytes have
 * come from one read(), which knows nothing about lines. Write the replies, and
 * return false if the client is to be dropped.
 */
static bool answer(int descriptor, const char *data, size_t size)
{
    return write_all(descriptor, data, size) == 0;
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

/*
 * Hint 1: What one call of answer() leaves over, the next call for this client
 *         needs: the bytes of its incomplete line, and how many there are. Put
 *         both into a struct, one for each client, in a table. If its index is
 *         the descriptor, no entry ever has to move. When does an entry get a
 *         new owner, and what must it contain by then?
 *
 * Hint 2: In answer(), a loop as long as size > 0. memchr(data, '\n', size)
 *         finds the end of the line; strchr() would stop at a '\0'. How many
 *         bytes belong to this line: those before the '\n', or all if there is
 *         none. If they and the bytes you have kept are more than LONGEST,
 *         return false. Otherwise append them. Without a '\n', return true: the
 *         rest is still to come. With one, write the reply, keep 0 bytes, and
 *         go on after the '\n'. In accept_client(), keep 0 bytes as well.
 */
