/*
 * Solution of 05-2, in another way: call() reports nothing and ends nothing. It
 * returns the name of the call that failed, and keeps errno for its caller.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/*
 * Connects to the server, and stores the descriptor. Returns NULL, or the
 * call that failed: then errno is the reason, and nothing is open.
 */
static const char *call(const char *path, int *server)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return "connect";
    }
    strcpy(address.sun_path, path);

    *server = socket(AF_UNIX, SOCK_STREAM, 0);
    if (*server == -1)
        return "socket";
    if (connect(*server, (struct sockaddr *)&address, sizeof address) == -1) {
        int error = errno;
        close(*server);
        errno = error;
        return "connect";
    }
    return NULL;
}

int main(int argc, char *argv[])
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s PATH\n", argv[0]);
        return 2;
    }

    int server;
    const char *failed = call(argv[1], &server);
    if (failed != NULL) {
        fprintf(stderr, "down: %s: %s: %s\n", failed, argv[1], strerror(errno));
        return EXIT_FAILURE;
    }
    printf("connect  descriptor %d\n", server);
    close(server);
    return EXIT_SUCCESS;
}
