/*
 * Exercise 02-1: a private socket                               15 minutes
 *
 * Who may connect to a socket? Linux looks at the permissions of its name, and
 * asks for the right to write. This program works, but everyone may connect.
 * Make its name private to you, from the first instant at which it exists:
 *
 *     $ cc 1-private.c -o private
 *     $ (umask 000; ./private private.sock)
 *     bind     private.sock
 *              press Enter to exit
 *
 * and in another terminal, in the same folder:
 *
 *     $ ls -l private.sock
 *     srw------- 1 you you 0 ... private.sock
 *
 * The letters after the s are permissions: three for you, three for your group
 * and three for everyone else. r is the right to read and w to write; x has no
 * meaning here. You keep r and w, and the others get nothing. The umask of a
 * process lists the permissions that its new files do not get; 000 takes
 * nothing away. The name must be as private under every other umask, even 777.
 * Other files must not be affected: those that the program creates later get
 * the permissions that they would have had. As in the lesson, a path that is
 * taken stays as it is, and if a call fails, die() prints which one and exits
 * with status 1. After Enter, the program leaves nothing behind.
 *
 * In the top folder, make exercise-02-1 grades it and make hint-02-1 helps.
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

/*
 * Gives the socket its name.
 *
 * Your part: the kernel creates the name inside bind(). Anything that you do
 * after bind() is too late, because a client may connect in between.
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

/*
 * Hint 1: Every process has a umask, the permissions that its new files must
 *         not get: man 2 umask. It applies to the whole process, and stays
 *         until the process changes it.
 *
 * Hint 2: mode_t before = umask(0177); then bind(); then umask(before). 0177
 *         takes everything away except the owner's right to read and write.
 */
