/*
 * Solution of 07-5: the new process reports through a pipe that it is ready,
 * and only then does the old one let go. (While the new one starts, the clients
 * of the old one wait. That is a moment, if it does not do much before it
 * reports.)
 */
#define _POSIX_C_SOURCE 200809L /* declare what POSIX.1-2008 defines */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST 64 /* descriptors that are watched */

/* The environment variable for a new process: two numbers of descriptors. */
#define VARIABLE "HANDOVER"

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

/* Ctrl-C: removes the path, if it is still ours, and exits. */
static void leave(int signal_number)
{
    (void)signal_number;
    if (bound != NULL)
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

/* Keeps a descriptor from the programs that we start. */
static void keep_private(int descriptor)
{
    if (fcntl(descriptor, F_SETFD, FD_CLOEXEC) == -1)
        die("fcntl", "FD_CLOEXEC");
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
    keep_private(client);
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
 * Starts our program again, and returns whether it is ready. It gets the
 * numbers of two descriptors: the listener, and where to report that it is
 * ready. If it exits instead, or never starts, read() reports the end.
 */
static bool start_new(char *argv[])
{
    char text[32], byte;
    int ready[2];
    ssize_t size;

    if (pipe(ready) == -1)
        return false;
    keep_private(ready[0]);
    snprintf(text, sizeof text, "%d %d", watched[0].fd, ready[1]);
    setenv(VARIABLE, text, 1);
    pid_t child = fork();
    if (child == 0) {
        execv(argv[0], argv);
        die("execv", argv[0]);
    }
    close(ready[1]);
    do
        size = read(ready[0], &byte, 1);
    while (size == -1 && errno == EINTR);
    close(ready[0]);
    if (child != -1 && size != 1)
        waitpid(child, NULL, 0);
    return size == 1;
}

/* SIGHUP has come. Once a new process is ready, the listener is its own. */
static void hand_over(char *argv[])
{
    char bytes[512];
    bool ready = watched[0].fd != -1 && start_new(argv);

    /* Not before: a SIGHUP that came meanwhile starts no further process. */
    if (read(wake[0], bytes, sizeof bytes) == -1)
        die("read", "pipe");
    if (!ready)
        return;
    bound = NULL; /* first: from now on Ctrl-C must not remove the path */
    close(watched[0].fd);
    watched[0] = (struct pollfd){.fd = -1};
}

/* Waits for events and handles them. */
static void run(char *argv[])
{
    while (watched[0].fd != -1 || count > 2) {
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

/* Takes the listener from the process before us, and reports that. */
static int listener_of(const char *path)
{
    const char *text = getenv(VARIABLE);
    int listener, ready;

    if (text == NULL || sscanf(text, "%d %d", &listener, &ready) != 2)
        return listen_at(path);
    bound = path;
    signal(SIGINT, leave);
    if (write(ready, "", 1) != 1)
        die("write", "the process before us");
    close(ready);
    return listener;
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

    keep_private(wake[0]);
    keep_private(wake[1]);

    watched[count++] = (struct pollfd){listener_of(argv[1]), POLLIN, 0};
    watched[count++] = (struct pollfd){wake[0], POLLIN, 0};
    printf("listen   process %ld\n", (long)getpid());
    run(argv);
    return EXIT_SUCCESS; /* the path stays: it is the new process's now */
}
