/*
 * Exercise 05-2: repair: every failure is "server is down"      15 minutes
 *
 * This client works as long as nothing goes wrong. Whatever goes wrong, it
 * prints that the server is down: when the path has a wrong letter, when the
 * client may not connect, when the path is too long, and even when it cannot
 * get a descriptor for itself. And a script cannot see the failure. Repair the
 * client: it should report in one line on standard error which call failed, on
 * what, and the system's reason, and exit with status 1.
 *
 *     $ cc 2-down.c -o down
 *     $ ./down no.sock
 *     down: connect: no.sock: No such file or directory
 *     $ echo $?
 *     1
 *     $ touch file; ./down file
 *     down: connect: file: Connection refused
 *
 * Whatever fails, it prints nothing but that line, and it reports only calls
 * that it has made. A path that does not fit into address.sun_path with its
 * '\0' is an error as well: File name too long. (No call has failed then; you
 * may name connect.) Cut short, it would name another server. A path that fits
 * is not an error.
 *
 * In the top folder, make exercise-05-2 grades it and make hint-05-2 helps.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Connects to the server. Returns the descriptor, or -1 if that fails. */
static int call(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);

    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(server, (struct sockaddr *)&address, sizeof address) == -1) {
        close(server);
        return -1;
    }
    return server;
}

int main(int argc, char *argv[])
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s PATH\n", argv[0]);
        return 2;
    }

    int server = call(argv[1]);
    if (server == -1) {
        printf("server is down\n");
    } else {
        printf("connect  descriptor %d\n", server);
        close(server);
    }
    return EXIT_SUCCESS;
}

/*
 * Hint 1: How many things can fail in call(), and which of them does it look
 *         at? The reason is in errno, but not for long: the next call may
 *         change it.
 *
 * Hint 2: Check each call right after it, and report its failure there: write
 *         a function like die("connect", path), with strerror(errno), as in
 *         ../client.c. Call it before close(). Compare strlen(path) with the
 *         room before you copy. ENAMETOOLONG is the error for a path that does
 *         not fit.
 */
