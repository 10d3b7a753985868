/*
 * 07-multiclient/server.c - an echo server for many clients at the same time.
 *
 *     socket -> bind -> listen -> POLL -> accept, read, write -> close
 *
 * Build: cc server.c -o server        Run: ./server [-q] /tmp/hello.sock
 *
 * It waits for clients in one place, poll(). It claims the path, takes clients,
 * moves bytes, and leaves at SIGINT (Ctrl-C), SIGTERM, SIGHUP.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define STEP 256   /* entries of the two tables beyond those in use */
#define AT_ONCE 64 /* new clients taken before it is the old ones' turn */
#define PAUSE 100  /* milliseconds before accept() is tried again */
#define PATIENCE 2 /* seconds that clients may delay the end */

struct reply {
    char *data;  /* a copy of what write() did not take; NULL: it took all */
    size_t size; /* bytes that are still to be written */
    bool ended;  /* we half-closed it: what it still sends is dropped */
};
static struct reply *replies; /* replies[d]: what client d is to be sent back */
static struct pollfd *watched; /* indexed alike; fd -1: not in use */
static int room, top;   /* entries of both; one more than the highest in use */
static int listener;    /* the passive socket */
static long long retry; /* when to look for clients again; 0: we do look */
static int wake[2];     /* a pipe: the signal handler writes, poll() sees it */
static volatile sig_atomic_t leaving, told; /* leave() began; a signal came */
static const char *bound;                   /* the path, while it is ours, */
static struct stat own; /* and the file that bind() made there */
static bool quiet;      /* -q: tell nothing */

/* Tells a call, unless that would wait. Twice, as a signal may end poll(). */
static void tell(const char *call, int descriptor)
{
    struct pollfd output = {STDOUT_FILENO, POLLOUT, 0};
    if (!quiet && (poll(&output, 1, 0) > 0 || poll(&output, 1, 0) > 0))
        printf("%-8s descriptor %d\n", call, descriptor);
}

/* Removes the path, unless it is another file by now. False: it failed. */
static bool remove_name(void)
{
    struct stat found;
    int result = bound == NULL ? 0 : lstat(bound, &found);
    if (bound != NULL && result == 0 && found.st_ino == own.st_ino &&
        found.st_dev == own.st_dev)
        result = unlink(bound);
    if (result == 0 || errno == ENOENT)
        bound = NULL;
    return bound == NULL;
}

/* Says which call failed, on what and why; removes the path; ends. */
static void die(const char *call, const char *what)
{
    int error = errno; /* the calls below may change it */
    remove_name();
    fprintf(stderr, "server: %s: %s: %s\n", call, what, strerror(error));
    if (error == ENOENT)
        fprintf(stderr, "server: the folder of that path does not exist\n");
    else if (error == EACCES)
        fprintf(stderr, "server: you may not write there: choose another\n");
    else if (error == ENAMETOOLONG)
        fprintf(stderr, "server: the longest path that fits has %zu bytes\n",
                sizeof((struct sockaddr_un *)0)->sun_path - 1);
    exit(EXIT_FAILURE);
}

/* Milliseconds, by a clock that nobody sets. */
static long long now(void)
{
    struct timespec time;
    if (clock_gettime(CLOCK_MONOTONIC, &time) == -1)
        die("clock_gettime", "CLOCK_MONOTONIC");
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

/* From now on no call waits on it, and no program that we start inherits it. */
static int prepare(int descriptor, const char *call)
{
    if (descriptor == -1)
        die(call, "AF_UNIX");
    if (fcntl(descriptor, F_SETFL, O_NONBLOCK) == -1 ||
        fcntl(descriptor, F_SETFD, FD_CLOEXEC) == -1)
        die("fcntl", call);
    return descriptor;
}

/* ---- Claim the path ----------------------------------------------------- */

/*
 * Whoever holds the lock on PATH.lock owns PATH. The kernel takes the lock back
 * when the process ends, however it ends. The lock file stays: had its owner
 * removed it, two servers could each lock their own. O_NOFOLLOW: no symlink.
 */
static void lock_path(const char *path)
{
    char name[sizeof(struct sockaddr_un) + sizeof ".lock"];
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    snprintf(name, sizeof name, "%s.lock", path);
    int file = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file == -1)
        die("open", name);
    if (fcntl(file, F_SETLK, &lock) != -1)
        return; /* the descriptor stays open: to close it is to unlock */
    if (errno != EAGAIN && errno != EACCES)
        die("fcntl", name);
    if (fcntl(file, F_GETLK, &lock) != -1 && lock.l_pid > 0)
        fprintf(stderr, "server: in use by process %ld\n", (long)lock.l_pid);
    errno = EADDRINUSE;
    die("bind", path);
}

