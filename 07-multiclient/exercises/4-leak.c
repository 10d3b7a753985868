/*
 * Exercise 07-4: repair a server that leaks descriptors         30 minutes
 *
 * This server sends a file to each client, to all of them at the same time and
 * as fast as each one reads. It works on the first day. But every descriptor
 * that is not closed is lost, and without descriptors the server dies:
 *
 *     $ cc 4-leak.c -o leak
 *     $ (ulimit -n 20; ./leak leak.sock /etc/hosts)
 *     listen   leak.sock
 *     leak: accept: listener: Too many open files
 *
 *     $ for i in $(seq 20); do ../client leak.sock; done
 *
 * (The last command is for a second terminal.) Find all the places where a
 * descriptor is lost:
 *
 * 1. A client gets the whole file and then the end (or ECONNRESET, if it has
 *    sent something). After that it costs no descriptor. The same is true when
 *    it leaves early, or when a call fails that is about this client only.
 * 2. If the file cannot be opened, or cannot be read (a folder, for example),
 *    the client sees the end and costs no descriptor. The server goes on. (It
 *    may still die if accept() fails, or if lseek() does, as on a FIFO.)
 * 3. No other client may notice any of this. No descriptor is closed twice, and
 *    none that belongs to another client.
 *
 * In the top folder, make exercise-07-4 grades it and make hint-07-4 helps.
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

/* Takes a client out of the table. The last entry fills the gap. */
static void forget(nfds_t client)
{
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
        close(client);
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

/*
 * Hint 1: Look at the descriptors while it runs: ls -l /proc/PID/fd, or
 *         lsof -p PID. After each client they should be as before. Then try a
 *         client that leaves early (../client PATH | head -n 1, with a file of
 *         several megabytes), a file that is not there, and a folder in its
 *         place. What is left each time?
 *
 * Hint 2: Two calls create descriptors here: accept() and open(). Follow every
 *         path that leads out of a function, and ask of both descriptors who
 *         closes them. Three of these paths lose one. It is easier to get this
 *         right if only forget() closes, before another client moves into the
 *         entry. But never close a number twice: by then it may belong to
 *         another client.
 */
