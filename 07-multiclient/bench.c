/*
 * 07-multiclient/bench.c - a load: how fast is the echo server on that path?
 *
 * Build: cc bench.c -o bench          Run: ./bench -c 100 /tmp/hello.sock
 *
 *     -c CLIENTS   connected at the same time (1)
 *     -a ACTIVE    so many of them talk, the others are only there (all)
 *     -s BYTES     of a message (64; in bulk 65536)
 *     -d SECONDS   to measure (1); 0.2 will do
 *     -m MODE      pingpong; bulk: the same, of large messages; connect: each
 *                  round trip on a connection of its own
 *     -j           print JSON
 *
 * It goes round its active clients: reads one's reply, sends its next message,
 * goes on to the next. So each has a message under way all the time, with two
 * system calls here for a round trip. Its time is from write() to read()'s end.
 */
#ifdef __linux__
#define _GNU_SOURCE /* struct ucred: who is at the other end */
#else
#define _POSIX_C_SOURCE 200809L
#endif
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MOST 65536      /* clients; bytes of a message: on Linux it fits */
#define SHIFTS 4093     /* so many messages are different; a prime number */
#define SLOWEST 1000000 /* tenths of a microsecond; what is slower counts so */
#define PATIENCE 20     /* seconds: a server that takes longer has failed */

static struct client {
    int socket;      /* -1: not connected */
    unsigned turn;   /* its messages so far */
    long long since; /* when the last one was sent: nanoseconds */
} clients[MOST];

static struct sockaddr_un address = {.sun_family = AF_UNIX};
static const char *const modes[] = {"pingpong", "bulk", "connect"};
static enum { PINGPONG, BULK, CONNECT, MODES } mode;
static long count = 1, active = -1, size = -1; /* -c, -a, -s; -1: not said */
static double duration = 1;                    /* -d */
static bool json;                              /* -j */

static unsigned char pattern[MOST + SHIFTS], reply[MOST];
static unsigned times[SLOWEST + 1]; /* how many replies took that time */
static long long done, slowest;     /* all replies; the longest time, in ns */
static long refused, lost, wrong;   /* connections; the same; replies */

/* Says which call failed, on what and why, and ends the program. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "bench: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/* Few calls are safe in a handler (signal-safety(7)); these two are. */
static void give_up(int signal_number)
{
    static const char text[] = "bench: the server does not answer\n";
    (void)signal_number;
    _exit(write(STDERR_FILENO, text, sizeof text - 1) != 0);
}

