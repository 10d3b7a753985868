/*
 * Solution of 06-2: four bytes by shifts, and the two reads one after the
 * other.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The size of the longest message, and of the length in front of it. */
#define MOST 1024
#define HEAD 4

/* Prints which call failed and why, and exits. */
static void die(const char *call)
{
    const char *why = strerror(errno);

    if (errno == EMSGSIZE)
        why = "the message is too long";
    if (errno == EPROTO)
        why = "the message is cut off";
    fprintf(stderr, "messages: %s: %s\n", call, why);
    exit(EXIT_FAILURE);
}

/* Writes all size bytes. Returns 0, or -1 with errno set. */
static int write_all(int descriptor, const void *data, size_t size)
{
    const char *next = data;

    while (size > 0) {
        ssize_t written = write(descriptor, next, size);
        if (written == -1 && errno == EINTR)
            continue;
        if (written == -1)
            return -1;
        next += written;
        size -= (size_t)written;
    }
    return 0;
}

/* Reads size bytes, fewer only at end of file. -1: an error. */
static ssize_t read_all(int descriptor, void *buffer, size_t size)
{
    char *start = buffer;
    size_t have = 0;

    while (have < size) {
        ssize_t count = read(descriptor, start + have, size - have);
        if (count == -1 && errno == EINTR)
            continue;
        if (count == -1)
            return -1;
        if (count == 0)
            break;
        have += (size_t)count;
    }
    return (ssize_t)have;
}

/*
 * Sends one message: the length of its text in HEAD bytes, the highest first,
 * then the text. Returns 0, or -1 with errno set. A text of more than MOST
 * bytes fails with EMSGSIZE, and nothing of it is sent.
 */
static int send_message(int descriptor, const char *text)
{
    size_t size = strlen(text);
    unsigned char head[HEAD] = {
        (unsigned char)(size >> 24),
        (unsigned char)(size >> 16),
        (unsigned char)(size >> 8),
        (unsigned char)size,
    };

    if (size > MOST) {
        errno = EMSGSIZE;
        return -1;
    }

    if (write_all(descriptor, head, sizeof head) == -1)
        return -1;
    return write_all(descriptor, text, size);
}

/*
 * Receives one message and stores its text, with a final '\0', in a buffer of
 * MOST + 1 bytes. Returns 1; or 0 at end of file, if no message has begun; or
 * -1 with errno set: EMSGSIZE for a length over MOST, EPROTO if the input ends
 * in the middle of a message.
 */
static int receive_message(int descriptor, char *text)
{
    unsigned char head[HEAD];
    ssize_t count = read_all(descriptor, head, HEAD);
    size_t size = 0;

    if (count <= 0)
        return (int)count;
    if (count < HEAD) {
        errno = EPROTO;
        return -1;
    }
    for (int i = 0; i < HEAD; i++)
        size = size << 8 | head[i];
    if (size > MOST) {
        errno = EMSGSIZE;
        return -1;
    }
    count = read_all(descriptor, text, size);
    if (count == -1)
        return -1;
    if ((size_t)count < size) {
        errno = EPROTO;
        return -1;
    }
    text[size] = '\0';
    return 1;
}

int main(int argc, char *argv[])
{
    char text[MOST + 1] = "";
    int result;

    setvbuf(stdout, NULL, _IOLBF, 0); /* show each message as it comes */
    if (argc > 1 && strcmp(argv[1], "say") == 0) {
        for (int i = 2; i < argc; i++)
            if (send_message(STDOUT_FILENO, argv[i]) == -1)
                die("send");
        return EXIT_SUCCESS;
    }
    if (argc != 2 || strcmp(argv[1], "hear") != 0) {
        fprintf(stderr, "usage: %s say TEXT... | %s hear\n", argv[0], argv[0]);
        return 2;
    }
    while ((result = receive_message(STDIN_FILENO, text)) == 1)
        printf("%4zu bytes: %s\n", strlen(text), text);
    if (result == -1)
        die("receive");
    return EXIT_SUCCESS;
}
