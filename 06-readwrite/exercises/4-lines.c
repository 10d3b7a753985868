/*
 * Exercise 06-4: repair a server that never moves on            15 minutes
 *
 * This server answers each line with the number of its bytes. It serves as
 * many clients as you say, one after another. It seems to work:
 *
 *     $ cc 4-lines.c -o lines
 *     $ ./lines hello.sock 2
 *
 * and in another terminal:
 *
 *     $ printf 'hello\nyou\n' | nc -NU hello.sock     (on a Mac: nc -U)
 *     5
 *     3
 *
 * The client has its answers, but the server does not print "close", and top
 * shows that it uses a whole CPU. A second client would wait forever. (Stop it
 * with Ctrl-C, and remove hello.sock before you start it again.)
 *
 * Your part: repair it. When a client has nothing more to say, the server
 * closes it and accepts the next one. No byte of one client may end up in a
 * line of the next. A last line without a newline, as in printf 'hello\nyou',
 * is a line and is answered. After a final newline, there is no further line.
 *
 * Keep what works. A signal (EINTR) or a pause is not the end of a client. A
 * line longer than MOST is cut: it gets one answer, 1000. An error of read()
 * is still reported on standard error; end of file is not an error. (No line
 * contains a '\0', at which strlen() would stop.)
 *
 * In the top folder, make exercise-06-4 grades it and make hint-06-4 helps.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* How many clients may wait until they are accepted. */
#define BACKLOG 5

/* The longest line that is counted in full, in bytes. */
#define MOST 1000

/* Prints which call failed, on what and why, and exits. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "lines: %s: %s: %s\n", call, what, strerror(errno));
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

/*
 * Reads one line, without its '\n', into a buffer of MOST + 1 bytes. A longer
 * line is cut. Returns 1, or 0 if there are no more lines. -1: an error.
 */
static int read_line(int client, char *line)
{
    size_t length = 0;
    char byte = '\0';

    while (byte != '\n') {
        ssize_t count = read(client, &byte, 1);
        if (count == -1 && errno == EINTR)
            continue;
        if (count == -1)
            return -1;
        if (byte != '\n' && length < MOST)
            line[length++] = byte;
    }
    line[length] = '\0';
    return 1;
}

/* Answers each line with the number of its bytes, until the last. */
static void serve(int client)
{
    char line[MOST + 1];
    char answer[32];
    int result;

    while ((result = read_line(client, line)) == 1) {
        int size = snprintf(answer, sizeof answer, "%zu\n", strlen(line));
        if (write_all(client, answer, (size_t)size) == -1)
            break;
    }
    if (result != 0)
        fprintf(stderr, "lines: client: %s\n", strerror(errno));
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
    /* A write to a client that has left must fail (EPIPE), not kill us. */
    signal(SIGPIPE, SIG_IGN);
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
 * Hint 1: Which process state does ps -o stat,comm show? R is running, S is
 *         sleeping. A process that is always running is in a loop. Which loop,
 *         and what does the call in it return each time? strace -p shows it.
 *
 * Hint 2: At end of file, read() returns 0, again and again, and leaves byte
 *         as it was. There are two cases. If nothing has been read, there is
 *         no line: return 0. If line has some bytes, they are the last line:
 *         return 1; the next call will meet the end again.
 */
