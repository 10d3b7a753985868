/*
 * tests/bench/peers/second.c - a load whose design differs from that of
 * 07-multiclient/bench.c, to check its figures: epoll reports which clients
 * have a reply, in whatever order they come. Linux only. It prints round trips
 * a second.
 *
 * Build: cc -O2 -o second second.c
 * Run:   ./second PATH CLIENTS BYTES SECONDS
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void check(int fine, const char *call)
{
    if (!fine) {
        perror(call);
        exit(EXIT_FAILURE);
    }
}

int main(int argc, char *argv[])
{
    static char message[65536], reply[65536];
    static long left[65536]; /* bytes of the reply, by descriptor */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct epoll_event found[256];
    check(argc == 5 && strlen(argv[1]) < sizeof address.sun_path, "arguments");
    strcpy(address.sun_path, argv[1]);
    long clients = atol(argv[2]), size = atol(argv[3]), trips = 0;
    int set = epoll_create1(0);

    for (long i = 0; i < size; i++)
        message[i] = (char)(i * 7);
    for (long i = 0; i < clients; i++) {
        int client = socket(AF_UNIX, SOCK_STREAM, 0);
        struct epoll_event event = {EPOLLIN, {.fd = client}};
        check(connect(client, (void *)&address, sizeof address) == 0,
              "connect");
        check(epoll_ctl(set, EPOLL_CTL_ADD, client, &event) == 0, "epoll_ctl");
        check(write(client, message, (size_t)size) == size, "write");
        left[client] = size;
    }
    double start = now(), end = start + atof(argv[4]), time;
    while ((time = now()) < end) {
        int ready = epoll_wait(set, found, 256, -1);
        for (int i = 0; i < ready; i++) {
            int client = found[i].data.fd;
            ssize_t got = read(client, reply, (size_t)left[client]);
            check(got > 0, "read");
            check(memcmp(reply, message + size - left[client], (size_t)got) ==
                      0,
                  "memcmp");
            left[client] -= got;
            if (left[client] > 0)
                continue;
            trips++;
            left[client] = size;
            check(write(client, message, (size_t)size) == size, "write");
        }
    }
    printf("%.0f\n", (double)trips / (time - start));
    return EXIT_SUCCESS;
}
