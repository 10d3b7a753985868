/*
 * Exercise 02-3: a stale path, or another file?                 30 minutes
 *
 * bind() fails if there is anything at its path. Much code therefore removes
 * whatever is there, and so takes away a running server's name or deletes a
 * file. This program must remove only one thing: the name of a socket at which
 * no server answers.
 *
 *     $ cc 3-stale.c -o stale
 *     $ ./stale new.sock                nothing is there
 *     found    nothing
 *     bind     new.sock
 *     $ ./stale old.sock                its server was killed
 *     found    a dead server's name
 *     bind     old.sock
 *     $ ./stale hello.sock              its server is running
 *     found    a living server
 *     $ ./stale /etc/passwd             a file, a folder, a FIFO, a link, ...
 *     found    no socket
 *
 * In the last two cases it changes nothing, and exits with status 1. If it
 * cannot find out what is there, it prints why on standard error instead of
 * a line with "found", changes nothing, and exits with status 1. Such paths
 * lead through a folder that it may not enter, or through a file
 * (file/new.sock), so that it could not bind there either. (If the folder
 * itself is missing, nothing is there, and bind() reports it.) main() and
 * answers() are complete; find() is yours.
 *
 * In the top folder, make exercise-02-3 grades it and make hint-02-3 helps.
 */
#define _POSIX_C_SOURCE 200809L /* declare what POSIX.1-2008 defines */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum found { NOTHING, DEAD, ALIVE, NO_SOCKET };

/* Prints which call failed, on what and why, and exits. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "stale: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/*
 * Does a server answer at this socket? Try to connect, as stage 05 does. EAGAIN
 * is an answer, too: a server listens there, but its queue is full. (A server
 * between bind() and listen() looks dead. Stage 07 has a better way.)
 */
static bool answers(const struct sockaddr_un *address)
{
    int caller = socket(AF_UNIX, SOCK_STREAM, 0);
    if (caller == -1)
        die("socket", "AF_UNIX");
    if (fcntl(caller, F_SETFL, O_NONBLOCK) == -1)
        die("fcntl", "O_NONBLOCK");

    bool alive = true;
    if (connect(caller, (const struct sockaddr *)address, sizeof *address) ==
            -1 &&
        errno != EAGAIN) {
        if (errno != ECONNREFUSED)
            die("connect", address->sun_path);
        alive = false;
    }
    if (close(caller) == -1)
        die("close", "caller");
    return alive;
}

/*
 * What is at the path of this address?
 *
 * Your part: look at the path itself, not at what a link leads to, and call
 * answers() only for a socket. If an error leaves the question open, call
 * die(): not knowing what is there is not the same as NOTHING.
 */
static enum found find(const struct sockaddr_un *address)
{
    return answers(address) ? ALIVE : DEAD;
}

int main(int argc, char *argv[])
{
    static const char *const words[] = {"nothing", "a dead server's name",
                                        "a living server", "no socket"};
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (argc != 2 || argv[1][0] == '\0' ||
        strlen(argv[1]) >= sizeof address.sun_path) {
        fprintf(stderr, "usage: %s PATH\n", argv[0]);
        return 2;
    }
    strcpy(address.sun_path, argv[1]);
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */

    enum found found = find(&address);
    printf("found    %s\n", words[found]);
    if (found == ALIVE || found == NO_SOCKET)
        return EXIT_FAILURE;
    if (found == DEAD && unlink(address.sun_path) == -1)
        die("unlink", address.sun_path);

    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (listener == -1)
        die("socket", "AF_UNIX");
    if (bind(listener, (struct sockaddr *)&address, sizeof address) == -1)
        die("bind", address.sun_path);
    printf("bind     %s\n", address.sun_path);
    if (close(listener) == -1)
        die("close", "listener");
    if (unlink(address.sun_path) == -1)
        die("unlink", address.sun_path);
    return EXIT_SUCCESS;
}

/*
 * Hint 1: man 2 lstat explains how to learn what is at a path. Its errors
 *         matter, too. The type of the file is in st_mode: man 7 inode.
 *
 * Hint 2: If lstat() fails with ENOENT, return NOTHING; if it fails otherwise,
 *         call die(). If it succeeds but S_ISSOCK(st_mode) is false, return
 *         NO_SOCKET. If it is a socket, answers() decides: ALIVE or DEAD.
 */
