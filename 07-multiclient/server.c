/*
 * 07-multiclient/server.c - the complete server: an echo for many clients.
 *
 *     socket -> bind -> listen -> WAIT -> accept, read, write -> close
 *
 * Build: cc server.c -o server        Run: ./server [-q] hello.sock
 *
 * Like server-poll.c, it is one process with one loop. It adds what a server
 * needs to run for months. A map of this file:
 *
 *     main, run        set up; wait in one place; pass on whatever is ready
 *     1 The path       who owns it, and when we may remove it
 *     2 The clients    what we know about each; add one, drop one
 *     3 New clients    accept waiting clients, until descriptors run out
 *     4 One client     four states; a protocol of your own goes here
 *     5 Waiting        until a client is ready: with poll() and with epoll
 *     6 The end        signals, last replies, a time limit
 *     7 Helpers        used by all parts
 */
#define _GNU_SOURCE          /* for accept4() on Linux */
#define _FILE_OFFSET_BITS 64 /* 64-bit inode numbers everywhere */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#if defined __linux__ && !defined __TINYC__ /* tcc 0.9.27 breaks epoll_event */
#define HAVE_EPOLL
#include <sys/epoll.h>
#endif

#define MODE 0600     /* permissions of the path: w lets a user connect */
#define MOST 1048576  /* entries in each table: descriptors below this */
#define AT_ONCE 64    /* accept at most this many clients in one round */
#define PAUSE 100     /* ms without accept(), when out of descriptors */
#define PATIENCE 2000 /* ms that clients may delay our exit */
#define PIPE_ROOM 512 /* bytes: every pipe has room for that many */

/* What we expect of a client. Part 4 has a function for each state. */
enum state {
    IDLE = 1,    /* it may send something */
    PENDING,     /* it has to read, so that we can write the rest of a reply */
    LAST_CALL,   /* we are leaving, and read what it has already sent */
    HALF_CLOSED, /* it has been sent its last reply, and has to close */
};

static struct client {
    enum state state;      /* 0: no client has this descriptor */
    uint32_t pending_size; /* how many bytes of a reply are pending */
    char *pending;         /* these bytes, or NULL */
    /* What your protocol keeps goes here; drop_client() has to free it. */
} clients[MOST]; /* by descriptor; unused entries take no memory */

static int client_count;
static int listener;       /* the passive socket */
static int wake[2];        /* a pipe: a signal writes to it to wake run() up */
static bool quiet;         /* -q: print no calls */
static bool paused;        /* out of descriptors: we accept no clients */
static bool leaving;       /* a signal has told us to leave */
static long long deadline; /* ms: the end of the pause or of our patience */

/* Functions that other parts call. */
static void run(void);
static void claim_path(const char *path);
static const char *remove_path(void);
static void drop_client(int descriptor);
static void accept_clients(int most);
static void resume_accepting(void);
static void expect_more(int descriptor);
static bool serve_client(int descriptor);
static void create_set(void);
static void watch(int descriptor, short events);
static void unwatch(int descriptor);
static void wait_until_ready(int timeout);
static int next_ready(void);
static void catch_signals(void);
static void start_leaving(void);
static void open_standard_descriptors(void);
static void reopen_terminal(void);
static void raise_descriptor_limit(void);
static int new_socket(void);
static void prepare(int descriptor);
static long long now(void);
static int time_left(void);
static void print_call(const char *call, int descriptor);
static void refuse(const char *path, const char *reason);
static void report(const char *call, const char *what, int error);
static void die(const char *call, const char *what);

int main(int argc, char *argv[])
{
    int option;
    while ((option = getopt(argc, argv, "+q")) == 'q') /* +: no -q after PATH */
        quiet = true;
    if (option != -1 || optind != argc - 1 || argv[optind][0] == '\0') {
        fprintf(stderr, "usage: %s [-q] PATH\n", argv[0]);
        return 2; /* 2: wrong usage; 1: a call failed; 0: all went well */
    }
    const char *path = argv[optind];

    open_standard_descriptors();
    reopen_terminal();
    raise_descriptor_limit();
    catch_signals(); /* before bind(): no signal may leave the path behind */
    claim_path(path);
    run();

    /* start_leaving() has removed the path, unless that failed: try again. */
    const char *failed = remove_path();
    if (failed != NULL)
        die(failed, path);
    return EXIT_SUCCESS;
}

