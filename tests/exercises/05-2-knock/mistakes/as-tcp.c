/*
 * 05-2, the mistake of the recipe for TCP: after a connect() that would wait,
 * it polls until it can write. This socket is not connecting at all: poll()
 * returns at once, SO_ERROR is 0, and it takes that for success.
 *
 * expect: It says that it is connected, and is not.
 */
#define _POSIX_C_SOURCE 200809L /* for the clock, and nanosleep() */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The exit status for a backlog that stays full. */
#define STATUS_FULL 3

/* The name of the server. */
static struct sockaddr_un address = {.sun_family = AF_UNIX};

/* Says which call failed, on what and why, and ends the program. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "knock: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/* Connects the socket, as the books about TCP say. */
static int knock(int server, long milliseconds)
{
    struct pollfd watched = {.fd = server, .events = POLLOUT};
    int error = 0;
    socklen_t size = sizeof error;

    fcntl(server, F_SETFL, O_NONBLOCK);
    if (connect(server, (struct sockaddr *)&address, sizeof address) == -1) {
        if (errno != EINPROGRESS && errno != EAGAIN)
            die("connect", address.sun_path);
        if (poll(&watched, 1, (int)milliseconds) == 0)
            return -1;
        getsockopt(server, SOL_SOCKET, SO_ERROR, &error, &size);
    }
    fcntl(server, F_SETFL, 0);
    errno = error;
    if (error != 0)
        die("connect", address.sun_path);
    return 0;
}

int main(int argc, char *argv[])
{
    if (argc != 3 || strlen(argv[1]) >= sizeof address.sun_path) {
        fprintf(stderr, "usage: %s PATH MILLISECONDS\n", argv[0]);
        return 2;
    }
    strcpy(address.sun_path, argv[1]);

    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    if (server == -1)
        die("socket", "AF_UNIX");
    if (knock(server, atol(argv[2])) == -1) {
        printf("full     no room within %s ms\n", argv[2]);
        return STATUS_FULL;
    }

    /* A socket that does not wait would return from read() with EAGAIN. */
    int flags = fcntl(server, F_GETFL);
    printf("connect  descriptor %d, %s\n", server,
           flags & O_NONBLOCK ? "not blocking" : "blocking");
    close(server);
    return EXIT_SUCCESS;
}
