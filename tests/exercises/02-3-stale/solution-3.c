/*
 * Solution of 02-3: readlink() fails with EINVAL if there is something that is
 * not a link. Then stat() cannot follow one.
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

/* What is at the path of this address? */
static enum found find(const struct sockaddr_un *address)
{
    struct stat status;
    char target[1];

    if (readlink(address->sun_path, target, sizeof target) != -1)
        return NO_SOCKET;
    if (errno == ENOENT)
        return NOTHING;
    if (errno != EINVAL)
        die("readlink", address->sun_path);

    if (stat(address->sun_path, &status) == -1)
        die("stat", address->sun_path);
    if (!S_ISSOCK(status.st_mode))
        return NO_SOCKET;

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
