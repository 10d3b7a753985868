/*
 * Solution of 06-3: each byte is sent as soon as it is a capital.
 */
#include <ctype.h>
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
            break;
        ssize_t i;
        for (i = 0; i < size; i++) {
            char c = (char)toupper((unsigned char)buffer[i]);
            if (write_all(client, &c, 1) == -1)
                break;
        }
        if (i < size)
            break;
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