/*
 * The loop: waits for descriptors that are ready, and passes each to the part
 * of this file that handles it. Only wait_until_ready() may block; anywhere
 * else, all clients would wait.
 * run() returns when the last client has left after a signal, at a second
 * signal, or when PATIENCE is over.
 */
static void run(void)
{
    create_set();
    watch(wake[0], POLLIN);
    watch(listener, POLLIN);

    while (!leaving || client_count > 0) {
        bool signalled = false;
        int ready;

        wait_until_ready(time_left());
        while ((ready = next_ready()) != -1) {
            if (ready == wake[0])
                signalled = true;
            else if (ready == listener)
                accept_clients(AT_ONCE);
            else if (!serve_client(ready))
                drop_client(ready);
        }

        /* Signals come last, so that the ready clients are served first. */
        if (signalled && leaving)
            return; /* the second signal */
        if (signalled)
            start_leaving(); /* empties the pipe, and ends a pause */

        if (time_left() == 0) { /* the deadline has passed; -1: no deadline */
            if (leaving)
                return;         /* our patience is over */
            resume_accepting(); /* the pause is over */
        }
    }
}

/* ---- 1 The path ---------------------------------------------------------
 *
 * A path belongs to the server that holds the lock on PATH.lock. Without the
 * lock, two servers that start at the same time could both find a stale path,
 * and one would remove what the other has just bound.
 */

static const char *bound_path; /* the path while it is ours, or NULL */
static struct stat bound_file; /* the file that bind() created there */

/*
 * Takes the lock (F_SETLK in fcntl(2)), or exits. The kernel releases the lock
 * when the process ends, even by kill -9. The lock file is never removed: if
 * its owner removed it, the next two servers could each lock a different file.
 */
static void lock_path(const char *path)
{
    char name[sizeof(struct sockaddr_un) + sizeof ".lock"]; /* path + .lock */
    char reason[64] = "in use by another process";
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct stat found;

    snprintf(name, sizeof name, "%s.lock", path);

    /* O_NOFOLLOW: in /tmp, other users could have put a link there. */
    int file = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file == -1) {
        report("open", name, errno);
        if (lstat(name, &found) == 0 && found.st_uid != geteuid())
            fprintf(
                stderr,
                "server: it belongs to user %ld: ask that user to remove it "
                "while "
                "no server runs, or choose a path in a folder of your own\n",
                (long)found.st_uid);
        exit(EXIT_FAILURE);
    }

    if (fcntl(file, F_SETLK, &lock) == 0)
        return; /* The file stays open: closing it would release the lock. */
    if (errno != EAGAIN && errno != EACCES) /* either means: it is locked */
        die("fcntl", name);

    /* If the owner has just left, or is in another container, l_pid is 0. */
    if (fcntl(file, F_GETLK, &lock) == 0 && lock.l_pid > 0)
        snprintf(reason, sizeof reason, "in use by process %ld",
                 (long)lock.l_pid);
    refuse(path, reason);
}

/*
 * Returns whether there is a socket at the path. If there is another kind of
 * file, exits: it is not ours to remove.
 */
static bool socket_exists(const char *path)
{
    struct stat found;

    if (lstat(path, &found) == -1) {
        if (errno != ENOENT)
            die("lstat", path);
        return false;
    }
    if (!S_ISSOCK(found.st_mode))
        refuse(path, "there is a file, but it is not a socket");

    return true;
}

/*
 * Removes the path that a dead server has left behind. We hold the lock, but a
 * server that does not use it may be alive: then connect(2) succeeds, or, if
 * its backlog is full, fails with EAGAIN because our socket is non-blocking.
 */
static void remove_stale_path(const char *path, const struct sockaddr_un *to)
{
    int probe = new_socket();

    if (connect(probe, (const struct sockaddr *)to, sizeof *to) == 0 ||
        errno == EAGAIN)
        refuse(path, "another server answers there");
    if (errno != ECONNREFUSED && errno != ENOENT)
        die("connect", path);
    close(probe);

    if (unlink(path) == -1 && errno != ENOENT)
        die("unlink", path);
}

