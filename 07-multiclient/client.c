/*
 * 07-multiclient/client.c - a client that sends and receives at the same time.
 *
 *     socket -> connect -> POLL -> read, write -> shutdown -> close
 *
 * Build: cc client.c -o client        Run: ./client [-v] hello.sock
 *
 * Standard input goes to the server, and what the server sends goes to standard
 * output, whichever comes first. At the end of its input, the client
 * half-closes the connection; it exits when the server has closed, too. -v
 * prints each call, on standard error.
 */
#define _POSIX_C_SOURCE 200809L /* declare what POSIX.1-2008 defines */
#define _FILE_OFFSET_BITS 64    /* 64-bit inode numbers everywhere */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Bytes on their way in one direction, from one descriptor to another. */
struct flow {
    int from;
    int to;
    bool ended;       /* no more can be read, or no more can be written */
    size_t size;      /* bytes in data */
    size_t written;   /* how many of them have been written */
    long long total;  /* how many were written since the start */
    char data[65536]; /* filled again when all of it has been written */
};

static struct flow up;      /* from standard input to the server */
static struct flow down;    /* from the server to standard output */
static bool server_is_gone; /* EPIPE or ECONNRESET: it closed before us */
static bool verbose;        /* -v: print each call */

static void open_standard_descriptors(void);
static int join(const char *path);
static void talk(void);
static struct pollfd next_step(const struct flow *flow);
static void move(struct flow *flow);
static void fill(struct flow *flow);
static void drain(struct flow *flow);
static void handle_error(const char *call, struct flow *flow, int descriptor);
static void print_call(const char *call, int descriptor);
static void die(const char *call, const char *what);

int main(int argc, char *argv[])
{
    int option;
    while ((option = getopt(argc, argv, "v")) == 'v')
        verbose = true;
    if (option != -1 || optind != argc - 1 || argv[optind][0] == '\0') {
        fprintf(stderr, "usage: %s [-v] PATH\n", argv[0]);
        return 2; /* 2: wrong usage; 1: a call failed; 0: all went well */
    }

    open_standard_descriptors();

    /* A write to a reader that is gone must fail (EPIPE), and not kill us. */
    signal(SIGPIPE, SIG_IGN);

    int server = join(argv[optind]);
    up.from = STDIN_FILENO;
    up.to = server;
    down.from = server;
    down.to = STDOUT_FILENO;
    talk();

    /* An echo sends back as much as it gets; your own protocol may not. */
    if (!up.ended || server_is_gone || down.total < up.total) {
        fprintf(stderr,
                "client: the server left: %lld of %lld bytes came back\n",
                down.total < up.total ? down.total : up.total, up.total);
        return EXIT_FAILURE;
    }
    if (close(server) == -1)
        die("close", "server");
    print_call("close", server);

    return EXIT_SUCCESS;
}

/*
 * Opens /dev/null in place of standard input, output or error, where one is
 * closed (">&-" in a shell). Otherwise a socket would get its number, the
 * lowest that is free, and printf() would write to the peer. (/dev/null is
 * opened for reading only, so that a write still fails.)
 */
static void open_standard_descriptors(void)
{
    for (int descriptor = 0; descriptor <= STDERR_FILENO; descriptor++)
        if (fcntl(descriptor, F_GETFD) == -1 &&
            open("/dev/null", O_RDONLY) == -1)
            die("open", "/dev/null");
}

/* Steps 1 and 5: connects to the server. Returns the socket, non-blocking. */
static int join(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        fprintf(stderr, "client: %s: path too long: at most %zu bytes fit\n",
                path, sizeof address.sun_path - 1);
        exit(EXIT_FAILURE);
    }
    strcpy(address.sun_path, path);

    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    if (server == -1)
        die("socket", "AF_UNIX");
    print_call("socket", server);

    /*
     * Where the backlog is full, connect() blocks, and a signal may interrupt
     * it (EINTR). Then call it again; on some systems the connection has been
     * made by then (EISCONN).
     */
    while (connect(server, (struct sockaddr *)&address, sizeof address) == -1) {
        if (errno == EISCONN)
            break;
        if (errno != EINTR)
            die("connect", path);
    }
    print_call("connect", server);

    /*
     * From here on, no call on the socket blocks. Standard input and output
     * stay as they are, because other programs share them; a large write() may
     * block there.
     */
    if (fcntl(server, F_SETFL, O_NONBLOCK) == -1)
        die("fcntl", "server");

    return server;
}

