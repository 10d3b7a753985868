/*
 * 07-multiclient/client.c - a client that sends and receives at the same time.
 *
 *     socket -> connect -> POLL -> read, write -> shutdown -> close
 *
 * Build: cc client.c -o client        Run: ./client [-v] /tmp/hello.sock
 *
 * What it reads from standard input goes to the server, and what the server
 * sends goes to standard output, whichever comes first. At the end of the
 * input it half-closes, and it ends when the server has closed its side too.
 */
#define _POSIX_C_SOURCE 200809L

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
#include <unistd.h>

/* One direction: bytes on their way from a descriptor to another one. */
struct flow {
    int from;
    int to;
    bool ended;       /* from has ended, or to takes no more */
    size_t size;      /* bytes in data */
    size_t written;   /* how many of them have gone */
    long long total;  /* bytes that have gone since the start */
    char data[65536]; /* read again only when all of it has gone */
};
static struct flow up;   /* from standard input to the server */
static struct flow down; /* from the server to standard output */
static bool gone;        /* the server went before it had taken all */

/* A line of advice, where the reason why connect() failed is a usual one. */
static void advise(int error)
{
    struct sockaddr_un address;

    if (error == ENOENT)
        fprintf(stderr, "client: no such path: is the server started, and "
                        "with this very path?\n");
    else if (error == ECONNREFUSED)
        fprintf(stderr, "client: the path is there, but nobody listens: "
                        "has its server ended?\n");
    else if (error == EACCES)
        fprintf(stderr, "client: you may not write to that socket, or not "
                        "enter its folder\n");
    else if (error == ENAMETOOLONG)
        fprintf(stderr, "client: the longest path that fits has %zu bytes\n",
                sizeof address.sun_path - 1);
}

/* Says which call failed, on what and why, and ends the program. */
static void die(const char *call, const char *what)
{
    int error = errno; /* the calls below may change it */

    fprintf(stderr, "client: %s: %s: %s\n", call, what, strerror(error));
    if (strcmp(call, "connect") == 0)
        advise(error);
    exit(EXIT_FAILURE);
}

static bool verbose; /* set by -v: tell each call, on standard error */

/* Tells a call that was made, and the descriptor it was about. */
static void tell(const char *call, int descriptor)
{
    if (verbose)
        fprintf(stderr, "%-8s descriptor %d\n", call, descriptor);
}

/* Joins a new socket to the server's, and returns it, non-blocking. */
static int join(const char *path)
{
    /*
     * 1. socket: the same call as in the server. A new socket is active, and
     *    a client leaves it so: an active socket is one that can connect.
     */
    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    if (server == -1)
        die("socket", "AF_UNIX");
    tell("socket", server);

    /*
     * 5. connect: it may have to wait, where the backlog is full. If a signal
     *    interrupts that, try again; some systems have connected by then.
     */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        die("connect", path);
    }
    strcpy(address.sun_path, path);
    while (connect(server, (struct sockaddr *)&address, sizeof address) == -1)
        if (errno == EISCONN)
            break;
        else if (errno != EINTR)
            die("connect", path);
    tell("connect", server);

    /*
     * No call on it waits from here on. Standard input and output stay as they
     * are, as other processes have them too: there a large write() may wait.
     */
    if (fcntl(server, F_SETFL, O_NONBLOCK) == -1)
        die("fcntl", "server");
    return server;
}

/* Where the flow goes on: reads when it is empty, writes when it is not. */
static struct pollfd next(const struct flow *flow)
{
    if (flow->ended)
        return (struct pollfd){.fd = -1};
    if (flow->written == flow->size)
        return (struct pollfd){.fd = flow->from, .events = POLLIN};
    return (struct pollfd){.fd = flow->to, .events = POLLOUT};
}

/*
 * Does one read() or write() of the flow, after poll() said it can go on.
 * A server that has gone is the end of the flow, not an error: what it sent
 * before that may still be under way in the other one.
 */
static void move(struct flow *flow)
{
    bool reads = flow->written == flow->size;
    int end = reads ? flow->from : flow->to;
    ssize_t result;

    if (reads)
        result = read(end, flow->data, sizeof flow->data);
    else
        result = write(end, flow->data + flow->written,
                       flow->size - flow->written);
    if (result == -1 && (errno == EAGAIN || errno == EINTR))
        return;
    if (result == -1 && end == up.to &&
        (errno == EPIPE || errno == ECONNRESET)) {
        gone = true;
        result = 0;
    }
    if (result == -1 && end == up.to)
        die(reads ? "read" : "write", "server");
    if (result == -1)
        die(reads ? "read" : "write",
            reads ? "standard input" : "standard output");
    if (result == 0) {
        flow->ended = true;
    } else if (reads) {
        flow->size = (size_t)result;
        flow->written = 0;
    } else {
        flow->written += (size_t)result;
        flow->total += result;
    }
}

/* Lets both directions flow, each as fast as it can, until the server ends. */
static void talk(void)
{
    while (!down.ended) {
        struct pollfd ends[2] = {next(&up), next(&down)};
        if (poll(ends, 2, -1) == -1) {
            if (errno != EINTR && errno != EAGAIN)
                die("poll", "server");
            continue;
        }
        if (ends[1].revents != 0)
            move(&down);
        if (ends[0].revents == 0)
            continue;
        move(&up);
        if (up.ended && !gone) {
            /* Half close: the server reads the end, and can still answer. */
            if (shutdown(up.to, SHUT_WR) == -1 && errno != ENOTCONN)
                die("shutdown", "server");
            tell("shutdown", up.to);
        }
    }
}

int main(int argc, char *argv[])
{
    int option;

    while ((option = getopt(argc, argv, "v")) == 'v')
        verbose = true;
    if (option != -1 || optind != argc - 1 || argv[optind][0] == '\0') {
        fprintf(stderr, "usage: %s [-v] PATH\n", argv[0]);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN); /* the reader left: EPIPE, not the end of us */

    /* Where 0, 1 or 2 is closed, the socket must not get that number. */
    while ((option = open("/dev/null", O_RDONLY)) >= 0 && option < 3)
        ;
    close(option);

    int server = join(argv[optind]);
    up = (struct flow){.from = STDIN_FILENO, .to = server};
    down = (struct flow){.from = server, .to = STDOUT_FILENO};
    talk();
    if (!up.ended || gone || down.total < up.total) {
        fprintf(stderr,
                "client: the server left: %lld of %lld bytes came "
                "back\n",
                down.total, up.total);
        return EXIT_FAILURE;
    }
    if (close(server) == -1)
        die("close", "server");
    tell("close", server);
    return EXIT_SUCCESS;
}
