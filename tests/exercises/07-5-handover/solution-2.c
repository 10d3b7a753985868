/*
 * Solution of 07-5: it starts the new process, and goes on as before. When the
 * new process is ready, it sends its parent a signal; one that fails sends
 * none, and SIGCHLD reports its end. The listener is passed under a number that
 * both know.
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
#include <sys/wait.h>
#include <unistd.h>

#define MOST 64     /* descriptors that are watched */
#define LISTENER 63 /* the number under which a new process gets the listener */

static struct pollfd watched[MOST]; /* the listener, the pipe, the clients */
static nfds_t count;                /* how many of the entries are in use */
static pid_t child;                 /* the new process that is starting */
static int wake[2];                 /* on_signal() writes, poll() sees it */
static const char *bound;           /* the path that leave() removes */

/* Prints which call failed, on what and why, and exits. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "handover: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/* Signals: they wake poll(), and the byte in the pipe says which one it was. */
static void on_signal(int signal_number)
{
    int error = errno;
    const char *byte = signal_number == SIGHUP    ? "H"
                       : signal_number == SIGUSR1 ? "U"
                                                  : "C";

    if (write(wake[1], byte, 1) == 1)
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

/* Starts our program again, with the listener, and goes on. */
static void start_new(char *argv[])
{
    child = fork();
    if (child != 0)
        return; /* at an error, there is no new process, and nothing changes */
    if (dup2(watched[0].fd, LISTENER) == -1 ||
        setenv("HANDOVER", "yes", 1) == -1)
        die("dup2", "listener");
    close(watched[0].fd); /* it has that number now, and needs no other */
    execv(argv[0], argv);
    die("execv", argv[0]);
}

/* H: a new process is wanted. U: it is ready. C: it has exited. */
static void hand_over(char *argv[])
{
    char byte;

    if (read(wake[0], &byte, 1) == -1)
        die("read", "pipe");
    if (byte == 'C' && waitpid(-1, NULL, WNOHANG) == child)
        child = -1;
    if (watched[0].fd != -1 && byte == 'H' && child <= 0)
        start_new(argv);
    if (watched[0].fd != -1 && byte == 'U') {
        bound = NULL; /* first: from now on Ctrl-C must not remove the path */
        close(watched[0].fd);
        watched[0] = (struct pollfd){.fd = -1};
    }
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

/* Takes the listener from our parent, and reports that. */
static int listener_of(const char *path)
{
    if (getenv("HANDOVER") == NULL)
        return listen_at(path);
    bound = path;
    signal(SIGINT, leave);
    int listener = dup(LISTENER);
    if (listener == -1)
        die("dup", "listener");
    close(LISTENER);
    kill(getppid(), SIGUSR1);
    return listener;
}

int main(int argc, char *argv[])
{
    struct sigaction action = {.sa_handler = on_signal};

    if (argc != 2) {
        fprintf(stderr, "usage: %s PATH\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */
    signal(SIGPIPE, SIG_IGN);         /* a write() fails with EPIPE instead */
    if (pipe(wake) == -1)
        die("pipe", "wake");
    if (sigaction(SIGHUP, &action, NULL) == -1 ||
        sigaction(SIGUSR1, &action, NULL) == -1 ||
        sigaction(SIGCHLD, &action, NULL) == -1)
        die("sigaction", "SIGHUP, SIGUSR1 or SIGCHLD");

    keep_private(wake[0]);
    keep_private(wake[1]);
    watched[count++] = (struct pollfd){listener_of(argv[1]), POLLIN, 0};
    watched[count++] = (struct pollfd){wake[0], POLLIN, 0};
    printf("listen   process %ld\n", (long)getpid());
    run(argv);
    return EXIT_SUCCESS; /* the path stays: it is the new process's now */
}
