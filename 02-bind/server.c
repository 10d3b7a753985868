/*
 * 02-bind/server.c - gives the socket a name, a path.
 *
 *     socket -> BIND -> listen -> accept -> read/write -> close
 *
 * Build: cc server.c -o server        Run: ./server hello.sock
 *
 * Clients can find it now, but they are refused: nothing listens yet.
 */
#define _POSIX_C_SOURCE 200809L /* declare what POSIX.1-2008 defines */
#define _FILE_OFFSET_BITS 64    /* 64-bit inode numbers everywhere */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char *bound_path; /* the path that we gave to bind() */
static struct stat bound_file; /* and the file that bind() created there */

static void print_call(const char *call, int descriptor);
static void die(const char *call, const char *what);
static bool path_is_ours(void);

int main(int argc, char *argv[])
{
    if (argc != 2 || argv[1][0] == '\0') {
        fprintf(stderr, "usage: %s PATH\n", argv[0]);
        return 2; /* 2: wrong usage; 1: a call failed; 0: all went well */
    }
    const char *path = argv[1];

    /* Print each line at once, even into a pipe, which stdio would buffer. */
    setvbuf(stdout, NULL, _IOLBF, 0);

    /*
     * 1. socket: ask the kernel for a socket, an endpoint for communication.
     *    AF_UNIX reaches processes on the same machine. SOCK_STREAM carries
     *    bytes in order, both ways, as on a telephone line. 0 is the default
     *    protocol. The socket stays in the kernel. We get a file descriptor,
     *    the lowest number that is free, to refer to it. The variable is
     *    called listener because stage 03 makes the socket listen.
     */
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (listener == -1)
        die("socket", "AF_UNIX");
    print_call("socket", listener);

    /*
     * 2. bind: give the socket a name that clients can find, a path. A file of
     *    type s appears there. It is only a name: no data reaches the disk.
     *    The path must fit into sun_path with its '\0', because a path cut
     *    short would name a different file.
     */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        fprintf(stderr, "server: %s: path too long: at most %zu bytes fit\n",
                path, sizeof address.sun_path - 1);
        return EXIT_FAILURE;
    }
    strcpy(address.sun_path, path);

    /*
     * If anything is at the path already, bind() fails with EADDRINUSE. Do not
     * remove it first: it may belong to a running server. (The cast is needed
     * because bind() takes addresses of every domain.)
     */
    if (bind(listener, (struct sockaddr *)&address, sizeof address) == -1)
        die("bind", path);
    if (lstat(path, &bound_file) == -1)
        die("lstat", path);
    bound_path = path;
    print_call("bind", listener);
    printf("         named %s\n", path);

    /* Time to look at it from another terminal: the README shows how. */
    printf("         press Enter to exit\n");
    getchar();

    /* unlink: the path outlives the socket, and the next bind() would fail. */
    if (path_is_ours()) {
        if (unlink(path) == -1)
            die("unlink", path);
        printf("unlink   %s\n", path);
    }

    /*
     * close: give the descriptor back. When its last descriptor is closed, the
     * socket is gone. The kernel closes descriptors at exit, but a server that
     * runs for months must close its own.
     */
    if (close(listener) == -1)
        die("close", "listener");
    printf("close    descriptor %d\n", listener);

    return EXIT_SUCCESS;
}

/* Prints the name of a call that succeeded, and its descriptor. */
static void print_call(const char *call, int descriptor)
{
    printf("%-8s descriptor %d\n", call, descriptor);
}

/*
 * Prints which call failed, on what, and the reason that it left in errno
 * (errno(3)). Removes our path, adds advice if the error is a common one for
 * bind(), and exits with status 1.
 */
static void die(const char *call, const char *what)
{
    int error = errno; /* the calls below may change it */

    fprintf(stderr, "server: %s: %s: %s\n", call, what, strerror(error));
    if (path_is_ours())
        unlink(bound_path);

    if (error == EADDRINUSE)
        fprintf(stderr, "server: if no server is using it: rm %s\n", what);
    else if (error == ENOENT)
        fprintf(stderr, "server: a part of that path does not exist\n");
    else if (error == EACCES)
        fprintf(stderr, "server: you may not create files in that folder\n");
    exit(EXIT_FAILURE);
}

/*
 * Is the file at our path still the one that bind() created? By now it may be
 * another program's. While the listener is open, no other file can have its
 * device and inode number (inode(7)).
 */
static bool path_is_ours(void)
{
    struct stat found;

    return bound_path != NULL && lstat(bound_path, &found) == 0 &&
           found.st_dev == bound_file.st_dev &&
           found.st_ino == bound_file.st_ino;
}