/*
 * bind() fails where a file is. A socket where nobody listens is a dead one (or
 * its listen() is yet to come): removed. One that answers, or a file: left.
 */
static void clear_path(const char *path, const struct sockaddr_un *address)
{
    struct stat found;
    int result = lstat(path, &found);
    if (result == -1 && errno == ENOENT)
        return;
    if (result == -1)
        die("lstat", path);
    errno = EEXIST; /* for die() to say */
    if (!S_ISSOCK(found.st_mode))
        die("bind", path);
    int probe = prepare(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    if (connect(probe, (const void *)address, sizeof *address) == 0 ||
        errno == EAGAIN)    /* its backlog is full: it lives (Linux says so) */
        errno = EADDRINUSE; /* somebody answers: the path is in use */
    if (errno != ECONNREFUSED && errno != ENOENT)
        die("connect", path);
    close(probe);
    if (unlink(path) == -1 && errno != ENOENT)
        die("unlink", path);
}

/* Steps 1 to 3. By umask() the path is its owner's alone from the beginning. */
static void claim(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    errno = ENAMETOOLONG;
    if (strlen(path) >= sizeof address.sun_path)
        die("bind", path);
    strcpy(address.sun_path, path);
    lock_path(path);
    clear_path(path, &address);
    listener = prepare(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    tell("socket", listener);
    mode_t before = umask(0177);
    int result = bind(listener, (const void *)&address, sizeof address);
    umask(before);
    if (result == -1)
        die("bind", path);
    if (lstat(path, &own) == -1) {
        unlink(path);
        die("lstat", path);
    }
    bound = path;
    tell("bind", listener);
    if (listen(listener, SOMAXCONN) == -1)
        die("listen", path);
    tell("listen", listener);
}

/* ---- Take clients ------------------------------------------------------- */

/* Both tables get so many entries. False: there is no memory for more. */
static bool resize(int entries)
{
    void *table = realloc(replies, (size_t)entries * sizeof *replies);
    replies = table != NULL ? table : replies;
    void *list = realloc(watched, (size_t)entries * sizeof *watched);
    watched = list != NULL ? list : watched;
    if (entries < room || (table != NULL && list != NULL))
        room = entries; /* a table that stays larger does no harm */
    return room == entries;
}

/* From now on run() waits for these events there. False: it cannot. */
static bool watch(int descriptor, short events)
{
    if (descriptor >= room && !resize(descriptor + STEP))
        return false;
    while (top <= descriptor)
        watched[top++] = (struct pollfd){.fd = -1};
    if (watched[descriptor].fd == -1)
        replies[descriptor] = (struct reply){0};
    watched[descriptor] = (struct pollfd){descriptor, events, 0};
    return true;
}

static void unwatch(int descriptor)
{
    watched[descriptor] = (struct pollfd){.fd = -1};
    while (top > 0 && watched[top - 1].fd == -1)
        top--;
    if (top + 2 * STEP < room && listener < top + STEP)
        resize(top + STEP);
}

/*
 * Step 4: takes those who wait; false if there may be more. Where descriptors
 * or memory run out, the queue stays as it is, and poll() would report it again
 * and again: so do not look for a while, or until a client has left.
 */
static bool take_clients(void)
{
    for (int i = 0; i < AT_ONCE; i++) {
        int client = accept(listener, NULL, NULL);
        if (client != -1 && watch(prepare(client, "accept"), POLLIN)) {
            tell("accept", client);
        } else if (client != -1) {
            close(client); /* no memory for it */
        } else if (errno == EAGAIN) {
            return true;
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
                   errno == ENOMEM) {
            unwatch(listener);
            retry = now() + PAUSE;
            return true;
        } else if (errno != EINTR && errno != ECONNABORTED && errno != EPROTO) {
            die("accept", "listener");
        } /* else that was a signal, or a client that has gone: the next one */
    }
    return false;
}

/* ---- Move bytes --------------------------------------------------------- */

/*
 * Step 6, one direction at a time: what came is written back at once, and as
 * long as a part of it is pending, the client is not read from. So its share
 * of memory is bounded, and one buffer serves all. False: drop the client.
 */
static bool move(int client, short events)
{
    static char buffer[65536];
    struct reply *reply = &replies[client];
    if (reply->data == NULL && events == POLLOUT) {
        reply->ended = true; /* leaving, both are watched: nothing to read */
        return shutdown(client, SHUT_WR) != -1 && watch(client, POLLIN);
    }
    if (reply->data == NULL) {
        ssize_t size = read(client, buffer, sizeof buffer);
        if (size <= 0) /* its end, all answered; an error; or nothing yet */
            return size == -1 && (errno == EAGAIN || errno == EINTR);
        if (reply->ended)
            return true;
        reply->size = (size_t)size;
    }
    char *from = reply->data != NULL ? reply->data : buffer;
    ssize_t sent = write(client, from, reply->size);
    if (sent == -1 && errno != EAGAIN && errno != EINTR)
        return false;
    sent = sent == -1 ? 0 : sent;
    reply->size -= (size_t)sent;
    if (reply->size == 0) {
        free(reply->data);
        reply->data = NULL;
        return watch(client, leaving ? POLLIN | POLLOUT : POLLIN);
    }
    if (reply->data == NULL && (reply->data = malloc(reply->size)) == NULL)
        return false;
    memmove(reply->data, from + sent, reply->size);
    return watch(client, POLLOUT);
}

static void drop(int client)
{
    free(replies[client].data);
    unwatch(client);
    close(client);
    tell("close", client);
    retry = retry != 0; /* 1: long ago. Its descriptor may be for the next */
}

/* ---- Leave -------------------------------------------------------------- */

/* In a handler write() and _exit() are safe, few others (signal-safety(7)). */
static void on_signal(int number)
{
    int error = errno; /* whom we interrupt may be about to look at it */
    if (leaving && (told || number == SIGALRM)) /* a second one: at once */
        _exit(told ? EXIT_SUCCESS : EXIT_FAILURE);
    told = told || (number != SIGALRM && number != SIGCHLD);
    if (write(wake[1], &number, 1) != -1 || errno == EAGAIN)
        errno = error; /* EAGAIN: it is full, so poll() wakes up anyhow */
}

static void catch_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGALRM};
    struct sigaction action = {.sa_handler = on_signal};
    if (pipe(wake) == -1)
        die("pipe", "wake");
    prepare(wake[0], "pipe");
    prepare(wake[1], "pipe");
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        if (sigaction(signals[i], &action, NULL) == -1)
            die("sigaction", "signals");
    signal(SIGPIPE, SIG_IGN); /* write() returns EPIPE instead */
    if (sigprocmask(SIG_SETMASK, &action.sa_mask, NULL) == -1)
        die("sigprocmask", "signals"); /* our starter may have blocked some */
}

