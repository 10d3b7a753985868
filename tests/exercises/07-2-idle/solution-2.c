/*
 * Solution of 07-2: as long as there are clients, it looks ten times in their
 * time. This is less exact, and less to compute.
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
#include <time.h>
#include <unistd.h>

#define MOST 64 /* descriptors that are watched */

static struct pollfd watched[MOST]; /* the listener, then the clients */
static nfds_t count;                /* how many of the entries are in use */
static long long since[MOST];       /* when it last sent bytes, by now() */
static long long patience;          /* milliseconds that it may be silent */
static const char *bound;           /* the path that leave() removes */

/* Prints which call failed, on what and why, and exits. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "idle: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/* Returns milliseconds, by a clock that cannot be set. */
static long long now(void)
{
    struct timespec time;

    if (clock_gettime(CLOCK_MONOTONIC, &time) == -1)
        die("clock_gettime", "CLOCK_MONOTONIC");
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
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

/* Step 4: accepts one client. */
static void take_client(void)
{
    int client = accept(watched[0].fd, NULL, NULL);

    if (client == -1)
        die("accept", "listener");
    if (count == MOST) {
        close(client);
        return;
    }
    since[count] = now();
    watched[count++] = (struct pollfd){client, POLLIN, 0};
}

/* Closes a client. The last entry fills the gap. */
static void drop(nfds_t client)
{
    close(watched[client].fd);
    count--;
    watched[client] = watched[count];
    since[client] = since[count];
}

/* Step 6: sends back what came. (Stage 06 does this more carefully.) */
static void echo(nfds_t client)
{
    char data[4096];
    ssize_t size = read(watched[client].fd, data, sizeof data);

    since[client] = now();
    if (size <= 0 || write(watched[client].fd, data, (size_t)size) != size)
        drop(client);
}

/* How long poll() may sleep: for ever, if there is no client to drop. */
static int time_to_sleep(void)
{
    return count > 1 ? (int)(patience / 10 + 1) : -1;
}

/* Drops the clients whose time is over. */
static void drop_idle(void)
{
    for (nfds_t i = count; --i > 0;)
        if (now() - since[i] >= patience)
            drop(i);
}

int main(int argc, char *argv[])
{
    if (argc != 3 || (patience = atoi(argv[2])) <= 0) {
        fprintf(stderr, "usage: %s PATH MILLISECONDS\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */
    signal(SIGPIPE, SIG_IGN);         /* a write() fails with EPIPE instead */
    watched[count++] = (struct pollfd){listen_at(argv[1]), POLLIN, 0};

    for (;;) {
        int ready = poll(watched, count, time_to_sleep());
        if (ready == -1 && errno != EINTR)
            die("poll", "watched");
        /* Backwards: the entry that fills a gap has already had its turn. */
        for (nfds_t i = count; ready > 0 && i-- > 0;)
            if (watched[i].revents != 0 && i == 0)
                take_client();
            else if (watched[i].revents != 0)
                echo(i);
        drop_idle();
    }
}
