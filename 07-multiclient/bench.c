/*
 * 07-multiclient/bench.c - a load: how fast is the echo server at that path?
 *
 * Build: cc bench.c -o bench          Run: ./bench -c 100 hello.sock
 *
 *     -c CLIENTS   clients that are connected at the same time (1)
 *     -a ACTIVE    how many of them talk at a time; the others are silent (all)
 *     -t TURNS     after that many messages a client falls silent, and the next
 *                  one talks, until all have had their turn, over and over (0:
 *                  the same ones always talk)
 *     -s BYTES     size of a message (64; in mode bulk 65536)
 *     -d SECONDS   how long to measure (1); 0.2 is enough for a first look
 *     -m MODE      pingpong; bulk: the same with large messages; connect: a new
 *                  connection for each message
 *     -j           print the result as JSON
 *
 * Each active client has one message under way all the time. bench goes round:
 * it reads one client's reply, sends its next message, and goes on to the next
 * client. A reply's time is that from write() until read() has returned all.
 */
#define _POSIX_C_SOURCE 200809L /* declare what POSIX.1-2008 has, */
#define _DEFAULT_SOURCE         /* and SO_PEERCRED of Linux */
#include <errno.h>
#include <fcntl.h>
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

#define MOST 65536      /* clients; and bytes of a message, which Linux takes */
#define SHIFTS 4093     /* how many different messages there are: a prime */
#define SLOWEST 1000000 /* tenths of a microsecond; a slower reply counts so */
#define PATIENCE 20     /* seconds: a server that takes longer has failed */

struct client {
    int socket;      /* -1: not connected */
    unsigned turn;   /* how many messages it has sent */
    long long since; /* when it sent the last one, in nanoseconds */
};
static struct client clients[MOST];

/* The options. */
static const char *const modes[] = {"pingpong", "bulk", "connect"};
static enum { PINGPONG, BULK, CONNECT, MODES } mode;
static long count = 1;
static long active = -1; /* -1: not given */
static long turns;
static long size = -1;
static double duration = 1;
static bool json;

static struct sockaddr_un address = {.sun_family = AF_UNIX};
static unsigned char pattern[MOST + SHIFTS]; /* every message is a part of it */
static unsigned char reply[MOST];

/* What was measured. */
static unsigned times[SLOWEST + 1]; /* how many replies took that long */
static long long done;              /* replies */
static long long slowest;           /* the longest time of one: nanoseconds */
static long refused;                /* connections that the server refused */
static long lost;                   /* connections that broke */
static long wrong;                  /* replies with different bytes */

static bool read_options(int argc, char *argv[]);
static long whole_number(const char *text, long least);
static void open_standard_descriptors(void);
static void prepare(const char *path);
static void give_up(int signal_number);
static void connect_all(void);
static long long measure(void);
static void dial(struct client *client);
static void hang_up(struct client *client);
static const unsigned char *message(const struct client *client);
static void send_message(struct client *client);
static bool read_reply(struct client *client);
static void note_time(long long taken);
static long long server_work(void);
static long long read_clock(clockid_t clock);
static void print_result(long long taken, long long server, long long own);
static double percentile(double part);
static void die(const char *call, const char *what);