/*
 * The name goes first, so nobody new comes; the queue is taken, if descriptors
 * last; then all is answered, by move(). The alarm is our own second signal.
 */
static void leave(void)
{
    remove_name();
    leaving = 1;
    alarm(PATIENCE);
    while (!take_clients())
        ;
    retry = 0;
    unwatch(wake[0]);
    unwatch(listener);
    close(listener);
    tell("close", listener);
    for (int client = 0; client < top; client++)
        if (watched[client].fd != -1 && replies[client].data == NULL)
            watch(client, POLLIN | POLLOUT);
}

/* ---- The loop ----------------------------------------------------------- */

/* Waits for events and handles them, until leave() and the last drop(). */
static void run(void)
{
    resize(256 * STEP); /* large: then realloc() can give it back later */
    if (!watch(wake[0], POLLIN) || !watch(listener, POLLIN))
        die("watch", "listener");
    while (top > 0) {
        int ready = poll(watched, (nfds_t)top, retry == 0 ? -1 : PAUSE);
        if (ready == -1 && errno != EINTR && errno != EAGAIN)
            die("poll", "clients");
        for (int i = 0; ready > 0 && i < top; i++) {
            short events = watched[i].revents;
            if (events == 0)
                continue;
            if (i == wake[0])
                leave();
            else if (i == listener)
                take_clients(); /* if more wait, the next round says so */
            else if (!move(i, events))
                drop(i);
        }
        if (retry != 0 && now() >= retry && watch(listener, POLLIN))
            retry = 0;
    }
}

int main(int argc, char *argv[])
{
    struct rlimit limit;
    int option;
    while ((option = getopt(argc, argv, "q")) == 'q')
        quiet = true;
    if (option != -1 || optind != argc - 1 || argv[optind][0] == '\0') {
        fprintf(stderr, "usage: %s [-q] PATH\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* show each line as it happens */
    /* If 0, 1 or 2 is closed, a socket would get it, and printf() reach it. */
    while ((option = open("/dev/null", O_RDONLY)) >= 0 && option < 3)
        ;
    close(option);
    if (getrlimit(RLIMIT_NOFILE, &limit) != -1) {
        limit.rlim_cur = limit.rlim_max; /* a descriptor for each client */
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    catch_signals();
    claim(argv[optind]);
    run();
    if (!remove_name())
        die("unlink", bound);
    return EXIT_SUCCESS;
}
