/*
 * 07-multiclient/server-thread.c - 06 and a thread for each client.
 *
 *     socket -> bind -> listen -> accept -> READ/WRITE -> close
 *
 * Build: cc -pthread server-thread.c -o server-thread
 * Run:   ./server-thread hello.sock
 *
 * Each client is served by a thread of its own, which may block in read()
 * without making the other clients wait. The server runs until Ctrl-C.
 */
#define _POSIX_C_SOURCE 200809L /* declare what POSIX.1-2008 defines */
#define _FILE_OFFSET_BITS 64    /* 64-bit inode numbers everywhere */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG SOMAXCONN /* the maximum: many clients may come at once */

static const char *bound_path; /* the path that we gave to bind() */
static struct stat bound_file; /* and the file that bind() created there */
static sigset_t ending;        /* the signals that end the server */

static void open_standard_descriptors(void);
static void hold_signals(void);
static void leave(int signal_number);
static void print_call(const char *call, int descriptor);
static void *run_thread(void *argument);
static void serve(int client);
static int write_all(int descriptor, const char *data, size_t size);
static void die(const char *call, const char *what);
static bool path_is_ours(void);

int main(int argc, char *argv[])
{
    if (argc != 2 || argv[1][0] == '\0') {
        fprintf(stderr, "usage: %s PATH\n", argv[0]);
        return 2; /* 2: wrong usage; 1: a call failed; 0: all went well */
    }
    const char *path = argv[1];

    /* Print each line at once, even into a pipe, which stdio would buffer. */
    setvbuf(stdout, NULL, _IOLBF, 0);
    open_standard_descriptors();

    /* A write to a client that is gone must fail (EPIPE), and not kill us. */
    signal(SIGPIPE, SIG_IGN);
    hold_signals();

    /*
     * 1. socket: ask the kernel for a socket, an endpoint for communication.
     *    AF_UNIX reaches processes on the same machine. SOCK_STREAM carries
     *    bytes in order, both ways, as on a telephone line. 0 is the default
     *    protocol. The socket stays in the kernel. We get a file descriptor,
     *    the lowest number that is free, to refer to it. The variable is
     *    called listener because stage 03 makes the socket listen.
     */
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (listener == -1)
        die("socket", "AF_UNIX");
    print_call("socket", listener);

    /*
     * 2. bind: give the socket a name that clients can find, a path. A file of
     *    type s appears there. It is only a name: no data reaches the disk.
     *    The path must fit into sun_path with its '\0', because a path cut
     *    short would name a different file.
     */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        fprintf(stderr, "server: %s: path too long: at most %zu bytes fit\n",
                path, sizeof address.sun_path - 1);
        return EXIT_FAILURE;
    }
    strcpy(address.sun_path, path);

    /*
     * If anything is at the path already, bind() fails with EADDRINUSE. Do not
     * remove it first: it may belong to a running server. (The cast is needed
     * because bind() takes addresses of every domain.)
     */
    if (bind(listener, (struct sockaddr *)&address, sizeof address) == -1)
        die("bind", path);
    if (lstat(path, &bound_file) == -1)
        die("lstat", path);
    bound_path = path;
    print_call("bind", listener);
    printf("         named %s\n", path);

    /*
     * 3. listen: turn the active socket into a passive one, for good. It never
     *    calls another socket: clients call it. From here on the kernel
     *    completes a client's connect() by itself and puts the new connection
     *    into a queue, the backlog, until the server accepts it. When the queue
     *    is full, the next connect() blocks on Linux; other systems refuse it.
     */
    if (listen(listener, BACKLOG) == -1)
        die("listen", path);
    print_call("listen", listener);
    printf("         up to %d clients may wait\n", BACKLOG);

    /* From here on, a signal ends the server. */
    if (sigprocmask(SIG_UNBLOCK, &ending, NULL) == -1)
        die("sigprocmask", "SIG_UNBLOCK");

    /*
     * 4. accept: take the first connection out of the queue. If the queue is
     *    empty, accept() blocks: the process sleeps until a client connects.
     *    The result is a NEW descriptor, connected to this client, and all
     *    data goes through that one. The listening descriptor stays open and
     *    passive, ready for the next accept(). The two NULLs decline the
     *    client's address; our clients have none.
     */
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client == -1)
            die("accept", path);
        print_call("accept", client);

        /*
         * pthread_create: start a thread, another flow of execution in this
         * process. All threads share its memory and its descriptors. The thread
         * gets the number of the descriptor, not the address of this variable:
         * main() may have stored the next client's there before it looks.
         */
        pthread_t thread;
        int error = pthread_create(&thread, NULL, run_thread,
                                   (void *)(intptr_t)client);
        if (error == 0) {
            pthread_detach(thread); /* we do not wait for its end */
            continue;
        }

        /* The result is the error itself; errno is not set. */
        fprintf(stderr, "server: pthread_create: client: %s\n",
                strerror(error));
        if (close(client) == -1)
            die("close", "client");
        printf("close    descriptor %d\n", client);
    }
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

