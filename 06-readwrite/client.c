/*
 * 06-readwrite/client.c - sends its input to the server, prints the replies.
 *
 *     socket -> connect -> READ/WRITE -> close
 *
 * Build: cc client.c -o client        Run: ./client hello.sock
 *
 * Start the server first, in another terminal. A client needs no bind(): the
 * server has to be found, but the client does not. -v prints each call.
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

static bool verbose; /* -v: print each call, on standard error */

static void open_standard_descriptors(void);
static void print_call(const char *call, int descriptor);
static int write_all(int descriptor, const char *data, size_t size);
static void wait_until_ready(int descriptor, short events);
static void die(const char *call, const char *what);

int main(int argc, char *argv[])
{
    verbose = argc == 3 && strcmp(argv[1], "-v") == 0;
    if (argc != 2 + verbose || argv[argc - 1][0] == '\0') {
        fprintf(stderr, "usage: %s [-v] PATH\n", argv[0]);
        return 2; /* 2: wrong usage; 1: a call failed; 0: all went well */
    }
    const char *path = argv[argc - 1];

    open_standard_descriptors();

    /* A write to a server that is gone must fail (EPIPE), and not kill us. */
    signal(SIGPIPE, SIG_IGN);

    /*
     * 1. socket: the same call as in the server. A new socket is active, and a
     *    client's stays active: only an active socket can connect.
     */
    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    if (server == -1)
        die("socket", "AF_UNIX");
    print_call("socket", server);

    /*
     * 5. connect: call the passive socket that has this path. The server must
     *    have called listen(), but need not have reached accept(): the kernel
     *    completes the connection at once and puts it into the backlog. From
     *    here on our descriptor is one end of the line; what accept() returns
     *    to the server is the other end.
     */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        fprintf(stderr, "client: %s: path too long: at most %zu bytes fit\n",
                path, sizeof address.sun_path - 1);
        return EXIT_FAILURE;
    }
    strcpy(address.sun_path, path);
    if (connect(server, (struct sockaddr *)&address, sizeof address) == -1)
        die("connect", path);
    print_call("connect", server);

    /*
     * 6. write and read: send a piece, then read until all of it is back.
     *    Sending all of the input first is a trap: once unread replies fill
     *    the kernel's buffer, the server stops reading, and both block forever.
     */
    for (;;) {
        char buffer[4096];
        wait_until_ready(STDIN_FILENO, POLLIN);
        ssize_t missing = read(STDIN_FILENO, buffer, sizeof buffer);
        if (missing == -1)
            die("read", "standard input");
        if (missing == 0)
            break;
        if (write_all(server, buffer, (size_t)missing) == -1)
            die("write", "server");

        while (missing > 0) {
            ssize_t size = read(server, buffer, sizeof buffer);
            if (size == -1)
                die("read", "server");
            if (size == 0) {
                fprintf(stderr,
                        "client: the server left: %zd bytes of its reply are "
                        "missing\n",
                        missing);
                return EXIT_FAILURE;
            }
            missing -= size;

            if (verbose)
                fprintf(stderr, "read     %zd bytes\n", size);
            if (write_all(STDOUT_FILENO, buffer, (size_t)size) == -1)
                die("write", "standard output");
        }
    }

    /*
     * shutdown: half close. The server's next read() returns 0, end of file,
     * but the server could still write, and we could still read. A client that
     * expects more replies needs this. For ours, close() would be enough.
     */
    if (shutdown(server, SHUT_WR) == -1)
        die("shutdown", "server");
    print_call("shutdown", server);

    /* close: hang up. The server has had its end of file already. */
    if (close(server) == -1)
        die("close", "server");
    if (verbose)
        fprintf(stderr, "close    descriptor %d\n", server);

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

/*
 * Prints the name of a call that succeeded, its descriptor, and whether the
 * socket behind it is passive now. The kernel knows (getsockopt(2),
 * SO_ACCEPTCONN in socket(7)), but some systems do not answer: ENOPROTOOPT.
 */
static void print_call(const char *call, int descriptor)
{
    int passive;
    socklen_t size = sizeof passive;
    const char *role = "";

    if (!verbose)
        return;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &passive, &size) == 0)
        role = passive ? ": passive" : ": active";
    else if (errno != ENOPROTOOPT)
        die("getsockopt", "SO_ACCEPTCONN");

    fprintf(stderr, "%-8s descriptor %d%s\n", call, descriptor, role);
}

/*
 * Writes all size bytes. One write() may take fewer, and returns how many; a
 * signal may interrupt it before the first (EINTR). Returns 0, or -1 with errno
 * set by write(2): EPIPE or ECONNRESET if the peer is gone.
 */
static int write_all(int descriptor, const char *data, size_t size)
{
    while (size > 0) {
        wait_until_ready(descriptor, POLLOUT);
        ssize_t written = write(descriptor, data, size);
        if (written == -1 && errno == EINTR)
            continue;
        if (written == -1)
            return -1;

        data += written;
        size -= (size_t)written;
    }

    return 0;
}

/*
 * Sleeps until the descriptor can be read (POLLIN) or written to (POLLOUT); see
 * poll(2), and stage 07. Usually, read() and write() block by themselves. But
 * another program that shares our standard input or output may have made it
 * non-blocking: then they would fail with EAGAIN.
 */
static void wait_until_ready(int descriptor, short events)
{
    struct pollfd watched = {.fd = descriptor, .events = events};

    if (poll(&watched, 1, -1) == -1 && errno != EINTR)
        die("poll", "descriptor");
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
