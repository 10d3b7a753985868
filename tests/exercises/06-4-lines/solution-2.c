/*
 * Solution of 06-4: getline() of the C library knows lines and their ends;
 * only ferror() tells an error from the end.
 */
#define _POSIX_C_SOURCE 200809L
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
 * Answers each line with the number of its bytes, until there is none. The
 * stream reads from a copy of the descriptor, which fclose() closes.
 */
static void serve(int client)
{
    int copy = dup(client);
    FILE *words = copy == -1 ? NULL : fdopen(copy, "r");
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    char answer[32];

    if (words == NULL)
        die("fdopen", "client");
    while ((length = getline(&line, &room, words)) != -1) {
        if (line[length - 1] == '\n')
            length--;
        if (length > MOST)
            length = MOST;
        int size = snprintf(answer, sizeof answer, "%zd\n", length);
        if (write_all(client, answer, (size_t)size) == -1)
            break;
    }
    if (ferror(words))
        fprintf(stderr, "lines: client: %s\n", strerror(errno));
    free(line);
    fclose(words);
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