/* Steps 1 to 3 of stage 06: makes the path ours and listens, or exits. */
static void claim_path(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        fprintf(stderr, "server: %s: path too long: at most %zu bytes fit\n",
                path, sizeof address.sun_path - 1);
        exit(EXIT_FAILURE);
    }
    strcpy(address.sun_path, path);

    /* Exit now if another kind of file is there, before we create a lock. */
    (void)socket_exists(path);

    /*
     * The first umask() takes away what MODE does not allow, from files created
     * before the second. A chmod() after bind() would come too late.
     */
    mode_t umask_before = umask(~MODE & 0777);
    lock_path(path);
    if (socket_exists(path)) /* it may have changed before we got the lock */
        remove_stale_path(path, &address);

    listener = new_socket();
    print_call("socket", listener);

    if (bind(listener, (struct sockaddr *)&address, sizeof address) == -1)
        die("bind", path);
    umask(umask_before);
    if (lstat(path, &bound_file) == -1) {
        report("lstat", path, errno);
        unlink(path); /* die() would not: bound_file is still unknown */
        exit(EXIT_FAILURE);
    }
    bound_path = path;
    print_call("bind", listener);

    if (listen(listener, SOMAXCONN) == -1)
        die("listen", path);
    print_call("listen", listener);
}

/*
 * Removes the path, unless it is gone or has become the name of another file.
 * As long as the listener is open, no other file can have the device and inode
 * number of the one that bind() created (inode(7)). When it is closed, a new
 * file may get these numbers, but only a server that ignores our lock would
 * create one at our path. Returns NULL, or the name of the call that failed
 * (errno says why).
 */
static const char *remove_path(void)
{
    struct stat found;

    if (bound_path == NULL)
        return NULL;
    if (lstat(bound_path, &found) == -1) {
        if (errno != ENOENT && errno != ENOTDIR) /* either: it is gone */
            return "lstat";
    } else if (found.st_dev == bound_file.st_dev &&
               found.st_ino == bound_file.st_ino) {
        if (unlink(bound_path) == -1)
            return "unlink";
    }

    bound_path = NULL;
    return NULL;
}

/* ---- 2 The clients ------------------------------------------------------ */

/* Registers a client that has just been accepted. */
static void add_client(int descriptor)
{
    if (descriptor >= MOST) {
        close(descriptor);
        return; /* prlimit(1) has raised our limit beyond the tables */
    }

    clients[descriptor].state = IDLE;
    client_count++;
    watch(descriptor, POLLIN);
    print_call("accept", descriptor);
}

/* Closes the connection and forgets the client. */
static void drop_client(int descriptor)
{
    free(clients[descriptor].pending);
    clients[descriptor] = (struct client){0};
    client_count--;

    unwatch(descriptor);
    close(descriptor);
    print_call("close", descriptor);
    if (paused)
        resume_accepting(); /* now there is a descriptor for the next one */
}

/* ---- 3 New clients ------------------------------------------------------ */

/*
 * accept(2). The new descriptor is non-blocking and close-on-exec. On Linux,
 * one call does it all.
 */
static int accept_client(void)
{
#ifdef __linux__
    return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
    int client = accept(listener, NULL, NULL);
    if (client != -1)
        prepare(client);

    return client;
#endif
}

/*
 * Called when no descriptor or no memory is left. The next client waits in the
 * backlog, so the listener stays ready: if we watched it, we would never sleep.
 */
static void pause_accepting(void)
{
    watch(listener, 0); /* 0: keep it, but report nothing */
    paused = true;
    deadline = now() + PAUSE;
}

/* Ends the pause: run() watches the listener again. */
static void resume_accepting(void)
{
    watch(listener, POLLIN);
    paused = false;
    deadline = 0;
}

/* Step 4: accepts the clients in the backlog, at most this many of them. */
static void accept_clients(int most)
{
    for (int i = 0; i < most; i++) {
        int client = accept_client();
        if (client != -1) {
            add_client(client);
            continue;
        }

        if (errno == EAGAIN)
            return; /* the backlog is empty */
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
            errno == ENOMEM) {
            pause_accepting();
            return;
        }

        /* EINTR: a signal came. The other two: this client has left already. */
        if (errno != EINTR && errno != ECONNABORTED && errno != EPROTO)
            die("accept", "listener");
    }
}

