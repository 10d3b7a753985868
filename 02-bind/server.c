/*
 * 02-bind/server.c - a socket that has a name.
 *
 *     socket -> BIND -> listen -> accept -> read/write -> close
 *
 * Build: cc server.c -o server        Run: ./server /tmp/hello.sock
 *
 * While it waits for Enter, look at the name from another terminal: ls -l
 * shows a file of type s. Nobody can connect yet, as nobody listens.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The name that this program has made, for die() to remove. */
static const char *bound;

/* A line of advice, where the reason why bind() failed is a usual one. */
static void advise(int error, const char *path)
{
    struct sockaddr_un address;

    if (error == EADDRINUSE)
        fprintf(stderr,
                "server: the name is taken; if it is a dead server's socket, "
                "remove it: rm %s\n",
                path);
    else if (error == ENOENT)
        fprintf(stderr, "server: the folder of that path does not exist\n");
    else if (error == EACCES)
        fprintf(stderr, "server: you may not make files in that folder; "
                        "choose another, for example /tmp\n");
    else if (error == ENAMETOOLONG)
        fprintf(stderr, "server: the longest path that fits has %zu bytes\n",
                sizeof address.sun_path - 1);
}

/* Says which call failed, on what and why, and ends the program. */
static void die(const char *call, const char *what)
{
    int error = errno; /* the calls below may change it */

    fprintf(stderr, "server: %s: %s: %s\n", call, what, strerror(error));
    if (strcmp(call, "bind") == 0)
        advise(error, what);
    if (bound != NULL)
        unlink(bound);
    exit(EXIT_FAILURE);
}

/*
 * Asks the kernel for one option of the socket (getsockopt(2), which fills in
 * the answer and its size). -1: this system does not answer the question, as
 * macOS and OpenBSD do not for SO_ACCEPTCONN.
 */
static int ask(int descriptor, int option, const char *name)
{
    int answer;
    socklen_t size = sizeof answer;

    if (getsockopt(descriptor, SOL_SOCKET, option, &answer, &size) == 0)
        return answer;
    if (errno != ENOPROTOOPT)
        die("getsockopt", name);
    return -1;
}

/*
 * Prints the call that was made, the descriptor it was about, and what the
 * kernel says of that socket now: nothing here is remembered, all is asked.
 */
static void show(const char *call, int descriptor)
{
    int type = ask(descriptor, SO_TYPE, "SO_TYPE");
    int passive = ask(descriptor, SO_ACCEPTCONN, "SO_ACCEPTCONN");
    const char *role = "active";

    if (passive == -1)
        role = "active or passive: not told";
    else if (passive)
        role = "passive";
    printf("%-8s descriptor %d: %s, %s\n", call, descriptor,
           type == SOCK_STREAM ? "stream" : "not a stream", role);
}

int main(int argc, char *argv[])
{
    if (argc != 2 || argv[1][0] == '\0') {
        fprintf(stderr, "usage: %s PATH\n", argv[0]);
        return 2;
    }
    const char *path = argv[1];
    setvbuf(stdout, NULL, _IOLBF, 0); /* show each line as it happens */

    /*
     * 1. socket: ask the kernel for a socket. AF_UNIX: for processes of one
     *    machine. SOCK_STREAM: bytes in order, both ways, as on a telephone
     *    line. What comes back is a file descriptor, the lowest number that is
     *    free, and every later call names the socket by it. It has no name
     *    yet, nobody at its other end, and is active: made to call others.
     */
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (listener == -1)
        die("socket", "AF_UNIX");
    show("socket", listener);

    /*
     * 2. bind: give the socket a name that others can find: a path. A file of
     *    type s appears there; it is only the name, the data never touch the
     *    disk. It must fit, with its final '\0', into sun_path: 108 bytes on
     *    Linux, 104 on macOS and the BSDs; a path that is cut names another
     *    file. If the name exists: EADDRINUSE. Removing it first is no cure, as
     *    it may be a running server's name, or somebody's file.
     */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        die("bind", path);
    }
    strcpy(address.sun_path, path);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) == -1)
        die("bind", path);
    bound = path;
    show("bind", listener);
    printf("         named %s\n", path);

    /* Time to look at it from another terminal: the README shows how. */
    printf("         press Enter to end\n");
    getchar();

    /*
     * close: give the descriptor back. With its last descriptor a socket ends.
     * The kernel would do it when the program ends; a server runs for months.
     */
    if (close(listener) == -1)
        die("close", "listener");
    printf("close    descriptor %d\n", listener);

    /* unlink: the name outlives the socket; only this removes it. */
    if (unlink(path) == -1)
        die("unlink", path);
    printf("unlink   %s\n", path);
    return EXIT_SUCCESS;
}
