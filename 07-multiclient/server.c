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
 *     5 Waiting        until a client is ready: epoll on Linux, else poll()
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

#ifdef __APPLE__
#define TABLE_SIZE OPEN_MAX /* 10240: poll(2) of macOS takes no more */
#else
#define TABLE_SIZE 1048576 /* entries in each table, one per descriptor */
#endif
#define MODE 0600     /* of the socket; connect() needs write access */
#define AT_ONCE 64    /* accept at most this many clients in one round */
#define PAUSE 100     /* ms without accept(), when out of descriptors */
#define PATIENCE 2000 /* ms that clients may delay our exit */
#define HURRY 100     /* the same, after a second signal */
#define PIPE_ROOM 512 /* bytes that fit into any pipe */

/* What we expect of a client. Part 4 has a function for each state. */
enum state {
    IDLE = 1,    /* nothing is pending: we read what it sends */
    PENDING,     /* it has to read before we can write the rest of a reply */
    LAST_CALL,   /* we are leaving, and read what it has already sent */
    HALF_CLOSED, /* we have sent its last reply, and it has to close */
};

static struct client {
    enum state state;    /* 0: no client has this descriptor */
    char *pending;       /* the rest of a reply, still to be written; or NULL */
    size_t pending_size; /* its size in bytes */
    /*
     * What your protocol remembers about a client goes here. Use a pointer, not
     * a large array: an entry that was used once keeps its memory. Free what it
     * points to in drop_client().
     */
} clients[TABLE_SIZE]; /* by descriptor; unused entries take no memory */

static int client_count;
static int listener; /* the passive socket */
static int wake[2];  /* a pipe: on_signal() writes to it to wake run() up */
static bool quiet;   /* -q: print no calls */

static bool paused;            /* out of descriptors: accept no clients */
static long long paused_until; /* ms, on the clock of now() */
static bool leaving;           /* a signal has asked us to leave */
static long long leave_by;     /* ms, on the clock of now() */

/* Functions that other parts call. */
static void run(void);
static void claim_path(const char *path);
static bool remove_path(void);
static void drop_client(int descriptor);
static void accept_clients(int limit);
static void resume_accepting(void);
static bool serve_client(int descriptor);
static bool start_last_call(int descriptor);
static void create_set(void);
static bool watch(int descriptor, short events);
static void unwatch(int descriptor);
static void wait_until_ready(int timeout);
static int next_ready(void);
static void catch_signals(void);
static bool read_signals(void);
static void start_leaving(void);
static void open_standard_descriptors(void);
static void reopen_terminal(void);
static void raise_descriptor_limit(void);
static int new_socket(void);
static void set_flags(int descriptor);
static bool failed_for_now(void);
static long long now(void);
static int time_left(void);
static void print_call(const char *call, int descriptor);
static void refuse(const char *path, const char *reason);
static void report(const char *call, const char *what, int error);
static void die(const char *call, const char *what);

int main(int argc, char *argv[])
{
    int option;
    while ((option = getopt(argc, argv, "+q")) == 'q') /* +: stop at PATH */
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
    if (!remove_path())
        die("unlink", path);
    return EXIT_SUCCESS;
}

/*
 * The loop: waits for descriptors that are ready, and passes each to the part
 * of this file that handles it. Only wait_until_ready() may block. A call that
 * blocked anywhere else would keep all clients waiting.
 * After a signal, run() returns when the last client has left, or after
 * PATIENCE ms. A second signal shortens this to HURRY ms. It does not end the
 * server at once, because it might not be a new request: when a terminal
 * closes, or timeout(1) expires, a process can get two signals for one event.
 */
static void run(void)
{
    create_set();
    if (!watch(wake[0], POLLIN) || !watch(listener, POLLIN))
        die("epoll_ctl", "listener");

    while (!leaving || client_count > 0) {
        bool signalled = false;
        int descriptor;

        wait_until_ready(time_left());
        while ((descriptor = next_ready()) != -1) {
            if (descriptor == wake[0])
                signalled = read_signals();
            else if (descriptor == listener)
                accept_clients(AT_ONCE);
            else if (!serve_client(descriptor))
                drop_client(descriptor);
        }

        /* Only now: all that was ready is served before anything is closed. */
        if (signalled && !leaving)
            start_leaving();
        else if (signalled && leave_by > now() + HURRY)
            leave_by = now() + HURRY;

        if (leaving && now() >= leave_by)
            return; /* our patience is over */
        if (paused && now() >= paused_until)
            resume_accepting();
    }
}

