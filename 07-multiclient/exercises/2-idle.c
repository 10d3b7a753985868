/*
 * Exercise 07-2: an idle client is dropped                      30 minutes
 *
 * Each client costs a descriptor, even one that was forgotten in a terminal.
 * Make this echo server drop every client that has sent nothing for a number of
 * milliseconds, counted from the moment it was accepted or from its last bytes:
 *
 *     $ cc 2-idle.c -o idle
 *     $ ./idle idle.sock 5000
 *     listen   idle.sock
 *
 *     $ ../client idle.sock           in a second terminal
 *     hello                           you type this,
 *     hello                           it comes back, and five seconds later:
 *     client: the server left: 6 of 6 bytes came back
 *
 * 1. A client is never dropped early (a millisecond does not count). It may be
 *    dropped a little late, up to a fifth of the time.
 * 2. That holds for each client, whatever the other ones do: talk, stay silent,
 *    leave, or be dropped. (All read their echo, so no write() blocks.)
 * 3. A client whose bytes have arrived is not idle, even if the server had no
 *    time to read them yet.
 * 4. Without clients, the server sleeps until one comes. With clients, it
 *    sleeps too. You may look at the clock now and then while they are silent,
 *    say ten times in their time, but not all the time. And do not let them
 *    wait for their echo.
 *
 * In the top folder, make exercise-07-2 grades it and make hint-07-2 helps.
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
static long long since[MOST];       /* when it was accepted, by now() */
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

    if (size <= 0 || write(watched[client].fd, data, (size_t)size) != size)
        drop(client);
}

/*
 * Your part, here and wherever else you need it: how long poll() may sleep, in
 * milliseconds. -1 means no limit.
 */
static int time_to_sleep(void)
{
    return -1;
}

/* Your part: drop the clients whose time is over. */
static void drop_idle(void)
{
    (void)patience;
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

/*
 * Hint 1: The timeout of poll() starts again with each call, whichever client
 *         woke it. So it cannot be the time of each client. Keep that time in
 *         since[], and compare it with now(). Which client is the next to be
 *         dropped, and how long is it until then?
 *
 * Hint 2: In echo(): since[client] = now(), but not after drop(), because then
 *         this entry belongs to another client. In time_to_sleep(): of all
 *         clients, the smallest since[i] + patience - now(), but at least 0,
 *         because a negative timeout means for ever; -1 if there is no client.
 *         In drop_idle(): from the last client to the first, drop those with
 *         now() - since[i] >= patience.
 */