/* ---- 4 One client -------------------------------------------------------
 *
 *     IDLE        -> PENDING      part of a reply could not be written
 *     PENDING     -> IDLE         the rest is written
 *
 * and when the server leaves:
 *
 *     IDLE        -> LAST_CALL    at once
 *     PENDING     -> LAST_CALL    the rest is written
 *     LAST_CALL   -> PENDING      part of a reply could not be written
 *     LAST_CALL   -> HALF_CLOSED  there is nothing more to read
 *     HALF_CLOSED -> dropped      it has closed its side
 *
 * In any state, an error drops the client, and so does end of file in IDLE and
 * LAST_CALL.
 *
 * While part of a reply is pending, we do not read from that client. So an echo
 * costs at most one buffer, however much the client sends.
 *
 * Each function that serves a client returns false if it is to be dropped.
 */

static char buffer[65536]; /* for one read(); all clients share it */

/* Has the call failed only for the moment, so that we should try again? */
static bool try_again(void)
{
    return errno == EAGAIN || errno == EINTR;
}

/*
 * Sends size bytes. The kernel may take fewer; then the rest is kept as pending
 * and the client's state is PENDING. Bytes that are pending already come first.
 */
static bool send_reply(int descriptor, const char *data, size_t size)
{
    struct client *client = &clients[descriptor];

    ssize_t written = 0;
    if (client->pending == NULL)
        written = write(descriptor, data, size);
    if (written == -1) {
        if (!try_again())
            return false;
        written = 0;
    }
    size_t rest = size - (size_t)written;
    if (rest == 0)
        return true;

    char *pending = realloc(client->pending, client->pending_size + rest);
    if (pending == NULL)
        return false;
    memcpy(pending + client->pending_size, data + written, rest);
    client->pending = pending;
    client->pending_size += (uint32_t)rest;
    client->state = PENDING;
    watch(descriptor, POLLOUT);
    return true;
}

/*
 * The protocol: replies to the bytes that came from one read(). An echo sends
 * them back. This is the place for a protocol of your own. It must not block.
 *
 * A message can arrive in pieces, and several at once. The next read() reuses
 * the buffer: copy what you keep (exercise 07-6). To drop the client, return
 * false; what is pending for it is lost.
 *
 * You may also call send_reply() for another client, and drop_client() if that
 * returns false. (Do not drop the client that is being served: return false.)
 * What is sent to a client that does not read piles up in pending: set a limit,
 * below 4 GiB. A child that you fork() must call exec(), or close its copies of
 * our sockets.
 */
static bool answer(int descriptor, const char *data, size_t size)
{
    return send_reply(descriptor, data, size);
}

/* Step 6: reads what the client has sent, and answers. */
static bool serve_idle(int descriptor)
{
    ssize_t size = read(descriptor, buffer, sizeof buffer);
    if (size == -1)
        return try_again();
    if (size == 0)
        return false; /* end of file, and everything has been answered */

    return answer(descriptor, buffer, (size_t)size);
}

/*
 * Everything has been written: wait for the client's next bytes. When we leave,
 * serve_last_call() must run once for each client, even for a silent one. So
 * wait for POLLOUT, too: with nothing pending, the socket is normally writable,
 * and ready at once. (If it is not, the kernel still holds replies that the
 * client has not read: we wait until it reads some.)
 */
static void expect_more(int descriptor)
{
    clients[descriptor].state = leaving ? LAST_CALL : IDLE;
    watch(descriptor, leaving ? POLLIN | POLLOUT : POLLIN);
}

/* Writes what is pending. After that, we read from the client again. */
static bool serve_pending(int descriptor)
{
    struct client *client = &clients[descriptor];

    ssize_t written = write(descriptor, client->pending, client->pending_size);
    if (written == -1)
        return try_again();

    client->pending_size -= (uint32_t)written;
    if (client->pending_size > 0) {
        memmove(client->pending, client->pending + written,
                client->pending_size);
        return true;
    }

    free(client->pending);
    client->pending = NULL;
    expect_more(descriptor);
    return true;
}

/*
 * Answers what the client has sent. When there is nothing more to read, it
 * half-closes the connection with shutdown(2): the client gets its last reply,
 * then end of file. After close(), it could get ECONNRESET instead, because of
 * bytes that arrive too late to be read.
 */
