/*
 * Solution of 02-1: a private folder, the fence of systems that do not look at
 * the mode of a socket. No umask is touched.
 */
#define _POSIX_C_SOURCE 200809L /* what POSIX.1-2008 has */
#define _DARWIN_C_SOURCE        /* or macOS hides mkdtemp() */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Says which call failed, on what and why, and ends the program. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "private: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/*
 * Gives the socket its name, which nobody else may use. It is made in a new
 * folder that only the owner may enter, gets its mode there, and moves to its
 * place when it is ready. (The price: rename() takes the place of
 * whatever file is there, and bind() does not.)
 */
static void bind_private(int listener, const struct sockaddr_un *address)
{
    struct sockaddr_un inside = {.sun_family = AF_UNIX};
    char folder[sizeof inside.sun_path];

    if ((size_t)snprintf(folder, sizeof folder, "%s.XXXXXX",
                         address->sun_path) >= sizeof folder ||
        strlen(folder) + strlen("/s") >= sizeof inside.sun_path) {
        errno = ENAMETOOLONG;
        die("bind", address->sun_path);
    }
    if (mkdtemp(folder) == NULL)
        die("mkdtemp", folder);
    strcpy(inside.sun_path, folder);
    strcat(inside.sun_path, "/s");
    if (bind(listener, (const struct sockaddr *)&inside, sizeof inside) == -1 ||
        chmod(inside.sun_path, S_IRUSR | S_IWUSR) == -1 ||
        rename(inside.sun_path, address->sun_path) == -1)
        die("bind", address->sun_path);
    if (rmdir(folder) == -1)
        die("rmdir", folder);
}

int main(int argc, char *argv[])
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (argc != 2 || strlen(argv[1]) >= sizeof address.sun_path) {
        fprintf(stderr, "usage: %s PATH\n", argv[0]);
        return 2;
    }
    strcpy(address.sun_path, argv[1]);
    setvbuf(stdout, NULL, _IOLBF, 0); /* show each line as it happens */

    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (listener == -1)
        die("socket", "AF_UNIX");
    bind_private(listener, &address);
    printf("bind     %s\n", address.sun_path);

    printf("         press Enter to end\n");
    getchar();

    if (close(listener) == -1)
        die("close", "listener");
    if (unlink(address.sun_path) == -1)
        die("unlink", address.sun_path);
    return EXIT_SUCCESS;
}
