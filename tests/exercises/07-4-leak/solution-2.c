/*
 * Solution of 07-4: the file is opened again for each piece, and closed at
 * once. All that a client has is its own descriptor, and its place in the file.
 * If the file is gone, the transfer ends.
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
static off_t places[MOST];          /* for each client: how far it is */
static const char *bound;           /* the path that leave() removes */

/* Prints which call failed, on what and why, and exits. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "leak: %s: %s: %s\n", call, what, strerror(errno));
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

/* Step 4: accepts one client. It begins at the start of the file. */
static void take_client(void)
{
    int client = accept(watched[0].fd, NULL, NULL);

    if (client == -1)
        die("accept", "listener");
    if (count == MOST || fcntl(client, F_SETFL, O_NONBLOCK) == -1) {
        close(client);
        return;
    }
    places[count] = 0;
    watched[count++] = (struct pollfd){client, POLLOUT, 0};
}

/* Ends a transfer. The last entry of the table fills the gap. */
static void end(nfds_t client)
{
    close(watched[client].fd);
    count--;
    watched[client] = watched[count];
    places[client] = places[count];
}

/* Reads from this place of the file. Returns how many bytes, or -1. */
static ssize_t read_at(const char *path, off_t place, char *data, size_t size)
{
    int file = open(path, O_RDONLY);
    if (file == -1) {
        fprintf(stderr, "leak: open: %s: %s\n", path, strerror(errno));
        return -1;
    }
    ssize_t result = pread(file, data, size, place);
    close(file);
    return result;
}

/* Step 6: sends the next piece of the file, when there is room for it. */
static void send_piece(nfds_t i, const char *path)
{
    char data[16384];
    ssize_t size = read_at(path, places[i], data, sizeof data);
    if (size <= 0) {
        end(i);
        return;
    }
    ssize_t written = write(watched[i].fd, data, (size_t)size);
    if (written >= 0)
        places[i] += written;
    else if (errno != EAGAIN && errno != EINTR)
        end(i);
}

int main(int argc, char *argv[])
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s PATH FILE\n", argv[0]);
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
                send_piece(i, argv[2]);
    }
}
