/*
 * Exercise 06-5: pass an open file to another process           45 minutes
 *
 * A Unix domain socket can carry more than bytes: it can carry an open file.
 * One process opens it, and another reads it, without knowing its name and
 * without permission to open it. This program plays both, in two terminals:
 *
 *     $ cc 5-pass.c -o pass
 *     $ echo hello > words
 *     $ ./pass give hello.sock words
 *     listen   hello.sock
 *     give     words
 *
 *     $ ./pass take hello.sock
 *     hello
 *
 * So far, it sends the number of the descriptor. In another process, that
 * number stands for something else or for nothing. The open file itself
 * travels beside the data: as a control message of the type SCM_RIGHTS, which
 * sendmsg() sends and recvmsg() receives. Give exactly one descriptor; the
 * taker may rely on that. If none comes, the taker reports that ("Protocol
 * error") and exits with status 1. If a call that gives or takes the file
 * fails, the message has its reason. (If the taker has left before, SIGPIPE may
 * end the giver.)
 *
 * In the top folder, make exercise-06-5 grades it and make hint-06-5 helps.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Prints which call failed, on what and why, and exits. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "pass: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/*
 * Gives an open file to the other side. Returns 0, or -1 with errno set.
 *
 * Your part: a number is not an open file.
 */
static int give_descriptor(int to, int descriptor)
{
    return write(to, &descriptor, sizeof descriptor) == -1 ? -1 : 0;
}

/*
 * Takes an open file from the other side. Returns its descriptor, or -1 with
 * errno set: EPROTO if a message, or the end, has come without a file.
 *
 * Your part: take the open file, not its number.
 */
static int take_descriptor(int from)
{
    int descriptor;
    ssize_t size = read(from, &descriptor, sizeof descriptor);

    if (size == (ssize_t)sizeof descriptor)
        return descriptor;
    if (size != -1)
        errno = EPROTO;
    return -1;
}

/* Opens the file and gives it to the first client that connects. */
static void give(struct sockaddr_un *address, const char *file)
{
    int descriptor = open(file, O_RDONLY);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);

    if (descriptor == -1)
        die("open", file);
    if (listener == -1)
        die("socket", "AF_UNIX");
    if (bind(listener, (struct sockaddr *)address, sizeof *address) == -1)
        die("bind", address->sun_path);
    if (listen(listener, 1) == -1)
        die("listen", address->sun_path);
    printf("listen   %s\n", address->sun_path);

    int client = accept(listener, NULL, NULL);
    if (client == -1)
        die("accept", address->sun_path);
    if (unlink(address->sun_path) == -1)
        die("unlink", address->sun_path);
    if (give_descriptor(client, descriptor) == -1)
        die("give", file);
    printf("give     %s\n", file);
}

/* Takes an open file from the server at the path and prints its contents. */
static void take(struct sockaddr_un *address)
{
    char buffer[4096];
    ssize_t size;
    int server = socket(AF_UNIX, SOCK_STREAM, 0);

    if (server == -1)
        die("socket", "AF_UNIX");
    if (connect(server, (struct sockaddr *)address, sizeof *address) == -1)
        die("connect", address->sun_path);
    int file = take_descriptor(server);
    if (file == -1)
        die("take", address->sun_path);
    while ((size = read(file, buffer, sizeof buffer)) > 0)
        fwrite(buffer, 1, (size_t)size, stdout);
    if (size == -1)
        die("read", "the file");
}

int main(int argc, char *argv[])
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *what = argc > 2 ? argv[1] : "";

    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */
    if (argc > 2 && strlen(argv[2]) < sizeof address.sun_path)
        strcpy(address.sun_path, argv[2]);
    if (argc == 4 && strcmp(what, "give") == 0)
        give(&address, argv[3]);
    else if (argc == 3 && strcmp(what, "take") == 0)
        take(&address);
    else {
        fprintf(stderr, "usage: %s give PATH FILE | %s take PATH\n", argv[0],
                argv[0]);
        return 2;
    }
    return EXIT_SUCCESS;
}

/*
 * Hint 1: man 3 cmsg has an example, man 7 unix the rules ("SCM_RIGHTS"). A
 *         struct msghdr points to two buffers: msg_iov for data, msg_control
 *         for what travels beside it. Send at least one byte of data with it,
 *         or nothing is sent at all.
 *
 * Hint 2: char room[CMSG_SPACE(sizeof(int))], in a union with a struct cmsghdr
 *         that aligns it. CMSG_FIRSTHDR(&message) is the header: cmsg_level
 *         SOL_SOCKET, cmsg_type SCM_RIGHTS, cmsg_len CMSG_LEN(sizeof(int)).
 *         (SPACE counts the padding as well, LEN does not.) The descriptor
 *         goes to CMSG_DATA, by memcpy(). After recvmsg(), CMSG_FIRSTHDR is
 *         NULL if no control message came: then set errno yourself.
 */
