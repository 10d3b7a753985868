/*
 * tests/faults/calls.c - makes calls by name, to test the injector, faults.c.
 *
 * Build: cc -O0 -U_FORTIFY_SOURCE -pthread -o calls calls.c
 * Run:   ./calls CALL...          makes each call, and prints what it returned
 *                                 and then errno: "read -1 5"
 *        ./calls pass WRITE READ  sends "abcdef" through a socket pair with one
 *                                 call, receives it with the other, and prints
 *                                 the bytes that each call moved, and the text
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long make_call(const char *name);
static int pass(const char *write_call, const char *read_call);
static long transfer(const char *name, int descriptor, char *text, size_t size);
static void die(const char *what);

int main(int argc, char *argv[])
{
    if (argc == 4 && strcmp(argv[1], "pass") == 0)
        return pass(argv[2], argv[3]);

    for (int i = 1; i < argc; i++) {
        errno = 0;
        long result = make_call(argv[i]);
        printf("%s %ld %d\n", argv[i], result, errno);
    }

    return EXIT_SUCCESS;
}

static void *no_thread(void *unused)
{
    return unused;
}

/* If the call has this name, make_call() makes it and returns its result. */
#define TRY(call, expression)                                                  \
    if (strcmp(name, #call) == 0)                                              \
    return (long)(expression)

static long make_call(const char *name)
{
    static char data[8];
    void *nothing = NULL; /* not a constant: compilers make it malloc() */
    struct iovec part = {.iov_base = data, .iov_len = sizeof data};
    struct mmsghdr message = {.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}};
    struct sockaddr address = {.sa_family = AF_UNIX};
    socklen_t size = sizeof address;
    struct timespec no_time = {0};
    struct epoll_event event = {0};
    struct sigaction action;
    struct stat found;
    struct statx more;
    struct rlimit limit = {0};
    sigset_t none;
    siginfo_t information;
    pthread_t thread = pthread_self();
    int two[2];

    sigemptyset(&none);

    TRY(socket, socket(AF_UNIX, SOCK_STREAM, 0));
    TRY(socketpair, socketpair(AF_UNIX, SOCK_STREAM, 0, two));
    TRY(bind, bind(-1, &address, size));
    TRY(listen, listen(-1, 1));
    TRY(accept, accept(-1, NULL, NULL));
    TRY(accept4, accept4(-1, NULL, NULL, 0));
    TRY(connect, connect(-1, &address, size));
    TRY(shutdown, shutdown(-1, SHUT_WR));
    TRY(getsockopt, getsockopt(-1, SOL_SOCKET, SO_TYPE, data, &size));
    TRY(setsockopt, setsockopt(-1, SOL_SOCKET, SO_SNDBUF, data, size));
    TRY(getsockname, getsockname(-1, &address, &size));
    TRY(getpeername, getpeername(-1, &address, &size));

    TRY(read, read(-1, data, sizeof data));
    TRY(write, write(-1, data, sizeof data));
    TRY(readv, readv(-1, &part, 1));
    TRY(writev, writev(-1, &part, 1));
    TRY(recv, recv(-1, data, sizeof data, 0));
    TRY(send, send(-1, data, sizeof data, 0));
    TRY(recvfrom, recvfrom(-1, data, sizeof data, 0, NULL, NULL));
    TRY(sendto, sendto(-1, data, sizeof data, 0, NULL, 0));
    TRY(recvmsg, recvmsg(-1, &message.msg_hdr, 0));
    TRY(sendmsg, sendmsg(-1, &message.msg_hdr, 0));
    TRY(recvmmsg, recvmmsg(-1, &message, 1, 0, NULL));
    TRY(sendmmsg, sendmmsg(-1, &message, 1, 0));

    TRY(open, open("/dev/null", O_RDONLY));
    TRY(openat, openat(AT_FDCWD, "/dev/null", O_RDONLY));
    TRY(close, close(-1));
    TRY(lseek, lseek(-1, 0, SEEK_CUR));
    TRY(fcntl, fcntl(-1, F_GETFD));
    TRY(dup, dup(0));
    TRY(dup2, dup2(-1, 0));
    TRY(dup3, dup3(-1, 0, 0));
    TRY(pipe, pipe(two));
    TRY(pipe2, pipe2(two, O_CLOEXEC));

    TRY(access, access("", F_OK));
    TRY(faccessat, faccessat(AT_FDCWD, "", F_OK, 0));
    TRY(stat, stat("", &found));
    TRY(lstat, lstat("", &found));
    TRY(fstat, fstat(-1, &found));
    TRY(fstatat, fstatat(AT_FDCWD, "", &found, 0));
    TRY(statx, statx(AT_FDCWD, "", 0, STATX_TYPE, &more));
    TRY(unlink, unlink(""));
    TRY(unlinkat, unlinkat(AT_FDCWD, "", 0));
    TRY(rename, rename("", ""));
    TRY(link, link("", ""));
    TRY(symlink, symlink("", ""));
    TRY(mkdir, mkdir("", 0700));
    TRY(rmdir, rmdir(""));
    TRY(chmod, chmod("", 0600));
    TRY(fchmod, fchmod(-1, 0600));

    TRY(poll, poll(NULL, 0, 0));
    TRY(ppoll, ppoll(NULL, 0, &no_time, NULL));
    TRY(select, select(0, NULL, NULL, NULL, &(struct timeval){0}));
    TRY(pselect, pselect(0, NULL, NULL, NULL, &no_time, NULL));
    TRY(epoll_create, epoll_create(1));
    TRY(epoll_create1, epoll_create1(0));
    TRY(epoll_ctl, epoll_ctl(-1, EPOLL_CTL_ADD, 0, &event));
    TRY(epoll_wait, epoll_wait(-1, &event, 1, 0));
    TRY(epoll_pwait, epoll_pwait(-1, &event, 1, 0, NULL));
    TRY(eventfd, eventfd(0, 0));
    TRY(signalfd, signalfd(-1, &none, 0));

    TRY(nanosleep, nanosleep(&no_time, NULL));
    TRY(clock_nanosleep, clock_nanosleep(CLOCK_MONOTONIC, 0, &no_time, NULL));
    TRY(usleep, usleep(0));
    TRY(sleep, sleep(7));
    TRY(pause, pause());
    TRY(clock_gettime, clock_gettime(CLOCK_MONOTONIC, &no_time));
    TRY(getrlimit, getrlimit(RLIMIT_NOFILE, &limit));
    TRY(setrlimit, setrlimit(RLIMIT_CORE, &limit));
    TRY(prctl, prctl(PR_GET_DUMPABLE));

    TRY(fork, fork());
    TRY(kill, kill(getpid(), 0));
    TRY(wait, wait(NULL));
    TRY(waitpid, waitpid(-1, NULL, 0));
    TRY(waitid, waitid(P_ALL, 0, &information, WEXITED));
    TRY(sigaction, sigaction(SIGTERM, NULL, &action));
    TRY(sigprocmask, sigprocmask(SIG_BLOCK, &none, NULL));
    TRY(signal, (intptr_t)signal(SIGTERM, SIG_DFL));
    TRY(malloc, (intptr_t)malloc(1));
    TRY(calloc, (intptr_t)calloc(1, 1));
    TRY(realloc, (intptr_t)realloc(nothing, 1));
    TRY(strdup, (intptr_t)strdup(name));
    TRY(pthread_create, pthread_create(&thread, NULL, no_thread, NULL));
    TRY(pthread_detach, pthread_detach(thread));
    TRY(pthread_join, pthread_join(thread, NULL));
    TRY(pthread_sigmask, pthread_sigmask(SIG_BLOCK, &none, NULL));

    fprintf(stderr, "calls: %s: there is no such call here\n", name);
    exit(2);
}

/* Sends a text until all of it is sent, and receives until all has come. */
static int pass(const char *write_call, const char *read_call)
{
    char text[] = "abcdef", got[sizeof text] = "";
    const size_t size = sizeof text - 1;
    size_t sent = 0, received = 0;
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
        die("socketpair");
    while (sent < size) {
        long moved = transfer(write_call, pair[0], text + sent, size - sent);
        printf("%ld ", moved);
        sent += (size_t)moved;
    }
    while (received < size) {
        long moved = transfer(read_call, pair[1], got + received,
                              size - received);
        printf("%ld ", moved);
        received += (size_t)moved;
    }
    puts(got);

    return EXIT_SUCCESS;
}

/*
 * Makes one call for these bytes, and returns how many it moved. Where it takes
 * several buffers, the first is empty. sendmsg() passes a descriptor along, and
 * recvmsg() has to get it. Whatever the injector does, it must not change the
 * program's own array of buffers.
 */
static long transfer(const char *name, int descriptor, char *text, size_t size)
{
    size_t first = size < 2 ? size : 2;
    struct iovec parts[] = {
        {text, 0}, {text, first}, {text + first, size - first}};
    struct iovec before[3];
    union {
        struct cmsghdr header;
        char space[2 * CMSG_SPACE(sizeof(int))]; /* more than needed */
    } control = {.header = {.cmsg_level = SOL_SOCKET,
                            .cmsg_type = SCM_RIGHTS,
                            .cmsg_len = CMSG_LEN(sizeof(int))}};
    struct msghdr message = {.msg_iov = parts,
                             .msg_iovlen = 3,
                             .msg_control = &control,
                             .msg_controllen = CMSG_SPACE(sizeof(int))};
    struct mmsghdr several[] = {
        {.msg_hdr = {.msg_iov = &parts[1], .msg_iovlen = 1}},
        {.msg_hdr = {.msg_iov = &parts[2], .msg_iovlen = 1}}};
    unsigned int count = size > first ? 2 : 1;
    long result = -1;

    memcpy(before, parts, sizeof parts);

    if (strcmp(name, "read") == 0)
        result = read(descriptor, text, size);
    else if (strcmp(name, "write") == 0)
        result = write(descriptor, text, size);
    else if (strcmp(name, "recv") == 0)
        result = recv(descriptor, text, size, 0);
    else if (strcmp(name, "send") == 0)
        result = send(descriptor, text, size, 0);
    else if (strcmp(name, "recvfrom") == 0)
        result = recvfrom(descriptor, text, size, 0, NULL, NULL);
    else if (strcmp(name, "sendto") == 0)
        result = sendto(descriptor, text, size, 0, NULL, 0);
    else if (strcmp(name, "readv") == 0)
        result = readv(descriptor, parts, 3);
    else if (strcmp(name, "writev") == 0)
        result = writev(descriptor, parts, 3);
    else if (strcmp(name, "sendmsg") == 0) {
        memcpy(CMSG_DATA(&control.header), &descriptor, sizeof descriptor);
        result = sendmsg(descriptor, &message, 0);
    } else if (strcmp(name, "recvmsg") == 0) {
        memset(&control, 0, sizeof control);
        message.msg_controllen = sizeof control;
        message.msg_flags = -1;
        result = recvmsg(descriptor, &message, 0);
        if (message.msg_flags != 0 ||
            message.msg_controllen != CMSG_SPACE(sizeof(int)) ||
            control.header.cmsg_type != SCM_RIGHTS)
            die("recvmsg: no descriptor");
    } else if (strcmp(name, "sendmmsg") == 0)
        result = sendmmsg(descriptor, several, count, 0);
    else if (strcmp(name, "recvmmsg") == 0)
        result = recvmmsg(descriptor, several, count, MSG_DONTWAIT, NULL);

    if (result == -1)
        die(name);
    if (memcmp(before, parts, sizeof parts) != 0 || message.msg_iov != parts ||
        message.msg_iovlen != 3)
        die("the program's own buffers are changed");
    if (strstr(name, "mmsg") != NULL) /* it has returned a number of messages */
        return (long)several[0].msg_len +
               (result == 2 ? (long)several[1].msg_len : 0);
    return result;
}

static void die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}
