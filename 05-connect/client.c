/*
 * 05-connect/client.c - the other side: a client that connects.
 *
 *     socket -> CONNECT -> read/write -> close
 *
 * Build: cc client.c -o client        Run: ./client hello.sock
 *
 * Start the server first, in another terminal. A client needs no bind(): the
 * server has to be found, but the client does not.
 */
#define _POSIX_C_SOURCE 200809L /* declare what POSIX.1-2008 defines */
#define _FILE_OFFSET_BITS 64    /* 64-bit inode numbers everywhere */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static void open_standard_descriptors(void);
static void print_call(const char *call, int descriptor);
static void die(const char *call, const char *what);

int main(int argc, char *argv[])
{
    if (argc != 2 || argv[1][0] == '\0') {
        fprintf(stderr, "usage: %s PATH\n", argv[0]);
        return 2; /* 2: wrong usage; 1: a call failed; 0: all went well */
    }
    const char *path = argv[1];

    /* Print each line at once, even into a pipe, which stdio would buffer. */
    setvbuf(stdout, NULL, _IOLBF, 0);
    open_standard_descriptors();

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

    /* Time to look at it from another terminal: the README shows how. */
    printf("         press Enter to exit\n");
    getchar();

    /* close: hang up. The server's next read() returns 0, end of file. */
    if (close(server) == -1)
        die("close", "server");
    printf("close    descriptor %d\n", server);

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

    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &passive, &size) == 0)
        role = passive ? ": passive" : ": active";
    else if (errno != ENOPROTOOPT)
        die("getsockopt", "SO_ACCEPTCONN");

    printf("%-8s descriptor %d%s\n", call, descriptor, role);
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
