/*
 * Solution of 06-5: more bytes of data than one, and more room than needed.
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
 */
static int give_descriptor(int to, int descriptor)
{
    union {
        char room[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align; /* the room must be aligned for it */
    } control;
    char byte[] = "file follows";
    struct iovec data = {byte, sizeof byte};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = sizeof control.room};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    ssize_t sent;

    memset(&control, 0, sizeof control);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
    do
        sent = sendmsg(to, &message, 0);
    while (sent == -1 && errno == EINTR);
    return sent == -1 ? -1 : 0;
}

/*
 * Takes an open file from the other side. Returns its descriptor, or -1 with
 * errno set: EPROTO if a message, or the end, has come without a file.
 */
static int take_descriptor(int from)
{
    union {
        char room[CMSG_SPACE(8 * sizeof(int))];
        struct cmsghdr align; /* the room must be aligned for it */
    } control;
    char byte[100];
    struct iovec data = {byte, sizeof byte};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = sizeof control.room};
    struct cmsghdr *header;
    int descriptor;
    ssize_t size;

    do
        size = recvmsg(from, &message, 0);
    while (size == -1 && errno == EINTR);
    if (size == -1)
        return -1;
    header = CMSG_FIRSTHDR(&message);
    if (size == 0 || header == NULL || header->cmsg_level != SOL_SOCKET ||
        header->cmsg_type != SCM_RIGHTS ||
        header->cmsg_len != CMSG_LEN(sizeof(int))) {
        errno = EPROTO;
        return -1;
    }
    memcpy(&descriptor, CMSG_DATA(header), sizeof(int));
    return descriptor;
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