/* Moves bytes in both directions until the server has closed its side. */
static void talk(void)
{
    while (!down.ended) {
        struct pollfd steps[2] = {next_step(&up), next_step(&down)};
        if (poll(steps, 2, -1) == -1) {
            if (errno != EINTR && errno != EAGAIN)
                die("poll", "server");
            continue;
        }

        if (steps[1].revents != 0)
            move(&down);
        if (steps[0].revents == 0)
            continue;

        move(&up);
        if (up.ended && !server_is_gone) {
            /* Half close. On macOS it fails if the server has closed first. */
            if (shutdown(up.to, SHUT_WR) == -1 && errno != ENOTCONN)
                die("shutdown", "server");
            print_call("shutdown", up.to);
        }
    }
}

/* What a flow has to wait for: it reads when it is empty, else it writes. */
static struct pollfd next_step(const struct flow *flow)
{
    if (flow->ended)
        return (struct pollfd){.fd = -1}; /* poll() skips it */
    if (flow->written == flow->size)
        return (struct pollfd){.fd = flow->from, .events = POLLIN};

    return (struct pollfd){.fd = flow->to, .events = POLLOUT};
}

/* Takes the next step of a flow, after poll() has said that it is possible. */
static void move(struct flow *flow)
{
    if (flow->written == flow->size)
        fill(flow);
    else
        drain(flow);
}

/* Reads what has arrived. 0 bytes are the end of this flow. */
static void fill(struct flow *flow)
{
    ssize_t size = read(flow->from, flow->data, sizeof flow->data);
    if (size == -1) {
        handle_error("read", flow, flow->from);
        return;
    }

    flow->size = (size_t)size;
    flow->written = 0;
    flow->ended = size == 0;
}

/* Writes as much as there is room for. */
static void drain(struct flow *flow)
{
    ssize_t written = write(flow->to, flow->data + flow->written,
                            flow->size - flow->written);
    if (written == -1) {
        handle_error("write", flow, flow->to);
        return;
    }

    flow->written += (size_t)written;
    flow->total += written;
}

/*
 * EAGAIN and EINTR are not errors here: the loop calls poll() again. If the
 * server has closed, this flow ends. The other one goes on, because bytes that
 * the server sent earlier may still arrive. Anything else ends the program.
 */
static void handle_error(const char *call, struct flow *flow, int descriptor)
{
    if (errno == EAGAIN || errno == EINTR)
        return;
    if (descriptor == STDIN_FILENO)
        die(call, "standard input");
    if (descriptor == STDOUT_FILENO)
        die(call, "standard output");
    if (errno != EPIPE && errno != ECONNRESET)
        die(call, "server");

    server_is_gone = true;
    flow->ended = true;
}

/* With -v, prints the name of a call that succeeded, and its descriptor. */
static void print_call(const char *call, int descriptor)
{
    if (verbose)
        fprintf(stderr, "%-8s descriptor %d\n", call, descriptor);
}

/*
 * Prints which call failed, on what, and the reason that it left in errno
 * (errno(3)). Adds advice if the error is a common one for connect(), and exits
 * with status 1.
 */
static void die(const char *call, const char *what)
{
    int error = errno; /* the calls below may change it */
    struct stat found;

    fprintf(stderr, "client: %s: %s: %s\n", call, what, strerror(error));
    if (error == ENOENT)
        fprintf(stderr, "client: is a server running with this path?\n");
    else if (error == EACCES)
        fprintf(stderr, "client: you need permission to write to the socket, "
                        "and to search its folder\n");
    else if (error == ECONNREFUSED && stat(what, &found) == 0 &&
             !S_ISSOCK(found.st_mode))
        fprintf(stderr, "client: there is a file, but it is not a socket\n");
    else if (error == ECONNREFUSED)
        fprintf(stderr, "client: it is a socket, but no server is listening\n");
    exit(EXIT_FAILURE);
}