static bool serve_last_call(int descriptor)
{
    ssize_t size = read(descriptor, buffer, sizeof buffer);
    if (size > 0)
        return answer(descriptor, buffer, (size_t)size);
    if (size == 0 || !try_again())
        return false;
    if (errno == EINTR)
        return true;

    /* EAGAIN: there is nothing more to read. */
    if (shutdown(descriptor, SHUT_WR) == -1)
        return false;
    clients[descriptor].state = HALF_CLOSED;
    watch(descriptor, POLLIN);
    return true;
}

/* Reads and ignores what comes too late, until the client closes its side. */
static bool serve_half_closed(int descriptor)
{
    ssize_t size = read(descriptor, buffer, sizeof buffer);
    if (size == -1)
        return try_again();

    return size > 0;
}

static bool serve_client(int descriptor)
{
    switch (clients[descriptor].state) {
    case IDLE:
        return serve_idle(descriptor);
    case PENDING:
        return serve_pending(descriptor);
    case LAST_CALL:
        return serve_last_call(descriptor);
    case HALF_CLOSED:
        return serve_half_closed(descriptor);
    }
    return false; /* never: a client is in one of these states */
}

/* ---- 5 Waiting ----------------------------------------------------------
 *
 * The other parts only call watch(), unwatch(), wait_until_ready() and
 * next_ready(): on a first reading, you may skip how these work.
 *
 * There are two ways to wait for many descriptors. poll(2) takes a list and
 * looks at every entry in each call: the fastest way to wait for clients that
 * talk all the time. epoll(7) keeps a set in the kernel: a message costs a
 * little more, but silent clients cost nothing.
 *
 * epoll exists on Linux only. On other systems, all descriptors are in the
 * list. On Linux, they start in the set. One that has been ready MOVE_AFTER
 * times moves to the list: the two system calls of a move are then shared by so
 * many messages that they hardly count. One that is then ready fewer than BUSY
 * times in WINDOW rounds moves back, because poll() would look at it in vain
 * too often. These values were found by measuring; nearby ones work as well.
 */
#define MOVE_AFTER 64
#define BUSY 2
#define WINDOW 32
#define SHORT_LIST 64 /* with fewer entries, the list may leave out the set */
#define SET_EVERY 8   /* rounds after which such a list asks for it again */
#define LOOKS 10      /* look this often without success before sleeping */
#define BATCH 256     /* how many descriptors epoll reports at once */
#define IN_SET (-1)   /* instead of a place in the list */

static struct watch {
    int place;      /* its entry in the list, or IN_SET; 0: not watched */
    short events;   /* POLLIN, POLLOUT; 0: keep it, but report nothing */
    uint16_t ready; /* how often it was ready in the set, or in this window */
} watched[MOST];    /* by descriptor */

/* Entry 0 is the set: its descriptor is ready when one in the set is. */
static struct pollfd list[MOST];
static int list_size = 1;
static int list_ready; /* entries with revents, not returned yet */
static int list_last;  /* the entry that next_in_list() returned last */
static bool list_busy; /* the last poll() found ready entries in the list */

static int set = -1;         /* epoll's descriptor; -1: there is no set */
static int set_ready[BATCH]; /* which descriptors in it are ready */
static int set_count;        /* how many of these there are */
static int set_next;         /* how many of them next_in_set() has returned */

static int failed_looks; /* how many looks in a row have found nothing */
static unsigned rounds;  /* how many looks have found something */

#ifdef HAVE_EPOLL
static void create_set(void)
{
    set = epoll_create1(EPOLL_CLOEXEC); /* if it fails, all are in the list */
}

/* epoll_ctl(2). EPOLLIN and EPOLLOUT have the values of POLLIN and POLLOUT. */
static bool change_set(int operation, int descriptor)
{
    struct epoll_event event = {.events = (uint32_t)watched[descriptor].events,
                                .data.fd = descriptor};

    return epoll_ctl(set, operation, descriptor, &event) == 0;
}

static void look_into_set(int timeout)
{
    static struct epoll_event events[BATCH];

    set_count = epoll_wait(set, events, BATCH, timeout);
    if (set_count == -1 && errno != EINTR)
        die("epoll_wait", "set");
    for (int i = 0; i < set_count; i++)
        set_ready[i] = events[i].data.fd; /* all that next_in_set() needs */
}
#else /* without epoll, every change fails, and so all are in the list */
enum { EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_DEL };

