/*
 * Solution of 02-1: the umask takes the permissions away while bind() creates
 * the file.
 */
#define _POSIX_C_SOURCE 200809L /* declare what POSIX.1-2008 defines */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Prints which call failed, on what and why, and exits. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "private: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/* Gives the socket its name, which no other user may use. */
static void bind_private(int listener, const struct sockaddr_un *address)
{
    mode_t before = umask(0177); /* leaves rw------- */

    if (bind(listener, (const struct sockaddr *)address, sizeof *address) == -1)
        die("bind", address->sun_path);
    umask(before);
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