/* Nanoseconds, of time or of a process's work. */
static long long read_clock(clockid_t clock)
{
    struct timespec time;
    if (clock_gettime(clock, &time) == -1)
        die("clock_gettime", "clock");
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* ---- One client --------------------------------------------------------- */

static void hang_up(struct client *client)
{
    close(client->socket);
    client->socket = -1;
}

static void dial(struct client *client)
{
    client->socket = socket(AF_UNIX, SOCK_STREAM, 0);
    if (client->socket == -1)
        die("socket", "client; ulimit -n says how many there may be");
    if (connect(client->socket, (void *)&address, sizeof address) == -1) {
        if (done == 0)
            die("connect", address.sun_path);
        refused++;
        hang_up(client);
    }
}

/* This client's bytes of this turn: no neighbour has the same. */
static const unsigned char *message(const struct client *client)
{
    return pattern + ((client - clients) * 61 + client->turn) % SHIFTS;
}

static void send_message(struct client *client)
{
    client->turn++;
    if (client->socket == -1 ||
        write(client->socket, message(client), (size_t)size) == size)
        return;
    lost++;
    hang_up(client);
}

/* Waits for all of the reply, and compares it. False: it did not come. */
static bool read_reply(struct client *client)
{
    if (client->socket == -1)
        return false;
    if (recv(client->socket, reply, (size_t)size, MSG_WAITALL) == size) {
        wrong += memcmp(reply, message(client), (size_t)size) != 0;
        return true;
    }
    lost++;
    hang_up(client);
    return false;
}

/* ---- All of them -------------------------------------------------------- */

/* Connects all, and has each served once: what comes later is not its first. */
static void gather(void)
{
    for (long i = 0; i < count; i++)
        dial(&clients[i]);
    for (long i = 0; i < count; i++)
        send_message(&clients[i]);
    for (long i = 0; i < count; i++)
        read_reply(&clients[i]);
    fprintf(stderr, "bench: %ld clients connected, %ld of them served once\n",
            count, count - lost);
}

/* Goes round until the time is over; returns how much it was. */
static long long measure(void)
{
    long long start = read_clock(CLOCK_MONOTONIC), now = start, taken;
    struct client *client = clients;
    for (long i = 0; i < active; i++) {
        clients[i].since = start;
        send_message(&clients[i]);
    }
    while ((double)(now - start) < duration * 1e9 && lost < active) {
        bool served = read_reply(client);
        now = read_clock(CLOCK_MONOTONIC);
        taken = now - client->since;
        client->since = now;
        if (served) {
            done++;
            times[taken / 100 < SLOWEST ? taken / 100 : SLOWEST]++;
            slowest = taken > slowest ? taken : slowest;
        }
        if (mode == CONNECT) {
            hang_up(client);
            dial(client);
        }
        send_message(client);
        client = client + 1 < clients + active ? client + 1 : clients;
    }
    return read_clock(CLOCK_MONOTONIC) - start;
}

/* ---- The result --------------------------------------------------------- */

/* Microseconds: this part of the replies took no longer. */
static double percentile(double part)
{
    double seen = 0;
    int i = 0;
    while (i < SLOWEST && (seen += times[i]) < (double)done * part)
        i++;
    return i / 10.0;
}

/*
 * How long the server has worked, in nanoseconds: Linux tells which process
 * called listen(). Its threads count, its children do not. -1: not known.
 */
static long long server_work(void)
{
#ifdef __linux__
    struct ucred server;
    socklen_t length = sizeof server;
    clockid_t clock;
    if (getsockopt(clients[0].socket, SOL_SOCKET, SO_PEERCRED, &server,
                   &length) == 0 &&
        clock_getcpuclockid(server.pid, &clock) == 0)
        return read_clock(clock);
#endif
    return -1;
}

/* Nanoseconds: of measuring; of the server's work, -1: not known; of ours. */
static void report(long long taken, long long server, long long own)
{
    double each = done > 0 ? (double)done * 1000 : 1; /* in microseconds */
    double rate = (double)done * 1e9 / (double)taken;
    double work = server == -1 ? -1 : (double)server / each;
    printf(json ? "{\"mode\": \"%s\", \"clients\": %ld, \"active\": %ld, "
                  "\"bytes\": %ld, \"per_second\": %.0f, \"mbytes\": %.1f, "
                  "\"p50_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f, "
                  "\"server_us\": %.3f, \"load_us\": %.3f, "
                  "\"refused\": %ld, \"lost\": %ld, \"wrong\": %ld}\n"
                : "%s, %ld clients, %ld active, %ld bytes: %.0f/s, %.1f MB/s; "
                  "p50 %.1f, p99 %.1f, max %.1f us; CPU time of each: server "
                  "%.3f, load %.3f us; %ld refused, %ld lost, %ld wrong\n",
           modes[mode], count, active, size, rate, rate * (double)size / 1e6,
           percentile(0.5), percentile(0.99), (double)slowest / 1000, work,
           (double)own / each, refused, lost, wrong);
}

/* A whole number from 1 to MOST; 0 if the text is anything else. */
static long number(const char *text)
{
    long value = strtol(text, NULL, 10);
    return text[strspn(text, "0123456789")] || value > MOST ? 0 : value;
}

/* Reads the options. False: one of them is wrong. */
static bool understand(int argc, char *argv[])
{
    char none[] = "", *rest = none;
    int option;
    while ((option = getopt(argc, argv, "c:a:s:d:m:j")) != -1) {
        if (option == 'c')
            count = number(optarg);
        else if (option == 'a')
            active = number(optarg);
        else if (option == 's')
            size = number(optarg);
        else if (option == 'd')
            duration = strtod(optarg, &rest);
        else if (option == 'j')
            json = true;
        else if (option == '?')
            return false;
        while (option == 'm' && mode < MODES && strcmp(optarg, modes[mode]))
            mode++;
    }
    active = active == -1 ? count : active;
    size = size == -1 ? (mode == BULK ? MOST : 64) : size;
    return mode < MODES && count >= active && active > 0 && size > 0 &&
           duration > 0 && duration <= 3600 && *rest == '\0' &&
           argc - optind == 1;
}

/* Where the server is; as many descriptors as we may have; what to send. */
static void prepare(const char *path)
{
    struct rlimit limit;
    errno = ENAMETOOLONG;
    if (strlen(path) >= sizeof address.sun_path)
        die("connect", path);
    strcpy(address.sun_path, path);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = (unsigned char)(rand() >> 7); /* the same in each run */
    signal(SIGPIPE, SIG_IGN); /* write() returns EPIPE instead */
    signal(SIGALRM, give_up);
    alarm((unsigned)duration + PATIENCE);
}

int main(int argc, char *argv[])
{
    if (!understand(argc, argv)) {
        fprintf(stderr,
                "usage: %s [-j] [-c clients] [-a active] [-s bytes] "
                "[-d seconds] [-m pingpong|bulk|connect] PATH\n",
                argv[0]);
        return 2;
    }
    prepare(argv[optind]);
    gather();
    long long own = read_clock(CLOCK_PROCESS_CPUTIME_ID);
    long long before = server_work(), taken = measure(), work = server_work();
    work = before == -1 || work == -1 ? -1 : work - before;
    own = read_clock(CLOCK_PROCESS_CPUTIME_ID) - own;
    /* What is still under way counts no more, but must be right. */
    for (long i = 0; i < active; i++)
        read_reply(&clients[i]);
    report(taken, work, own);
    return refused + lost + wrong > 0;
}