static void create_set(void)
{
}

static bool change_set(int operation, int descriptor)
{
    (void)operation;
    (void)descriptor;
    return false;
}

static void look_into_set(int timeout)
{
    (void)timeout;
}
#endif

static void add_to_list(int descriptor)
{
    watched[descriptor].place = list_size;
    list[list_size].fd = descriptor;
    list[list_size].events = watched[descriptor].events;
    list[list_size].revents = 0;
    list_size++;
}

/* The last entry of the list fills the gap. */
static void remove_from_list(int descriptor)
{
    int place = watched[descriptor].place;

    if (list[place].revents != 0)
        list_ready--; /* another client's answer() drops it before its turn */
    list_size--;
    list[place] = list[list_size];
    watched[list[place].fd].place = place;
    watched[descriptor].place = 0;
}

/* Lets next_ready() return the descriptor when it is ready for these events. */
static void watch(int descriptor, short events)
{
    int place = watched[descriptor].place;

    watched[descriptor].events = events;
    if (place > 0) {
        list[place].events = events;
        return;
    }
    if (change_set(place == IN_SET ? EPOLL_CTL_MOD : EPOLL_CTL_ADD,
                   descriptor)) {
        watched[descriptor].place = IN_SET;
        return;
    }

    /*
     * There is no set, or no memory for the change: use the list. A descriptor
     * that is in the set has to leave it, or both would report it.
     */
    if (place == IN_SET)
        change_set(EPOLL_CTL_DEL, descriptor);
    add_to_list(descriptor);
}

/*
 * Call this before close(). It need not take the descriptor out of the set,
 * because close() does. (Unless another process has a copy of it: then it stays
 * in the set, and is reported for ever: epoll(7), "Questions and answers".)
 */
static void unwatch(int descriptor)
{
    if (watched[descriptor].place > 0)
        remove_from_list(descriptor);
    watched[descriptor] = (struct watch){0};
}

/* Moves entries that were ready fewer than least times back to the set. */
static void thin_out_list(int least)
{
    /* From the end, so that the entry that fills a gap is checked already. */
    for (int place = list_size - 1; place > 0; place--) {
        int descriptor = list[place].fd;
        bool stays = watched[descriptor].ready >= least;

        watched[descriptor].ready = 0;
        if (stays || !change_set(EPOLL_CTL_ADD, descriptor))
            continue;
        remove_from_list(descriptor);
        watched[descriptor].place = IN_SET;
    }
}

/* poll(2) for the list. Returns whether to look into the set as well. */
static bool look_into_list(int timeout)
{
    /*
     * The set, entry 0, costs as much time as several sockets. While a short
     * list is busy, leave it out in most rounds: poll() skips an entry whose
     * descriptor is -1. But do not sleep then: the set could not wake us.
     */
    bool skip_set = list_busy && list_size < SHORT_LIST &&
                    rounds % SET_EVERY != 0;
    if (skip_set)
        timeout = 0;

    list[0].fd = skip_set ? -1 : set;
    list[0].events = POLLIN;
    int ready = poll(list, (nfds_t)list_size, timeout);
    if (ready == -1) {
        if (errno == EINTR || errno == EAGAIN)
            return false;
        if (set == -1 || (errno != EINVAL && errno != ENOMEM))
            die("poll", "list");

        /*
         * Our limit of descriptors has been lowered below the size of the list
         * (prlimit(1)), or there is no memory for a list that long.
         */
        thin_out_list(INT_MAX); /* all of them move to the set */
        return true;
    }

    bool set_is_ready = list[0].revents != 0;
    list_ready = set_is_ready ? ready - 1 : ready;
    list_busy = list_ready > 0;
    return set_is_ready;
}

/*
 * Finds out which descriptors are ready; there may be none. After LOOKS looks
 * in a row that found none, it sleeps until one is ready, or for timeout ms
 * (-1: no limit).
 */
