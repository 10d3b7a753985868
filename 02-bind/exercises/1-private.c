/*
 * Exercise 02-1: a private socket                               20 minutes
 *
 * Who may connect to a socket? Linux looks at the mode of its name, and asks
 * for the right to write. This program works, but lets others in. Its name
 * must be yours alone, from the first instant on at which it exists:
 *
 *     $ cc 1-private.c -o private
 *     $ (umask 000; ./private /tmp/private.sock)
 *     bind     /tmp/private.sock
 *              press Enter to end
 *
 * and in another terminal:
 *
 *     $ ls -l /tmp/private.sock
 *     srw------- 1 you you 0 ... /tmp/private.sock
 *
 * The letters after the s say who may do what: three for you, three for your
 * group, three for all others; r is to read, w to write, x counts for nothing
 * here. The umask of a process lists what its new files shall not have; 000
 * takes nothing away. It must be so with every umask, and it must stay out of
 * other files: those that the program makes later get the mode that they would
 * have had.
 *
 * From the top folder: make exercise-02-1 grades it, make hint-02-1 helps.
 */
#define _POSIX_C_SOURCE 200809L /* what POSIX.1-2008 has */

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
 * Gives the socket its name.
 *
 * Your part: the kernel makes the name inside bind(). Whatever comes after
 * that is too late: in between, somebody connects.
 */
static void bind_private(int listener, const struct sockaddr_un *address)
{
    if (bind(listener, (const struct sockaddr *)address, sizeof *address) == -1)
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

/*
 * Hint 1: Each process has a mask of the rights that its new files must not
 *         get: man 2 umask. It belongs to the whole process, and stays until
 *         somebody changes it.
 *
 * Hint 2: mode_t before = umask(0177); then bind(); then umask(before). 0177
 *         is what is taken away: all but reading and writing by the owner.
 */
