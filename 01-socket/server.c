/*
 * 01-socket/server.c - a socket, and nothing else yet.
 *
 *     SOCKET -> bind -> listen -> accept -> read/write -> close
 *
 * Build: cc server.c -o server        Run: ./server
 *
 * A socket is an end point for talking to another process. The kernel keeps
 * it; the program holds a number that stands for it, a file descriptor.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Says which call failed, on what and why, and ends the program. */
static void die(const char *call, const char *what)
{
    int error = errno; /* the calls below may change it */

    fprintf(stderr, "server: %s: %s: %s\n", call, what, strerror(error));
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
    if (argc != 1) {
        fprintf(stderr, "usage: %s\n", argv[0]);
        return 2;
    }
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
    return EXIT_SUCCESS;
}
