/*
 * Solution of 07-4: forget() closes what the entry stands for, so none of its
 * callers can miss it. take_client() has its own ways out.
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
static int files[MOST];             /* for each client: what it gets */
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

/* Step 4: accepts one client, and opens the file for it. */
static void take_client(const char *path)
{
    int client = accept(watched[0].fd, NULL, NULL);

    if (client == -1)
        die("accept", "listener");
    int file = open(path, O_RDONLY);
    if (file == -1) {
        fprintf(stderr, "leak: open: %s: %s\n", path, strerror(errno));
        close(client);
        return;
    }
    if (count == MOST || fcntl(client, F_SETFL, O_NONBLOCK) == -1) {
        close(file);
        close(client);
        return;
    }
    files[count] = file;
    watched[count++] = (struct pollfd){client, POLLOUT, 0};
}

/* Ends a transfer. The last entry of the table fills the gap. */
static void forget(nfds_t client)
{
    close(watched[client].fd);
    close(files[client]);
    count--;
    watched[client] = watched[count];
    files[client] = files[count];
}

/*
 * Step 6: sends the next piece of the file, when poll() reports that there is
 * room. lseek() goes back to what write() did not take.
 */
static void send_piece(nfds_t i)
{
    char data[4096];
    int client = watched[i].fd;
    ssize_t size = read(files[i], data, sizeof data);

    if (size <= 0) {
        if (size == -1)
            fprintf(stderr, "leak: read: %s\n", strerror(errno));
        forget(i);
        return;
    }
    ssize_t written = write(client, data, (size_t)size);
    if (written == -1 && errno != EAGAIN && errno != EINTR) {
        forget(i); /* the client has left */
        return;
    }
    if (written == -1)
        written = 0;
    if (lseek(files[i], written - size, SEEK_CUR) == -1)
        die("lseek", "file");
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
                take_client(argv[2]);
            else if (watched[i].revents != 0)
                send_piece(i);
    }
}
