/*
 * Solution of 02-1: a private folder, which also protects the socket on systems
 * that ignore its permissions. It leaves the umask alone.
 */
#define _POSIX_C_SOURCE 200809L /* declare what POSIX.1-2008 defines */
#define _DARWIN_C_SOURCE        /* or macOS hides mkdtemp() */

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

/*
 * Gives the socket its name, which no other user may use. The name is created
 * in a new folder that only the owner may enter. It gets its permissions there,
 * and then a second name at its place. link() does not replace a file that is
 * there already, as rename() would.
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

    /* The umask may have taken the owner's permissions away, too. */
    const char *failed = NULL;
    if (chmod(folder, S_IRWXU) == -1)
        failed = "chmod";
    else if (bind(listener, (const struct sockaddr *)&inside, sizeof inside) ==
             -1)
        failed = "bind";
    else if (chmod(inside.sun_path, S_IRUSR | S_IWUSR) == -1)
        failed = "chmod";
    else if (link(inside.sun_path, address->sun_path) == -1)
        failed = "link";
    int error = errno; /* the calls below may change it */

    if (unlink(inside.sun_path) == -1 && failed == NULL)
        die("unlink", inside.sun_path);
    if (rmdir(folder) == -1 && failed == NULL)
        die("rmdir", folder);
    if (failed != NULL) {
        errno = error;
        die(failed, address->sun_path);
    }
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