static void wait_until_ready(int timeout)
{
    if (failed_looks == 0) { /* the last look has found something */
        rounds++;
        if (rounds % WINDOW == 0)
            thin_out_list(BUSY);
    }

    /*
     * A client often sends its next message at once, and being woken up takes
     * longer than a few looks. Between two looks, let other processes run.
     */
    if (failed_looks < LOOKS)
        timeout = 0; /* look, and do not sleep */
    if (failed_looks > 0 && failed_looks < LOOKS)
        sched_yield();
    failed_looks++; /* next_ready() sets it to 0 if this look finds something */

    set_count = 0;
    set_next = 0;
    if (list_size > 1) {
        if (!look_into_list(timeout))
            return;
        timeout = 0; /* poll() has waited for the set as well */
    }
    look_into_set(timeout);
}

/*
 * Like next_ready(), in the list. The search starts after the entry that was
 * returned last, even if that was in an earlier round, and wraps around at the
 * end. So no client is the first in every round, and an entry that has filled a
 * gap behind us has its turn, too.
 */
static int next_in_list(void)
{
    while (list_ready > 0) {
        list_last = list_last + 1 < list_size ? list_last + 1 : 1;
        if (list[list_last].revents == 0)
            continue;

        list[list_last].revents = 0; /* it has had its turn */
        list_ready--;
        return list[list_last].fd;
    }

    return -1;
}

/* Like next_ready(), in the set. */
static int next_in_set(void)
{
    while (set_next < set_count) {
        int descriptor = set_ready[set_next++];
        if (watched[descriptor].place != 0) /* 0: it has been dropped since */
            return descriptor;
    }

    return -1;
}

/* Returns the next descriptor that is ready; -1: no more in this round. */
static int next_ready(void)
{
    int descriptor = next_in_list();
    if (descriptor == -1)
        descriptor = next_in_set();
    if (descriptor == -1)
        return -1;

    failed_looks = 0;
    watched[descriptor].ready++;

    /* A busy one moves to the list. Its high count keeps it there at first. */
    if (watched[descriptor].ready >= MOVE_AFTER &&
        watched[descriptor].place == IN_SET &&
        change_set(EPOLL_CTL_DEL, descriptor))
        add_to_list(descriptor);
    return descriptor;
}

/* ---- 6 The end ---------------------------------------------------------- */

/*
 * Wakes run() up. A handler may only call what signal-safety(7) lists, and must
 * leave errno as it was. So write() must not fail: every pipe has room for
 * PIPE_ROOM bytes, and we write no more. (run() needs two at most.)
 */
static void on_signal(int number)
{
    static volatile sig_atomic_t count;

    (void)number;
    if (count < PIPE_ROOM && write(wake[1], "", 1) == 1)
        count++;
}

/* Catches a signal, unless it is ignored already, as under nohup(1). */
static void catch_signal(int number)
{
    struct sigaction action = {.sa_handler = on_signal};
    struct sigaction before;

    sigfillset(&action.sa_mask); /* no signal interrupts on_signal() */
    if (sigaction(number, NULL, &before) == -1)
        die("sigaction", "before");
    if (before.sa_handler != SIG_IGN && sigaction(number, &action, NULL) == -1)
        die("sigaction", "on_signal");
}

/* Lets SIGINT, SIGTERM and SIGHUP wake run() up, and not end the process. */
static void catch_signals(void)
{
    sigset_t none;

    if (pipe(wake) == -1)
        die("pipe", "wake");
    prepare(wake[0]);
    prepare(wake[1]);

    catch_signal(SIGINT);     /* Ctrl-C */
    catch_signal(SIGTERM);    /* kill */
    catch_signal(SIGHUP);     /* the terminal was closed */
    signal(SIGPIPE, SIG_IGN); /* a client is gone: EPIPE instead */
    signal(SIGXFSZ, SIG_IGN); /* stdout has reached ulimit -f: EFBIG instead */

    /* A process inherits blocked signals: unblock all. */
    sigemptyset(&none);
    if (sigprocmask(SIG_SETMASK, &none, NULL) == -1)
        die("sigprocmask", "none");
}

/*
 * Called at the first signal. Removes the path, so that no new client comes,
 * and accepts those in the backlog, as many as there are descriptors for. From
 * then on, part 4 sends each client its last reply.
 */
