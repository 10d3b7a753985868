/*
 * 06-readwrite/server.c - an echo server, for one client at a time.
 *
 *     socket -> bind -> listen -> accept -> READ/WRITE -> close
 *
 * Build: cc server.c -o server        Run: ./server /tmp/hello.sock
 *
 * It takes as many clients as you say, one if you say nothing, and leaves.
 * Whatever a client writes is sent back to it, until the client has no more.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* How many clients may wait to be accepted (Linux takes one more). */
#define BACKLOG 5

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

/* A whole number from 1 up; 0 if the text is anything else, even "1x". */
static long whole_number(const char *text)
{
    errno = 0;
    long number = strtol(text, NULL, 10);
    if (text[strspn(text, "0123456789")] != '\0' || errno == ERANGE)
        return 0;
    return number;
}

/*
 * Writes all of it. One write() may take less than it was given: its result
 * says how much; and a signal may interrupt it before the first byte (EINTR).
 * Returns 0, or -1 with errno set: EPIPE or ECONNRESET if nobody is there.
 */
static int write_all(int descriptor, const char *data, size_t size)
{
    while (size > 0) {
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
 * 6. read and write: send back what the client writes, until read() returns 0:
 *    the end, as the client has closed its side. A stream carries bytes, not
 *    messages: what was written in two pieces may be read in one, or in three.
 *    A client that leaves too early is its own affair: say so, and take the
 *    next one. That one waits in the backlog all this time.
 */
static void serve(int client)
{
    char buffer[4096];
    long long total = 0;
    ssize_t size;

    while ((size = read(client, buffer, sizeof buffer)) != 0) {
        if (size == -1 && errno == EINTR)
            continue;
        if (size == -1 || write_all(client, buffer, (size_t)size) == -1) {
            fprintf(stderr, "server: %s: client: %s\n",
                    size == -1 ? "read" : "write", strerror(errno));
            break;
        }
        total += size;
    }
    printf("echo     %lld bytes\n", total);

    if (close(client) == -1)
        die("close", "client");
    printf("close    descriptor %d\n", client);
}

int main(int argc, char *argv[])
{
    long clients = argc == 3 ? whole_number(argv[2]) : 1;
    if (argc < 2 || argc > 3 || argv[1][0] == '\0' || clients == 0) {
        fprintf(stderr, "usage: %s PATH [CLIENTS]\n", argv[0]);
        return 2;
    }
    const char *path = argv[1];
    setvbuf(stdout, NULL, _IOLBF, 0); /* show each line as it happens */

    /* Writing to a client that is gone: an error (EPIPE), not a signal. */
    signal(SIGPIPE, SIG_IGN);

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

    /*
     * 3. listen: turn the active socket into a passive one, for good: it will
     *    not call others, others call it. From here on the kernel completes a
     *    client's connect() by itself, and keeps the new connection in a queue
     *    until somebody accepts it. When that queue, the backlog, is full, the
     *    next client's connect() waits on Linux; elsewhere it may be refused.
     */
    if (listen(listener, BACKLOG) == -1)
        die("listen", path);
    show("listen", listener);
    printf("         up to %d clients may wait\n", BACKLOG);

    /*
     * 4. accept: take the first connection out of the queue. If the queue is
     *    empty, accept() blocks: the process sleeps until a client comes. It
     *    returns a NEW descriptor: that one is connected to this client, and
     *    all talking goes through it. The listening one stays as it was, open
     *    and passive, ready for the next accept(). The two NULLs would be for
     *    the client's address, but ours have no name. Each descriptor must
     *    be closed: a server that forgets it has none left after some time.
     */
    for (long i = 0; i < clients; i++) {
        int client = accept(listener, NULL, NULL);
        if (client == -1)
            die("accept", path);
        show("accept", client);
        serve(client);
    }

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
