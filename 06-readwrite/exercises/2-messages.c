/*
 * Exercise 06-2: messages with a length in front                30 minutes
 *
 * A stream carries bytes. The two sides must agree on where a message ends. One
 * common way is to put the length in front of each message: here in four
 * bytes, the highest first, whatever the machine's own byte order is. This
 * program is both sides. "say" writes messages and "hear" reads them:
 *
 *     $ cc 2-messages.c -o messages
 *     $ ./messages say hello '' 'how are you' | ./messages hear
 *        5 bytes: hello
 *        0 bytes:
 *       11 bytes: how are you
 *     $ ./messages say hello | od -An -tx1
 *      00 00 00 05 68 65 6c 6c 6f
 *
 * A length that comes from outside is a claim, not a fact. A message has at
 * most 1024 bytes. If a length claims more, "hear" refuses it at once, without
 * waiting for the text. An input that ends inside a message, or inside its
 * length, is cut off. Both are errors: a message on standard error and exit
 * status 1. If a call that sends or receives fails, the error message has its
 * reason. (If no process reads any more, SIGPIPE may end "say" without a
 * message.) The texts contain no '\0'. So far, there is no length at all.
 *
 * In the top folder, make exercise-06-2 grades it and make hint-06-2 helps.
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
 *
 * Your part: so far, it sends only the text.
 */
static int send_message(int descriptor, const char *text)
{
    return write_all(descriptor, text, strlen(text));
}

/*
 * Receives one message and stores its text, with a final '\0', in a buffer of
 * MOST + 1 bytes. Returns 1; or 0 at end of file, if no message has begun; or
 * -1 with errno set: EMSGSIZE for a length over MOST, EPROTO if the input ends
 * in the middle of a message.
 *
 * Your part: so far, it takes everything that comes for one message.
 */
static int receive_message(int descriptor, char *text)
{
    ssize_t count = read_all(descriptor, text, MOST);

    if (count <= 0)
        return (int)count;
    text[count] = '\0';
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

/*
 * Hint 1: Sending: size >> 8 moves the bits of a number down by one byte, and
 *         (unsigned char) keeps the lowest byte. Receiving: read HEAD bytes,
 *         then as many as they claim. Look at the number before you use it.
 *         What does each of the two read_all() calls return if the input ends
 *         early? And if a read() fails?
 *
 * Hint 2: Use unsigned char head[HEAD] and a size_t for the length: with char
 *         or int, bytes from 128 on become negative numbers. For each byte:
 *         size = size << 8 | head[i]. If the first read_all() returns 0, no
 *         message has begun: a good end. From 1 to HEAD - 1: cut off. A size
 *         over MOST: EMSGSIZE. Then read the text: -1 is an error, fewer than
 *         size bytes are cut off. Finally, the '\0'.
 */