/*
 * Makes leave() the handler of SIGINT (Ctrl-C), SIGTERM (kill) and SIGHUP (the
 * terminal was closed), and holds these signals back (sigprocmask(2)) until
 * main() releases them: right after bind(), leave() does not know the path yet.
 */
static void hold_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = leave};

    sigfillset(&action.sa_mask); /* no signal interrupts leave() */
    sigemptyset(&ending);
    for (int i = 0; i < 3; i++) {
        sigaddset(&ending, numbers[i]);
        if (sigaction(numbers[i], &action, NULL) == -1)
            die("sigaction", "leave");
    }
    if (sigprocmask(SIG_BLOCK, &ending, NULL) == -1)
        die("sigprocmask", "SIG_BLOCK");
}

/*
 * Removes the path and exits. A signal may interrupt the program anywhere, so
 * its handler may only call what signal-safety(7) lists. lstat(), unlink(),
 * write() and _exit() are on that list; printf() and exit() are not. Two
 * signals may run it in two threads at once: the slower one gets ENOENT.
 */
static void leave(int signal_number)
{
    static const char message[] = "server: unlink: the path was not removed\n";

    (void)signal_number;
    if (path_is_ours() && unlink(bound_path) == -1 && errno != ENOENT) {
        ssize_t ignored = write(STDERR_FILENO, message, sizeof message - 1);
        (void)ignored; /* there is nothing left to do about an error */
        _exit(EXIT_FAILURE);
    }
    _exit(EXIT_SUCCESS);
}

/*
 * Prints the name of a call that succeeded, its descriptor, and whether the
 * socket behind it is passive now. The kernel knows (getsockopt(2),
 * SO_ACCEPTCONN in socket(7)), but some systems do not answer: ENOPROTOOPT.
 */
static void print_call(const char *call, int descriptor)
{
    int passive;
    socklen_t size = sizeof passive;
    const char *role = "";

    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &passive, &size) == 0)
        role = passive ? ": passive" : ": active";
    else if (errno != ENOPROTOOPT)
        die("getsockopt", "SO_ACCEPTCONN");

    printf("%-8s descriptor %d%s\n", call, descriptor, role);
}

/* Runs in each thread. The argument is the number of its descriptor. */
static void *run_thread(void *argument)
{
    int client = (int)(intptr_t)argument;

    /* 6. read and write until it leaves. No other client waits. */
    serve(client);

    /* A server that forgets this will run out of descriptors. */
    if (close(client) == -1)
        die("close", "client");
    printf("close    descriptor %d\n", client);

    return NULL;
}

/*
 * Sends back to the client what it writes, until read(2) returns 0: the client
 * will send no more. A stream carries bytes, not messages: what was written
 * in two pieces may be read in one, or in three. A client that leaves early
 * harms only itself: the error is printed, and the server goes on.
 */
static void serve(int client)
{
    char buffer[4096];
    ssize_t size;
    long long total = 0;

    while ((size = read(client, buffer, sizeof buffer)) != 0) {
        if (size == -1 && errno == EINTR)
            continue;
        if (size == -1 || write_all(client, buffer, (size_t)size) == -1) {
            fprintf(stderr, "server: %s: client: %s\n",
                    size == -1 ? "read" : "write", strerror(errno));
            break;
        }
        total += size;
    }

    printf("echo     %lld bytes\n", total);
}

/*
 * Writes all size bytes. One write() may take fewer, and returns how many; a
 * signal may interrupt it before the first (EINTR). Returns 0, or -1 with errno
 * set by write(2): EPIPE or ECONNRESET if the peer is gone.
 */
static int write_all(int descriptor, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t written = write(descriptor, data, size);
        if (written == -1 && errno == EINTR)
            continue;
        if (written == -1)
            return -1;

        data += written;
        size -= (size_t)written;
    }

    return 0;
}

/*
 * Prints which call failed, on what, and the reason that it left in errno
 * (errno(3)). Removes our path, adds advice if the error is a common one for
 * bind(), and exits with status 1.
 */
static void die(const char *call, const char *what)
{
    int error = errno; /* the calls below may change it */

    fprintf(stderr, "server: %s: %s: %s\n", call, what, strerror(error));
    if (path_is_ours())
        unlink(bound_path);

    if (error == EADDRINUSE)
        fprintf(stderr, "server: if no server is using it: rm %s\n", what);
    else if (error == ENOENT)
        fprintf(stderr, "server: a part of that path does not exist\n");
    else if (error == EACCES)
        fprintf(stderr, "server: you may not create files in that folder\n");
    exit(EXIT_FAILURE);
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