static void start_leaving(void)
{
    char bytes[PIPE_ROOM]; /* signals that come together count as one */
    if (read(wake[0], bytes, sizeof bytes) < 1)
        return; /* EINTR: the byte is still there, and run() comes back */

    remove_path();                 /* if that fails, main() tries again */
    accept_clients(2 * SOMAXCONN); /* all: no system queues more than that */
    unwatch(listener);
    close(listener);
    print_call("close", listener);
    listener = -1;

    leaving = true;
    paused = false; /* there is no listener to watch again */
    deadline = now() + PATIENCE;
    for (int i = 0; i < MOST; i++)
        if (clients[i].state == IDLE)
            expect_more(i); /* a PENDING one follows when all is written */
}

/* ---- 7 Helpers ---------------------------------------------------------- */

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

/*
 * If standard output is a terminal, opens it again, non-blocking. Otherwise
 * print_call() could block, after Ctrl-S for ever. It asks poll() first, but
 * for a terminal, POLLOUT only means that one byte fits, and write() waits for
 * room for the whole line. Setting O_NONBLOCK on descriptor 1 itself would also
 * change it for the shell, which shares it. Standard error may block: we write
 * to it only when we exit. (O_NOCTTY: open(2) must not make it our controlling
 * terminal.)
 */
static void reopen_terminal(void)
{
    const char *name = ttyname(STDOUT_FILENO);
    if (name == NULL)
        return; /* it is not a terminal */

    int terminal = open(name, O_WRONLY | O_NONBLOCK | O_NOCTTY);
    if (terminal == -1)
        return; /* it may belong to another user: keep the one we have */
    dup2(terminal, STDOUT_FILENO);
    close(terminal);
}

/*
 * Raises the limit of descriptors as far as the hard limit (getrlimit(2)) and
 * the size of our tables allow. If it cannot be raised, fewer clients fit.
 */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
        return;
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max < MOST ? limit.rlim_max : MOST;

    /* macOS may refuse the hard limit: halve the value until it is accepted. */
    while (limit.rlim_cur > before && setrlimit(RLIMIT_NOFILE, &limit) == -1)
        limit.rlim_cur /= 2;
}

static int new_socket(void)
{
    int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    if (descriptor == -1)
        die("socket", "AF_UNIX");
    prepare(descriptor);

    return descriptor;
}

/* Makes it non-blocking, and close-on-exec: no program inherits it. */
static void prepare(int descriptor)
{
    if (fcntl(descriptor, F_SETFL, O_NONBLOCK) == -1 ||
        fcntl(descriptor, F_SETFD, FD_CLOEXEC) == -1)
        die("fcntl", "descriptor");
}

/* Returns the time in milliseconds, from a clock that cannot be set. */
static long long now(void)
{
    struct timespec time;

    if (clock_gettime(CLOCK_MONOTONIC, &time) == -1)
        die("clock_gettime", "CLOCK_MONOTONIC");
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

/* Returns the ms until the deadline: 0 if it has passed, -1 without one. */
static int time_left(void)
{
    if (deadline == 0)
        return -1;

    long long left = deadline - now();
    return left > 0 ? (int)left : 0;
}

/* Prints a call. The line is lost if printing would block, or fails. */
static void print_call(const char *call, int descriptor)
{
    struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
    char line[64];

    if (quiet || poll(&output, 1, 0) != 1)
        return;
    int size = snprintf(line, sizeof line, "%-8s descriptor %d\n", call,
                        descriptor);
    ssize_t ignored = write(STDOUT_FILENO, line, (size_t)size);
    (void)ignored;
}

/* Prints why we refuse to start, when errno does not say why, and exits. */
static void refuse(const char *path, const char *reason)
{
    fprintf(stderr, "server: %s: %s\n", path, reason);
    exit(EXIT_FAILURE);
}

/* Prints which call failed, on what, and why (errno(3)). */
static void report(const char *call, const char *what, int error)
{
    fprintf(stderr, "server: %s: %s: %s\n", call, what, strerror(error));
    if (error == ENOENT)
        fprintf(stderr, "server: a part of that path does not exist\n");
    else if (error == EACCES)
        fprintf(stderr, "server: you may not write there\n");
}

/* Removes the path, reports the call that has just failed, and exits. */
static void die(const char *call, const char *what)
{
    int error = errno; /* remove_path() may change it */

    remove_path();
    report(call, what, error);
    exit(EXIT_FAILURE);
}