/* ---- 1 The path ---------------------------------------------------------
 *
 * A path belongs to the server that holds the lock on PATH.lock. Without the
 * lock, two servers that start at the same time could both find a stale path,
 * and one would remove what the other had just bound.
 */

static const char *bound_path; /* the path while it is ours, or NULL */
static struct stat bound_file; /* the file that bind() created there */

/* Opens the lock file, which is created if it is missing. Exits on failure. */
static int open_lock(const char *name)
{
    struct stat found;

    /*
     * O_NOFOLLOW: in /tmp, another user could have put a link there, and we
     * would create or lock the file that it points to.
     */
    int descriptor = open(name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                          0600);
    if (descriptor == -1) {
        report("open", name, errno);
        if (lstat(name, &found) == 0 && found.st_uid != geteuid())
            fprintf(stderr,
                    "server: the lock file belongs to user %ld: ask that user "
                    "to remove it while no server runs, or choose a path in "
                    "a folder of your own\n",
                    (long)found.st_uid);
        exit(EXIT_FAILURE);
    }

    return descriptor;
}

/*
 * Takes the lock (F_SETLK in fcntl(2)), or exits. The kernel releases the lock
 * when the process ends, even by kill -9. The lock file is never removed. If it
 * were, a server that had already opened it could lock that file, which has no
 * name any more, while another one creates a new file and locks that: both
 * would own the path.
 */
static void lock_path(const char *path)
{
    char name[sizeof(struct sockaddr_un) + sizeof ".lock"]; /* path + .lock */
    char reason[64] = "in use by another process";
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    snprintf(name, sizeof name, "%s.lock", path);
    int descriptor = open_lock(name);
    if (fcntl(descriptor, F_SETLK, &lock) == 0)
        return; /* Never close the descriptor: that would release the lock. */
    if (errno != EAGAIN && errno != EACCES) /* these mean: it is locked */
        die("fcntl", name);

    /* Who holds it? l_pid is 0 if that process is in another container. */
    if (fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_pid > 0)
        snprintf(reason, sizeof reason, "in use by process %ld",
                 (long)lock.l_pid);
    refuse(path, reason);
}

/*
 * Exits if there is a file that is not a socket. remove_stale_path() would take
 * it for the path of a dead server, because connect() to it is refused.
 */
static void refuse_non_socket(const char *path)
{
    struct stat found;

    if (lstat(path, &found) == 0) {
        if (!S_ISSOCK(found.st_mode))
            refuse(path, "there is a file, but it is not a socket");
    } else if (errno != ENOENT) {
        die("lstat", path);
    }
}

/*
 * Removes the path if a dead server has left it behind. We hold the lock, but a
 * server that uses no lock may be alive. Then connect(2) succeeds, or, if its
 * backlog is full, fails with EAGAIN because our socket is non-blocking.
 */
static void remove_stale_path(const char *path,
                              const struct sockaddr_un *address)
{
    const struct sockaddr *to = (const struct sockaddr *)address;
    int probe = new_socket();

    if (connect(probe, to, sizeof *address) == 0 || errno == EAGAIN)
        refuse(path, "another server answers there"); /* does not return */
    bool is_stale = errno == ECONNREFUSED;
    if (!is_stale && errno != ENOENT) /* ENOENT: there is nothing to remove */
        die("connect", path);
    close(probe);

    if (is_stale && unlink(path) == -1 && errno != ENOENT)
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

    refuse_non_socket(path); /* before we create a lock file beside it */

    /*
     * Until umask() is set back below, the socket gets exactly the permissions
     * MODE, and the lock file no others, whatever the user's umask is. A
     * chmod() after bind() would come too late: others could have connected by
     * then.
     */
    mode_t umask_before = umask(~MODE & 0777);
    lock_path(path);
    refuse_non_socket(path); /* it may have changed before we got the lock */
    remove_stale_path(path, &address);

    listener = new_socket();
    print_call("socket", listener);

    if (bind(listener, (struct sockaddr *)&address, sizeof address) == -1)
        die("bind", path);
    umask(umask_before);
    if (lstat(path, &bound_file) == -1) {
        report("lstat", path, errno);
        unlink(path); /* die() would not: bound_path is not set yet */
        exit(EXIT_FAILURE);
    }
    bound_path = path;
    print_call("bind", listener);

    if (listen(listener, SOMAXCONN) == -1)
        die("listen", path);
    print_call("listen", listener);
}

