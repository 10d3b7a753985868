/*
 * Solution of 06-2: htonl() and ntohl() know the order; one write_all() sends
 * both parts.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
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
    char message[HEAD + MOST];
    size_t size = strlen(text);
    uint32_t head = htonl((uint32_t)size);

    if (size > MOST) {
        errno = EMSGSIZE;
        return -1;
    }
    memcpy(message, &head, HEAD);
    memcpy(message + HEAD, text, size);
    return write_all(descriptor, message, HEAD + size);
}

/* Reads exactly size bytes: 1. The end before the first one: 0. Else -1. */
static int read_part(int descriptor, void *part, size_t size)
{
    ssize_t count = read_all(descriptor, part, size);

    if (count > 0 && (size_t)count < size)
        errno = EPROTO;
    return count == (ssize_t)size ? 1 : count == 0 ? 0 : -1;
}

/*
 * Receives one message and stores its text, with a final '\0', in a buffer of
 * MOST + 1 bytes. Returns 1; or 0 at end of file, if no message has begun; or
 * -1 with errno set: EMSGSIZE for a length over MOST, EPROTO if the input ends
 * in the middle of a message.
 */
static int receive_message(int descriptor, char *text)
{
    uint32_t size;
    int result = read_part(descriptor, &size, HEAD);

    if (result != 1)
        return result;
    size = ntohl(size);
    if (size > MOST) {
        errno = EMSGSIZE;
        return -1;
    }
    errno = EPROTO; /* the end, if it comes now, is too early */
    if (read_part(descriptor, text, size) != 1)
        return -1;
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
