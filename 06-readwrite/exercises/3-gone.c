/*
 * Exercise 06-3: repair a server killed by its clients          15 minutes
 *
 * This server sends back in capitals what a client writes. It serves as many
 * clients as you say, one after another, and checks every call. But a client
 * that leaves at the wrong moment ends the server, and the other clients get
 * nothing. To see it, use three terminals. (make, in the top folder, builds
 * ../client.)
 *
 *     $ cc 3-gone.c -o gone
 *     $ ./gone hello.sock 3
 *
 *     $ ../client -v hello.sock
 *
 *     $ echo hello | ../client hello.sock
 *
 * The third terminal waits for its reply: press Ctrl-C there, then Ctrl-D in
 * the second. The server accepts the client that has left, and dies. (Remove
 * hello.sock before you start it again.)
 *
 * Your part: repair it. A client that leaves, with whatever error of read() or
 * write(), harms only itself: the server closes that client's descriptor and
 * accepts the next client. After as many clients as you asked for, it exits
 * with status 0. Keep what works: short writes, EINTR, more than one piece from
 * a client.
 *
 * In the top folder, make exercise-06-3 grades it and make hint-06-3 helps.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* How many clients may wait until they are accepted. */
#define BACKLOG 5

/* Prints which call failed, on what and why, and exits. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "gone: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/* Writes all size bytes. Returns 0, or -1 with errno set. */
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

/* Sends back what the client writes, in capitals, until end of file. */
static void serve(int client)
{
    char buffer[4096];
    ssize_t size;

    while ((size = read(client, buffer, sizeof buffer)) != 0) {
        if (size == -1 && errno == EINTR)
            continue;
        if (size == -1)
            die("read", "client");
        for (ssize_t i = 0; i < size; i++)
            buffer[i] = (char)toupper((unsigned char)buffer[i]);
        if (write_all(client, buffer, (size_t)size) == -1)
            die("write", "client");
    }
    if (close(client) == -1)
        die("close", "client");
    printf("close    descriptor %d\n", client);
}

/* Returns a socket that listens at the path. */
static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);

    if (listener == -1)
        die("socket", "AF_UNIX");
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        die("bind", path);
    }
    strcpy(address.sun_path, path);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) == -1)
        die("bind", path);
    if (listen(listener, BACKLOG) == -1)
        die("listen", path);
    printf("listen   %s\n", path);
    return listener;
}

int main(int argc, char *argv[])
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s PATH CLIENTS\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */

    int listener = listen_at(argv[1]);
    for (int left = atoi(argv[2]); left > 0; left--) {
        int client = accept(listener, NULL, NULL);
        if (client == -1)
            die("accept", argv[1]);
        printf("accept   descriptor %d\n", client);
        serve(client);
    }

    if (close(listener) == -1)
        die("close", "listener");
    if (unlink(argv[1]) == -1)
        die("unlink", argv[1]);
    printf("unlink   %s\n", argv[1]);
    return EXIT_SUCCESS;
}

/*
 * Hint 1: Run echo $? after the server has died: 141 is 128 + 13, and
 *         kill -l 13 names the signal. Which bytes did the client never read?
 *         When that is repaired, try again: there is a second way to die.
 *
 * Hint 2: signal(SIGPIPE, SIG_IGN), once, at the start of main(), turns the
 *         signal into an error of write(): EPIPE. Then look at the two calls
 *         of die() in serve(): has the server failed, or the client? If a
 *         client leaves without reading its replies, read() fails as well,
 *         with ECONNRESET. Every way out of serve() must close the client.
 */
