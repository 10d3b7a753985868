/*
 * Solution of 06-4: reads ahead, into a buffer that belongs to one client.
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

/* What has been read from one client, but not used yet: from to to - 1. */
struct input {
    char bytes[512];
    size_t from, to;
};

/*
 * Reads one line, without its '\n', into a buffer of MOST + 1 bytes. A longer
 * line is cut. Returns 1, or 0 if there are no more lines. -1: an error.
 */
static int read_line(int client, struct input *input, char *line)
{
    size_t length = 0;
    char byte = '\0';

    while (byte != '\n') {
        ssize_t count = 1;
        if (input->from == input->to) {
            count = read(client, input->bytes, sizeof input->bytes);
            input->from = 0;
            input->to = count > 0 ? (size_t)count : 0;
        }
        if (count == -1 && errno == EINTR)
            continue;
        if (count == -1)
            return -1;
        if (count == 0)
            break;
        byte = input->bytes[input->from++];
        if (byte != '\n' && length < MOST)
            line[length++] = byte;
    }
    line[length] = '\0';
    return byte == '\n' || length > 0;
}

/* Answers each line with the number of its bytes, until the last. */
static void serve(int client)
{
    char line[MOST + 1];
    char answer[32];
    struct input input = {.from = 0};
    int result;

    while ((result = read_line(client, &input, line)) == 1) {
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