int main(int argc, char *argv[])
{
    if (!read_options(argc, argv)) {
        fprintf(stderr,
                "usage: %s [-j] [-c clients] [-a active] [-t turns] "
                "[-s bytes] [-d seconds] [-m pingpong|bulk|connect] PATH\n",
                argv[0]);
        return 2;
    }

    open_standard_descriptors();
    prepare(argv[optind]);
    connect_all();

    long long own = read_clock(CLOCK_PROCESS_CPUTIME_ID);
    long long before = server_work();
    long long taken = measure();
    long long after = server_work();
    own = read_clock(CLOCK_PROCESS_CPUTIME_ID) - own;

    long long server = before == -1 || after == -1 ? -1 : after - before;
    print_result(taken, server, own);

    return refused + lost + wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Reads the command line (getopt(3)). Returns false if any part is wrong. */
static bool read_options(int argc, char *argv[])
{
    char none[] = "";
    char *rest = none; /* what follows the number of -d */
    int option;

    while ((option = getopt(argc, argv, "c:a:t:s:d:m:j")) != -1) {
        switch (option) {
        case 'c':
            count = whole_number(optarg, 1);
            break;
        case 'a':
            active = whole_number(optarg, 1);
            break;
        case 't':
            turns = whole_number(optarg, 0);
            break;
        case 's':
            size = whole_number(optarg, 1);
            break;
        case 'd':
            duration = strtod(optarg, &rest);
            break;
        case 'm':
            for (mode = PINGPONG; mode < MODES; mode++)
                if (strcmp(optarg, modes[mode]) == 0)
                    break;
            break;
        case 'j':
            json = true;
            break;
        default:
            return false;
        }
    }

    if (active == -1)
        active = count;
    if (size == -1)
        size = mode == BULK ? MOST : 64;

    return mode < MODES && count > 0 && active > 0 && active <= count &&
           turns >= 0 && size > 0 && duration > 0 && duration <= 3600 &&
           *rest == '\0' && optind == argc - 1 && argv[optind][0] != '\0';
}

/* Converts text to a whole number from least to MOST; -2 if it is none. */
static long whole_number(const char *text, long least)
{
    if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0')
        return -2;

    long number = strtol(text, NULL, 10);

    return number < least || number > MOST ? -2 : number;
}

/*
 * Opens /dev/null in place of standard input, output or error, where one is
 * closed (">&-" in a shell). Otherwise a socket would get its number, the
 * lowest that is free, and printf() would write to the peer. (/dev/null is
 * opened for reading only, so that a write still fails.)
 */
static void open_standard_descriptors(void)
{
    for (int descriptor = 0; descriptor <= STDERR_FILENO; descriptor++)
        if (fcntl(descriptor, F_GETFD) == -1 &&
            open("/dev/null", O_RDONLY) == -1)
            die("open", "/dev/null");
}

/* The server's address, descriptors for all clients, messages, and an alarm. */
static void prepare(const char *path)
{
    struct rlimit limit;
    sigset_t alarms;

    if (strlen(path) >= sizeof address.sun_path) {
        fprintf(stderr, "bench: %s: path too long: at most %zu bytes fit\n",
                path, sizeof address.sun_path - 1);
        exit(EXIT_FAILURE);
    }
    strcpy(address.sun_path, path);

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit); /* if not: socket() will say so */
    }

    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = (unsigned char)(rand() >> 7); /* the same in each run */

    signal(SIGPIPE, SIG_IGN); /* write() fails with EPIPE instead */
    signal(SIGALRM, give_up);
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    if (sigprocmask(SIG_UNBLOCK, &alarms, NULL) == -1)
        die("sigprocmask", "SIG_UNBLOCK");
    alarm((unsigned)duration + PATIENCE);
}

/* Handles the alarm. Only what signal-safety(7) lists may be called here. */
static void give_up(int signal_number)
{
    static const char text[] = "bench: the server does not answer\n";

    (void)signal_number;
    ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
    (void)ignored;
    _exit(EXIT_FAILURE);
}

/*
 * Connects all clients and has each served once, so that the server has done
 * by then whatever it does only for a new client.
 */
static void connect_all(void)
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

/*
 * Goes round the active clients until the time is over. Returns how long that
 * was, in nanoseconds. The clients from first on, as many as are active, have a
 * message under way; with -t, first moves on after that many rounds.
 */
static long long measure(void)
{
    long long start = read_clock(CLOCK_MONOTONIC);
    long long end = start + (long long)(duration * 1e9);
    long long now = start;
    long first = 0;
    long next_first = 0;
    long i = active; /* as if a round had just ended */
    long round = 0;

    for (long n = 0; n < active; n++) {
        clients[n].since = start;
        send_message(&clients[n]);
    }

    while (now < end && lost < count) {
        if (i == active) {
            i = 0;
            first = next_first;
            if (++round == turns) {
                round = 0;
                next_first = (first + active) % count;
            }
        }

        struct client *client = &clients[(first + i) % count];
        bool served = read_reply(client);
        now = read_clock(CLOCK_MONOTONIC);
        if (served)
            note_time(now - client->since);
        if (mode == CONNECT) {
            hang_up(client);
            dial(client);
        }

        client = &clients[(next_first + i) % count];
        client->since = now;
        send_message(client);
        i++;
    }
    long long taken = read_clock(CLOCK_MONOTONIC) - start;

    /* What is still under way does not count any more, but must be right. */
    for (long n = 0; n < active; n++)
        read_reply(&clients[((n < i ? next_first : first) + n) % count]);

    return taken;
}

