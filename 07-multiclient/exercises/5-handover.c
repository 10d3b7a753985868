/*
 * Exercise 07-5: a new version, and no client is lost          105 minutes
 *
 * A server is replaced by a new version while clients come and go. At SIGHUP,
 * start the program again (argv[0], where the new version has been put), and
 * leave the listening socket to that process. Here 100 is the old process:
 *
 *     $ cc 5-handover.c -o handover
 *     $ ./handover hand.sock
 *     listen   process 100
 *     listen   process 101          after: kill -HUP 100
 *
 *     $ ../client hand.sock         the client of this stage: it hears which
 *     process 101                   process serves it, and then its echo
 *
 * 1. The new process accepts all new clients. Once it can, the old one accepts
 *    none. Until then, however long a start takes, and while it fails, all
 *    clients may have to wait.
 * 2. The old process serves the clients that it has. When the last one has left
 *    (or at once, if there is none), it exits with status 0. The path stays.
 *    Ctrl-C (SIGINT) removes the path only in the newest process.
 * 3. At no moment is a client refused, cut off or forgotten in the backlog.
 * 4. The new process can be replaced in the same way, again and again. A new
 *    process has no more descriptors than the one before it.
 * 5. If the new version cannot be started, or exits before it can accept
 *    clients, sooner or later, the old process goes on as if nothing had
 *    happened. It keeps no zombie and no descriptor.
 * 6. A SIGHUP that the old process gets while a new one is starting, or after
 *    that has taken over, starts no further process, not even if the start
 *    fails. (A SIGHUP may end the new process before it is ready. See 5.)
 *
 * In the top folder, make exercise-07-5 grades it and make hint-07-5 helps.
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

static struct pollfd watched[MOST]; /* the listener, the pipe, the clients */
static nfds_t count;                /* how many of the entries are in use */
static int wake[2];                 /* on_hup() writes, and poll() sees it */
static const char *bound;           /* the path that leave() removes */

/* Prints which call failed, on what and why, and exits. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "handover: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/* SIGHUP: wakes poll(). The loop does the work. */
static void on_hup(int signal_number)
{
    int error = errno;

    (void)signal_number;
    if (write(wake[1], "", 1) == 1)
        errno = error; /* the interrupted call may have set it */
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
    /* Two processes may see one client. The later one must not block. */
    if (fcntl(listener, F_SETFL, O_NONBLOCK) == -1)
        die("fcntl", "listener");
    return listener;
}

/* Step 4: accepts one client, and tells it which process serves it. */
static void take_client(void)
{
    char text[32];
    int client = accept(watched[0].fd, NULL, NULL);

    if (client == -1 && errno == EAGAIN)
        return; /* another process was faster */
    if (client == -1)
        die("accept", "listener");
    int size = snprintf(text, sizeof text, "process %ld\n", (long)getpid());
    if (count == MOST || write(client, text, (size_t)size) != size)
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

/* Step 6: sends back what came. SIGHUP may interrupt that, but not end it. */
static void echo(nfds_t client)
{
    char data[4096];
    ssize_t done = 0;
    ssize_t size = read(watched[client].fd, data, sizeof data);

    while (done < size) {
        ssize_t written = write(watched[client].fd, data + done,
                                (size_t)(size - done));
        if (written == -1 && errno != EINTR)
            size = -1;
        else if (written != -1)
            done += written;
    }
    if (size <= 0)
        drop(client);
}

/*
 * Your part, here and wherever else you need it: SIGHUP has come. Leave the
 * listener to a new process of this program.
 */
static void hand_over(char *argv[])
{
    char byte;

    (void)argv;
    if (read(wake[0], &byte, 1) == -1)
        die("read", "pipe");
}

/* Waits for events and handles them. */
static void run(char *argv[])
{
    for (;;) {
        if (poll(watched, count, -1) == -1) {
            if (errno != EINTR)
                die("poll", "watched");
            continue;
        }
        /* Backwards: the entry that fills a gap has already had its turn. */
        for (nfds_t i = count; i-- > 0;)
            if (watched[i].revents != 0 && i > 1)
                echo(i);
            else if (watched[i].revents != 0 && i == 1)
                hand_over(argv);
            else if (watched[i].revents != 0)
                take_client();
    }
}

int main(int argc, char *argv[])
{
    struct sigaction action = {.sa_handler = on_hup};

    if (argc != 2) {
        fprintf(stderr, "usage: %s PATH\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */
    signal(SIGPIPE, SIG_IGN);         /* a write() fails with EPIPE instead */
    if (pipe(wake) == -1)
        die("pipe", "wake");
    if (sigaction(SIGHUP, &action, NULL) == -1)
        die("sigaction", "SIGHUP");

    watched[count++] = (struct pollfd){listen_at(argv[1]), POLLIN, 0};
    watched[count++] = (struct pollfd){wake[0], POLLIN, 0};
    printf("listen   process %ld\n", (long)getpid());
    run(argv);
}

/*
 * Hint 1: After fork() and execv() the new program has all descriptors that are
 *         not marked FD_CLOEXEC, under their old numbers, but none of our
 *         variables. Tell it the number in an environment variable, with
 *         setenv() and getenv(). And which descriptors should it not have? A
 *         client does not see the end as long as the new process has a copy of
 *         its connection.
 *
 * Hint 2: To learn whether the new process is ready, give it the writing end of
 *         a pipe too. It writes a byte there when its handler for SIGHUP is set
 *         and it has the listener, and closes it. Close your own writing end:
 *         then read() returns a byte (ready) or the end (it has failed; call
 *         waitpid()). Only when it is ready, close() the listener, set
 *         watched[0] to {.fd = -1}, which poll() leaves out, and let leave()
 *         keep the path. At the next SIGHUP, there is no listener to leave. In
 *         run(), stop when there is neither a listener nor a client. A further
 *         SIGHUP that came meanwhile is another byte in the pipe: read them all
 *         away. Do all that in hand_over(), not in on_hup(): a signal is
 *         blocked in its own handler, and a process that is started there
 *         inherits that.
 */