/*
 * Is the file at our path still the one that bind() created? By now it may be
 * another program's. While the listener is open, no other file can have its
 * device and inode number (inode(7)).
 */
static bool path_is_ours(void)
{
    struct stat found;

    return bound_path != NULL && lstat(bound_path, &found) == 0 &&
           found.st_dev == bound_file.st_dev &&
           found.st_ino == bound_file.st_ino;
}

/* Removes the path if it is ours. Returns false if unlink() failed. */
static bool remove_path(void)
{
    if (path_is_ours() && unlink(bound_path) == -1 && errno != ENOENT)
        return false;

    bound_path = NULL; /* whatever appears there later is not ours */
    return true;
}

/* ---- 2 The clients ------------------------------------------------------ */

/* Registers a client that has just been accepted. */
static void add_client(int descriptor)
{
    /*
     * Our limit does not allow such a number (see raise_descriptor_limit()),
     * unless it was raised later, with prlimit(1).
     */
    if (descriptor >= TABLE_SIZE) {
        close(descriptor);
        return; /* there is no place for this client */
    }

    clients[descriptor].state = IDLE;
    client_count++;
    print_call("accept", descriptor);
    if (!watch(descriptor, POLLIN))
        drop_client(descriptor); /* the kernel has no room to watch it */
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
static int accept_nonblocking(void)
{
#ifdef __linux__
    return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
    int client = accept(listener, NULL, NULL);
    if (client != -1)
        set_flags(client);

    return client;
#endif
}

/*
 * Called when no descriptor or no memory is left. The next client waits in the
 * backlog, so the listener stays ready. If we went on watching it, run() would
 * never sleep.
 */
static void pause_accepting(void)
{
    watch(listener, 0); /* 0: keep it, but report nothing */
    paused = true;
    paused_until = now() + PAUSE;
}

/* Watches the listener again, now that there may be a descriptor or memory. */
static void resume_accepting(void)
{
    paused = false;
    if (!watch(listener, POLLIN))
        pause_accepting(); /* no memory for that, either: try again later */
}

/* Step 4 of stage 06: accepts waiting clients, but no more than limit. */
static void accept_clients(int limit)
{
    for (int i = 0; i < limit; i++) {
        int client = accept_nonblocking();
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

        /* ECONNABORTED, EPROTO: the client has left. EINTR: a signal came. */
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
 *     LAST_CALL   -> HALF_CLOSED  all that it has sent is answered
 *     HALF_CLOSED -> dropped      it has closed its side
 *
 * An error drops the client in any state, and so does end of file, once read()
 * reports it. While part of a reply is pending, we do not read from that
 * client. So an echo never has more than one buffer pending for each client.
 *
 * Each function that serves a client returns false if it is to be dropped.
 */

static char buffer[65536]; /* for one read(); all clients share it */

/*
 * Sends size bytes. The kernel may take fewer: then the rest is kept in
 * pending, behind what is pending already, and the client becomes PENDING.
 */
static bool send_reply(int descriptor, const char *data, size_t size)
{
    struct client *client = &clients[descriptor];

    size_t written = 0;
    if (client->pending == NULL) {
        ssize_t count = write(descriptor, data, size);
        if (count == -1 && !failed_for_now())
            return false;
        if (count > 0)
            written = (size_t)count;
    }
    size_t rest = size - written;
    if (rest == 0)
        return true;

    char *pending = realloc(client->pending, client->pending_size + rest);
    if (pending == NULL)
        return false;
    memcpy(pending + client->pending_size, data + written, rest);
    client->pending = pending;
    client->pending_size += rest;
    client->state = PENDING;
    return watch(descriptor, POLLOUT);
}

/*
 * The protocol: replies to the bytes that came from one read(). An echo sends
 * them back. This is the place for a protocol of your own. It must not block.
 *
 * A message may arrive in pieces, or together with others. The next read() uses
 * the buffer again: copy what you keep (exercise 07-6). To drop the client,
 * return false; what is pending for it is lost. At end of file, answer() is not
 * called: the client is dropped, with any incomplete message.
 *
 * You may also call send_reply() for another client; if that fails, call
 * drop_client() for it. (For the client being served, return false instead.)
 * What you send to a client that does not read piles up in pending: set a
 * limit. (The echo needs none: it reads nothing more from a client like that.)
 * A child that you fork() must call exec(), or close its copies of our sockets:
 * otherwise clients do not see end of file when we close ours.
 */
static bool answer(int descriptor, const char *data, size_t size)
{
    return send_reply(descriptor, data, size);
}

/* Step 6 of stage 06: reads what the client has sent, and answers. */
static bool serve_idle(int descriptor)
{
    ssize_t size = read(descriptor, buffer, sizeof buffer);
    if (size == -1)
        return failed_for_now();
    if (size == 0)
        return false; /* end of file; in this state, nothing is pending */

    return answer(descriptor, buffer, (size_t)size);
}

/* Writes what is pending. When that is done, we read from the client again. */
static bool serve_pending(int descriptor)
{
    struct client *client = &clients[descriptor];

    ssize_t written = write(descriptor, client->pending, client->pending_size);
    if (written == -1)
        return failed_for_now();

    client->pending_size -= (size_t)written;
    if (client->pending_size > 0) {
        memmove(client->pending, client->pending + written,
                client->pending_size);
        return true;
    }

    free(client->pending);
    client->pending = NULL;
    if (leaving)
        return start_last_call(descriptor);
    client->state = IDLE;
    return watch(descriptor, POLLIN);
}

/*
 * Answers what the client has sent, one read() in each round. When there is
 * nothing more to read, it half-closes the connection with shutdown(2): the
 * client gets its last reply, then end of file. If we closed the connection,
 * and bytes from the client came after our last read(), the client would get an
 * error (EPIPE, ECONNRESET) and might give up before it reads that reply.
 */
static bool serve_last_call(int descriptor)
{
    ssize_t size = read(descriptor, buffer, sizeof buffer);
    if (size > 0)
        return answer(descriptor, buffer, (size_t)size);
    if (size == 0)
        return false;
    if (errno != EAGAIN)
        return errno == EINTR; /* a signal came: read again */

    /* EAGAIN: there is nothing more to read. */
    if (shutdown(descriptor, SHUT_WR) == -1)
        return false;
    clients[descriptor].state = HALF_CLOSED;
    return watch(descriptor, POLLIN);
}

/*
 * We are leaving, and nothing is pending for this client. From now on,
 * serve_last_call() serves it. A silent client is never ready for POLLIN, but
 * has to be half-closed, too. So we also wait for POLLOUT, which is reported as
 * soon as the socket has room for a reply. (If unread replies fill the socket,
 * the client has to read some first.)
 */
static bool start_last_call(int descriptor)
{
    clients[descriptor].state = LAST_CALL;
    return watch(descriptor, POLLIN | POLLOUT);
}

/* Reads and ignores what comes too late, until the client closes its side. */
static bool serve_half_closed(int descriptor)
{
    ssize_t size = read(descriptor, buffer, sizeof buffer);
    if (size == -1)
        return failed_for_now();

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
 * The other parts say what to wait for, with watch() and unwatch(). The loop in
 * run() waits, and asks which descriptors are ready, one after another.
 *
 * On Linux, this part is server-epoll.c once more: the kernel keeps a set of
 * what we watch, and silent clients cost no time. Elsewhere, it is
 * server-poll.c: we keep a list, and poll() looks at all of it in each call.
 */
#ifdef HAVE_EPOLL
#define BATCH 256 /* how many descriptors epoll_wait() may return */
#define LOOKS 10  /* how many times to look before going to sleep */

static int watched;             /* the descriptor of the kernel's set */
static bool in_set[TABLE_SIZE]; /* by descriptor */
static struct epoll_event ready[BATCH];
static int ready_count;
static int ready_index; /* where next_ready() goes on */

static void create_set(void)
{
    watched = epoll_create1(EPOLL_CLOEXEC);
    if (watched == -1)
        die("epoll_create1", "watched");
}

/*
 * Watches the descriptor for exactly these events; they replace those of an
 * earlier call. Returns false if the kernel has no memory for a new descriptor
 * (ENOMEM), or this user watches too many (ENOSPC): see epoll_ctl(2). EPOLLIN
 * and EPOLLOUT have the values of POLLIN and POLLOUT.
 */
static bool watch(int descriptor, short events)
{
    struct epoll_event event = {.events = (unsigned)events,
                                .data.fd = descriptor};

    int operation = in_set[descriptor] ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (epoll_ctl(watched, operation, descriptor, &event) == -1)
        return false;

    in_set[descriptor] = true;
    return true;
}

/*
 * Call this before close(). Otherwise, if a child process had a copy of the
 * socket, the kernel would go on reporting it, under a number that is closed
 * here.
 */
static void unwatch(int descriptor)
{
    epoll_ctl(watched, EPOLL_CTL_DEL, descriptor, NULL);
    in_set[descriptor] = false;
}

/* Waits for timeout ms at most (-1: no limit). Returns whether one is ready. */
static bool find_ready(int timeout)
{
    ready_index = 0;
    ready_count = epoll_wait(watched, ready, BATCH, timeout);
    if (ready_count == -1 && errno != EINTR)
        die("epoll_wait", "watched");

    return ready_count > 0;
}

/* Returns a descriptor that find_ready() has found, or -1 after the last. */
static int next_ready(void)
{
    /*
     * If answer() drops other clients (the echo does not), an event of theirs
     * may still be in ready: skip it. A new client may have that number by now.
     * Serving it is harmless: if it has sent nothing, read() fails with EAGAIN.
     */
    while (ready_index < ready_count) {
        int descriptor = ready[ready_index++].data.fd;
        if (in_set[descriptor])
            return descriptor;
    }

    return -1;
}

#else
#define LOOKS 0 /* sleep at once: here, a look takes time for every client */

static struct pollfd watched[TABLE_SIZE]; /* the list; entry 0 is not used */
static int watched_count;
static int entry_of[TABLE_SIZE]; /* by descriptor; 0: it is not watched */
static int ready_index;          /* where next_ready() goes on, downwards */

/* Nothing to do: the list is there already. */
static void create_set(void)
{
}

/*
 * Watches the descriptor for exactly these events; they replace those of an
 * earlier call. Returns true: there is always room.
 */
static bool watch(int descriptor, short events)
{
    if (entry_of[descriptor] == 0) {
        watched_count++;
        watched[watched_count].fd = descriptor;
        entry_of[descriptor] = watched_count;
    }
    watched[entry_of[descriptor]].events = events;
    return true;
}

/*
 * The last entry moves into the gap, with its revents. If next_ready() has not
 * come to it yet, it will find it in its new place. The old place is cleared,
 * so that it is not found twice.
 */
static void unwatch(int descriptor)
{
    int gap = entry_of[descriptor];

    watched[gap] = watched[watched_count];
    entry_of[watched[gap].fd] = gap;
    entry_of[descriptor] = 0;
    watched[watched_count].revents = 0;
    watched_count--;
}

/* Waits for timeout ms at most (-1: no limit). Returns whether one is ready. */
static bool find_ready(int timeout)
{
    /* Some systems report EAGAIN when they have no memory at the moment. */
    int count = poll(watched + 1, (nfds_t)watched_count, timeout);
    if (count == -1 && !failed_for_now())
        die("poll", "watched");

    ready_index = count > 0 ? watched_count : 0;
    return count > 0;
}

/*
 * Returns a descriptor that find_ready() has found, or -1 after the last. It
 * goes backwards, so the entry that fills a gap has normally had its turn.
 */
static int next_ready(void)
{
    while (ready_index > 0) {
        struct pollfd *next = &watched[ready_index--];
        if (next->revents != 0) {
            next->revents = 0;
            return next->fd;
        }
    }

    return -1;
}
#endif

/*
 * Returns when a descriptor is ready, after timeout ms (-1: no limit), or when
 * a signal comes. With epoll, it does not go to sleep at once: a client often
 * sends its next message within microseconds, and waking up takes longer than a
 * few looks. Between two looks, sched_yield(2) lets other processes run.
 */
static void wait_until_ready(int timeout)
{
    for (int i = 0; i < LOOKS; i++) {
        if (find_ready(0))
            return;
        sched_yield();
    }

    find_ready(timeout);
}

/* ---- 6 The end ---------------------------------------------------------- */

/*
 * Wakes run() up with a byte in the pipe. A handler may only call what
 * signal-safety(7) lists, and must leave errno as it was, so write() must not
 * fail. It cannot, because we write at most PIPE_ROOM bytes in all, and they
 * fit into any pipe. (Only the first two signals matter.)
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
        die("sigaction", "signals");
    if (before.sa_handler != SIG_IGN && sigaction(number, &action, NULL) == -1)
        die("sigaction", "signals");
}

/* Lets SIGINT, SIGTERM and SIGHUP wake run() up instead of killing us. */
static void catch_signals(void)
{
    sigset_t none;

    if (pipe(wake) == -1)
        die("pipe", "wake");
    set_flags(wake[0]);
    set_flags(wake[1]);

    catch_signal(SIGINT);     /* Ctrl-C */
    catch_signal(SIGTERM);    /* kill */
    catch_signal(SIGHUP);     /* the terminal was closed */
    signal(SIGPIPE, SIG_IGN); /* write() to a client that is gone: EPIPE */
    signal(SIGXFSZ, SIG_IGN); /* stdout is a file at its size limit: EFBIG */

    /* We may have inherited blocked signals: unblock them. */
    sigemptyset(&none);
    if (sigprocmask(SIG_SETMASK, &none, NULL) == -1)
        die("sigprocmask", "signals");
}

/*
 * Empties the pipe: signals that come together count as one. Returns false if
 * read() was interrupted (EINTR); the pipe is still ready then.
 */
static bool read_signals(void)
{
    char bytes[PIPE_ROOM];

    return read(wake[0], bytes, sizeof bytes) > 0;
}

/*
 * Called at the first signal. Removes the path, so that no new client comes,
 * and accepts those in the backlog, as many as there are descriptors for. From
 * then on, part 4 sends each client its last reply.
 */
static void start_leaving(void)
{
    remove_path();                 /* if that fails, main() tries again */
    accept_clients(2 * SOMAXCONN); /* more than any backlog holds */
    unwatch(listener);
    close(listener);
    print_call("close", listener);
    listener = -1;

    leaving = true;
    leave_by = now() + PATIENCE;
    paused = false; /* do not resume: the listener is closed */

    /* PENDING clients get their last call later, from serve_pending(). */
    for (int i = 0; i < TABLE_SIZE; i++)
        if (clients[i].state == IDLE && !start_last_call(i))
            drop_client(i);
}

/* ---- 7 Helpers ---------------------------------------------------------- */

/*
 * Opens /dev/null in place of standard input, output or error, where one is
 * closed (">&-" in a shell). Otherwise a socket would get that number, the
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
 * print_call() could block, and all clients with it. print_call() asks poll()
 * first, but that is not enough. After Ctrl-S, the terminal's buffer fills up.
 * When less than a line fits, poll() still reports POLLOUT, and write() blocks
 * until Ctrl-Q. O_NONBLOCK on descriptor 1 itself would change it for the
 * shell, too, which shares it. Standard error may block: we write to it only
 * when we exit. (O_NOCTTY: open(2) must not make it our controlling terminal.)
 */
static void reopen_terminal(void)
{
    const char *name = ttyname(STDOUT_FILENO);
    if (name == NULL)
        return; /* it is not a terminal, or has no name here */

    int terminal = open(name, O_WRONLY | O_NONBLOCK | O_NOCTTY);
    if (terminal == -1)
        return; /* it may belong to another user: keep the one we have */
    dup2(terminal, STDOUT_FILENO);
    close(terminal);
}

/*
 * Sets the limit of descriptors as high as the hard limit (getrlimit(2)) and
 * the size of our tables allow. If that fails, fewer clients fit.
 */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
        return;
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max < TABLE_SIZE ? limit.rlim_max : TABLE_SIZE;

    /* macOS may refuse the hard limit: halve the value until it is accepted. */
    while (setrlimit(RLIMIT_NOFILE, &limit) == -1 &&
           limit.rlim_cur / 2 > before)
        limit.rlim_cur /= 2;
}

/* Returns a new stream socket, non-blocking and close-on-exec; or exits. */
static int new_socket(void)
{
    int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    if (descriptor == -1)
        die("socket", "AF_UNIX");
    set_flags(descriptor);

    return descriptor;
}

/* Makes a descriptor non-blocking, and close-on-exec: closed by exec(3). */
static void set_flags(int descriptor)
{
    if (fcntl(descriptor, F_SETFL, O_NONBLOCK) == -1 ||
        fcntl(descriptor, F_SETFD, FD_CLOEXEC) == -1)
        die("fcntl", "descriptor");
}

/* EAGAIN, EINTR: the call failed, but may succeed if it is repeated. */
static bool failed_for_now(void)
{
    return errno == EAGAIN || errno == EINTR;
}

/* Returns the time in milliseconds, from a clock that cannot be set. */
static long long now(void)
{
    struct timespec time;

    if (clock_gettime(CLOCK_MONOTONIC, &time) == -1)
        die("clock_gettime", "CLOCK_MONOTONIC");
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

/* Returns how long run() may sleep, in milliseconds; -1: without a limit. */
static int time_left(void)
{
    if (!leaving && !paused)
        return -1;

    long long left = (leaving ? leave_by : paused_until) - now();
    return left > 0 ? (int)left : 0;
}

/*
 * Prints a call that has succeeded, and its descriptor. The line is lost if
 * printing would block, or fails.
 */
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

/* Prints why we do not start, if the reason is not in errno, and exits. */
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