/* Connects this client. A refusal counts, unless it is the first of all. */
static void dial(struct client *client)
{
    client->socket = socket(AF_UNIX, SOCK_STREAM, 0);
    if (client->socket == -1)
        die("socket", "client; ulimit -n says how many there may be");

    if (connect(client->socket, (struct sockaddr *)&address, sizeof address) ==
        -1) {
        if (done == 0)
            die("connect", address.sun_path);
        refused++;
        hang_up(client);
    }
}

static void hang_up(struct client *client)
{
    close(client->socket);
    client->socket = -1;
}

/* This client's message of this turn. No neighbour's is the same. */
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

/* Blocks until the whole reply is there, and compares it. False: none came. */
static bool read_reply(struct client *client)
{
    if (client->socket == -1)
        return false;
    if (recv(client->socket, reply, (size_t)size, MSG_WAITALL) == size) {
        if (memcmp(reply, message(client), (size_t)size) != 0)
            wrong++;
        return true;
    }

    lost++;
    hang_up(client);
    return false;
}

/* Counts a reply that took so many nanoseconds. */
static void note_time(long long taken)
{
    done++;
    times[taken / 100 < SLOWEST ? taken / 100 : SLOWEST]++;
    if (taken > slowest)
        slowest = taken;
}

/*
 * Returns the CPU time that the server has used so far, in nanoseconds; -1 if
 * the system does not tell. Linux names the process that called listen()
 * (SO_PEERCRED in unix(7)); its threads are counted, its children are not.
 */
static long long server_work(void)
{
#ifdef __linux__
    struct {
        pid_t pid;
        uid_t uid;
        gid_t gid;
    } server; /* struct ucred, which needs _GNU_SOURCE */
    socklen_t length = sizeof server;
    clockid_t clock;

    if (getsockopt(clients[0].socket, SOL_SOCKET, SO_PEERCRED, &server,
                   &length) == 0 &&
        clock_getcpuclockid(server.pid, &clock) == 0)
        return read_clock(clock);
#endif
    return -1;
}

/* Returns what the clock shows, in nanoseconds (clock_gettime(2)). */
static long long read_clock(clockid_t clock)
{
    struct timespec time;

    if (clock_gettime(clock, &time) == -1)
        die("clock_gettime", "clock");
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/*
 * Prints the result: taken is the time that was measured, server and own are
 * the CPU times used in it, all in nanoseconds; a server of -1 is not known.
 */
static void print_result(long long taken, long long server, long long own)
{
    double replies = done > 0 ? (double)done : 1;
    double rate = (double)done * 1e9 / (double)taken;
    double server_us = server == -1 ? -1 : (double)server / replies / 1000;
    double own_us = (double)own / replies / 1000;
    const char *format =
        json ? "{\"mode\": \"%s\", \"clients\": %ld, \"active\": %ld, "
               "\"turns\": %ld, \"bytes\": %ld, \"per_second\": %.0f, "
               "\"mbytes\": %.1f, \"p50_us\": %.1f, \"p99_us\": %.1f, "
               "\"max_us\": %.1f, \"server_us\": %.3f, \"load_us\": %.3f, "
               "\"refused\": %ld, \"lost\": %ld, \"wrong\": %ld}\n"
             : "%s, %ld clients, %ld active, %ld turns, %ld bytes: %.0f/s, "
               "%.1f MB/s; p50 %.1f, p99 %.1f, max %.1f us; CPU time of each: "
               "server %.3f, load %.3f us; %ld refused, %ld lost, %ld wrong\n";

    printf(format, modes[mode], count, active, turns, size, rate,
           rate * (double)size / 1e6, percentile(0.5), percentile(0.99),
           (double)slowest / 1000, server_us, own_us, refused, lost, wrong);
    if (fflush(stdout) == EOF)
        die("write", "standard output");
}

/* Returns a time in microseconds: that part of the replies took no longer. */
static double percentile(double part)
{
    double seen = 0;
    int i = 0;

    while (i < SLOWEST && (seen += times[i]) < (double)done * part)
        i++;
    return i / 10.0;
}

/*
 * Prints which call failed, on what, and the reason that it left in errno
 * (errno(3)). Exits with status 1.
 */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "bench: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}
