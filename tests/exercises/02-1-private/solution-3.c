/*
 * Solution of 02-1: a child process with a umask of its own binds the socket.
 */
#define _POSIX_C_SOURCE 200809L /* declare what POSIX.1-2008 defines */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Prints which call failed, on what and why, and exits. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "private: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/*
 * Gives the socket its name, which no other user may use. The socket belongs to
 * both processes, but each has a umask of its own. So a child process can
 * change its umask, and there is nothing to restore.
 */
static void bind_private(int listener, const struct sockaddr_un *address)
{
    int status;
    pid_t child = fork();

    if (child == -1)
        die("fork", "child");
    if (child == 0) {
        umask(0177);
        if (bind(listener, (const struct sockaddr *)address, sizeof *address) ==
            -1)
            _exit(errno);
        _exit(0);
    }

    if (waitpid(child, &status, 0) == -1)
        die("waitpid", "child");
    errno = WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
    if (errno != 0)
        die("bind", address->sun_path);
}

int main(int argc, char *argv[])
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (argc != 2 || strlen(argv[1]) >= sizeof address.sun_path) {
        fprintf(stderr, "usage: %s PATH\n", argv[0]);
        return 2;
    }
    strcpy(address.sun_path, argv[1]);
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */

    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (listener == -1)
        die("socket", "AF_UNIX");
    bind_private(listener, &address);
    printf("bind     %s\n", address.sun_path);

    printf("         press Enter to exit\n");
    getchar();

    if (close(listener) == -1)
        die("close", "listener");
    if (unlink(address.sun_path) == -1)
        die("unlink", address.sun_path);
    return EXIT_SUCCESS;
}
