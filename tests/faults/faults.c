/*
 * tests/faults/faults.c - makes a program's calls fail, as a test asks for it.
 *
 * Build: cc -shared -fPIC -o faults.so faults.c
 * Run:   env LD_PRELOAD=$PWD/faults.so FAULTS=accept:2:EMFILE ./server PATH
 *
 * Preloaded, it stands between a program and its C library. It sees the calls
 * of the program itself, but not those that the library makes on its own (the
 * malloc() of printf(), for example). Three variables control it:
 *
 * FAULTS        CALL:WHICH:WHAT, or several of these with commas between them.
 *               The first one that matches a call decides.
 *     WHICH     2       the second call          1-3     the first to third
 *               *       every call               even    every second call
 *               every7  every seventh call
 *     WHAT      EMFILE  or another error: the call fails with it
 *               +EINTR  the call is made, but reports that it failed
 *               short   a call that transfers data transfers one byte at most
 *               stop    the call is made, and then the program stops (SIGSTOP)
 * FAULTS_LOG    a file that gets a line for each call before it is made: the
 *               call's name, and the fault if there is one: "accept EMFILE". A
 *               call that fails by itself because its descriptor is not open
 *               gets a second line: "not open: close".
 * FAULTS_LIMIT  seconds after which the program is killed, because it hangs.
 * FAULTS_BESIDE a text that LD_PRELOAD must contain, or the program's calls are
 *               left as they are. valgrind adds its own libraries there for the
 *               program under it: with "vgpreload" the script and the launcher
 *               that start valgrind can have these variables, too.
 *
 * The children of a program count as part of it: the second call is the second
 * one that any of them makes. A call that fails is not made, except close(): on
 * Linux it frees the descriptor even when it fails.
 *
 * Build the programs without optimisation and with -U_FORTIFY_SOURCE. Otherwise
 * some calls have other names, or come from elsewhere.
 */
#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define RULES 16      /* FAULTS may have this many */
#define LOG_FROM 500  /* the log's descriptor: the program expects lower ones */
#define SHORT INT_MAX /* what fault() returns for "short": no error's number */
#define STOP (-1)     /* the same for "stop" */

/* What a call returns when it fails. */
enum failure {
    MINUS_ONE,    /* -1, and sets errno */
    NULL_POINTER, /* NULL, and sets errno */
    ERROR_NUMBER, /* the number of the error */
    ALL_LEFT,     /* its argument: sleep() has slept for none of it */
};

/*
 * The calls: the name that the linker knows, and the name in FAULTS and in the
 * log. All wrappers are alike: they pass on arguments and results of any type,
 * as long as each fits into a register (x86-64, arm64 and the like). The test
 * in injector.bats reads this list.
 */
/* clang-format off */
#define CALLS(MINUS, ZERO, NUMBER, LEFT)                                       \
    MINUS(socket, socket) MINUS(socketpair, socketpair) MINUS(bind, bind)      \
    MINUS(listen, listen) MINUS(accept, accept) MINUS(accept4, accept4)        \
    MINUS(connect, connect) MINUS(shutdown, shutdown)                          \
    MINUS(getsockopt, getsockopt) MINUS(setsockopt, setsockopt)                \
    MINUS(getsockname, getsockname) MINUS(getpeername, getpeername)            \
    MINUS(read, read) MINUS(write, write) MINUS(readv, readv)                  \
    MINUS(writev, writev) MINUS(recv, recv) MINUS(send, send)                  \
    MINUS(recvfrom, recvfrom) MINUS(sendto, sendto) MINUS(recvmsg, recvmsg)    \
    MINUS(sendmsg, sendmsg) MINUS(recvmmsg, recvmmsg)                          \
    MINUS(sendmmsg, sendmmsg)                                                  \
    MINUS(open, open) MINUS(open64, open) MINUS(openat, openat)                \
    MINUS(openat64, openat) MINUS(close, close) MINUS(lseek, lseek)            \
    MINUS(lseek64, lseek) MINUS(fcntl, fcntl) MINUS(fcntl64, fcntl)            \
    MINUS(dup, dup) MINUS(dup2, dup2) MINUS(dup3, dup3) MINUS(pipe, pipe)      \
    MINUS(pipe2, pipe2)                                                        \
    MINUS(access, access) MINUS(faccessat, faccessat) MINUS(stat, stat)        \
    MINUS(lstat, lstat) MINUS(fstat, fstat) MINUS(fstatat, fstatat)            \
    MINUS(statx, statx) MINUS(stat64, stat) MINUS(lstat64, lstat)              \
    MINUS(fstat64, fstat) MINUS(fstatat64, fstatat) MINUS(__xstat, stat)       \
    MINUS(__lxstat, lstat) MINUS(__fxstat, fstat)                              \
    MINUS(unlink, unlink) MINUS(unlinkat, unlinkat) MINUS(rename, rename)      \
    MINUS(link, link) MINUS(symlink, symlink) MINUS(mkdir, mkdir)              \
    MINUS(rmdir, rmdir) MINUS(chmod, chmod) MINUS(fchmod, fchmod)              \
    MINUS(poll, poll) MINUS(ppoll, ppoll) MINUS(select, select)                \
    MINUS(pselect, pselect) MINUS(epoll_create, epoll_create)                  \
    MINUS(epoll_create1, epoll_create1) MINUS(epoll_ctl, epoll_ctl)            \
    MINUS(epoll_wait, epoll_wait) MINUS(epoll_pwait, epoll_pwait)              \
    MINUS(eventfd, eventfd) MINUS(signalfd, signalfd)                          \
    MINUS(nanosleep, nanosleep) MINUS(usleep, usleep) MINUS(pause, pause)      \
    MINUS(clock_gettime, clock_gettime) MINUS(getrlimit, getrlimit)            \
    MINUS(getrlimit64, getrlimit) MINUS(setrlimit, setrlimit)                  \
    MINUS(setrlimit64, setrlimit) MINUS(prctl, prctl)                          \
    MINUS(fork, fork) MINUS(kill, kill) MINUS(wait, wait)                      \
    MINUS(waitpid, waitpid) MINUS(waitid, waitid) MINUS(sigaction, sigaction)  \
    MINUS(sigprocmask, sigprocmask) MINUS(signal, signal)                      \
    MINUS(__sysv_signal, signal) /* -1 is SIG_ERR */                           \
    ZERO(malloc, malloc) ZERO(calloc, calloc) ZERO(realloc, realloc)           \
    ZERO(strdup, strdup)                                                       \
    NUMBER(pthread_create, pthread_create)                                     \
    NUMBER(pthread_detach, pthread_detach) NUMBER(pthread_join, pthread_join)  \
    NUMBER(pthread_sigmask, pthread_sigmask)                                   \
    NUMBER(clock_nanosleep, clock_nanosleep)                                   \
    LEFT(sleep, sleep)
/* clang-format on */

#define INDEX(symbol, name) n_##symbol,
#define NAME(symbol, name) #name,
enum call { CALLS(INDEX, INDEX, INDEX, INDEX) COUNT };
static const char *const names[] = {CALLS(NAME, NAME, NAME, NAME)};

#define E(name)                                                                \
    {                                                                          \
#name, name                                                            \
    }
static const struct what {
    const char *name;
    int error;
} whats[] = {
    {"short", SHORT}, {"stop", STOP}, E(EACCES),    E(EADDRINUSE),
    E(EAGAIN),        E(EBADF),       E(ECHILD),    E(ECONNABORTED),
    E(ECONNREFUSED),  E(ECONNRESET),  E(EDQUOT),    E(EEXIST),
    E(EINTR),         E(EINVAL),      E(EIO),       E(EMFILE),
    E(ENFILE),        E(ENOBUFS),     E(ENOENT),    E(ENOLCK),
    E(ENOMEM),        E(ENOPROTOOPT), E(ENOSPC),    E(ENOSYS),
    E(ENOTCONN),      E(ENOTDIR),     E(ENOTEMPTY), E(EPERM),
    E(EPIPE),         E(EPROTO),      E(EROFS),     E(ESRCH),
    E(ETIMEDOUT),     E(EXDEV),
};

static struct rule {
    char call[32];
    unsigned long first;
    unsigned long last;
    unsigned long step;
    const struct what *what;
    bool made;
} rules[RULES];
static size_t rule_count;
static atomic_ulong *counts; /* one a call, shared with the children */
static int log_file = -1;
static uintptr_t program_start; /* the addresses of the program's own code */
static uintptr_t program_end;

/* Exits: with FAULTS misunderstood, the test would prove nothing. */
static void misused(const char *what)
{
    fprintf(stderr, "faults.so: not understood: %s\n", what);
    _exit(125);
}

/* Kills the process after the limit. Each child needs a timer of its own. */
static void limit_time(void)
{
    const char *limit = getenv("FAULTS_LIMIT");
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL};
    struct itimerspec time = {.it_value = {.tv_nsec = 0}};
    int timer;

    if (limit == NULL)
        return;
    event.sigev_signo = SIGKILL;
    time.it_value.tv_sec = atoi(limit);
    if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer) == -1 ||
        syscall(SYS_timer_settime, timer, 0, &time, NULL) == -1)
        misused("FAULTS_LIMIT");
}

/* Converts CALL:WHICH:WHAT to a rule. */
static void parse(const char *text, struct rule *rule)
{
    char which[32], what[32];
    bool known = false;
    int length = 0; /* of N or N-M */

    if (sscanf(text, "%31[^:]:%31[^:]:%31s", rule->call, which, what) != 3)
        misused(text);
    rule->step = 1;
    rule->last = ULONG_MAX;
    if (strcmp(which, "*") == 0)
        rule->first = 1;
    else if (strcmp(which, "even") == 0)
        rule->first = rule->step = 2;
    else if (sscanf(which, "every%lu", &rule->step) == 1 && rule->step > 0)
        rule->first = rule->step;
    else if (sscanf(which, "%lu%n-%lu%n", &rule->first, &length, &rule->last,
                    &length) == 1)
        rule->last = rule->first;
    if (length > 0 && which[length] != '\0')
        misused(text);
    rule->made = what[0] == '+';
    for (size_t i = 0; i < sizeof whats / sizeof whats[0]; i++)
        if (strcmp(what + rule->made, whats[i].name) == 0)
            rule->what = &whats[i];
    for (size_t i = 0; i < COUNT; i++)
        known = known || strcmp(rule->call, names[i]) == 0;
    if (!known || rule->first == 0 || rule->what == NULL)
        misused(text);
}

/* Finds the code of the program: the linker lists it first. */
static int find_program(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD &&
            (info->dlpi_phdr[i].p_flags & PF_X)) {
            program_start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            program_end = program_start + info->dlpi_phdr[i].p_memsz;
        }
    return 1;
}

/* Is the library that must be preloaded beside this one missing? */
static bool lacks_other(void)
{
    const char *beside = getenv("FAULTS_BESIDE");
    const char *preloaded = getenv("LD_PRELOAD");

    return beside != NULL &&
           (preloaded == NULL || strstr(preloaded, beside) == NULL);
}

__attribute__((constructor)) static void begin(void)
{
    const char *log = getenv("FAULTS_LOG");
    const char *text = getenv("FAULTS");
    char copy[512], *rest = copy, *word;

    if (lacks_other())
        return;
    snprintf(copy, sizeof copy, "%s", text == NULL ? "" : text);
    if (strlen(text == NULL ? "" : text) >= sizeof copy)
        misused(text);
    while ((word = strtok_r(rest, ",", &rest)) != NULL) {
        if (rule_count == RULES)
            misused(text);
        parse(word, &rules[rule_count++]);
    }
    if (log != NULL) {
        int file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
                        (mode_t)0600);
        struct rlimit most;
        int from = LOG_FROM;
        if (getrlimit(RLIMIT_NOFILE, &most) == 0 && most.rlim_cur <= LOG_FROM)
            from = (int)most.rlim_cur - 1; /* the highest there is */
        log_file = fcntl(file, F_DUPFD_CLOEXEC, from);
        if (close(file) == -1 || log_file == -1)
            misused(log);
    }
    limit_time();
    dl_iterate_phdr(find_program, NULL);
    counts = mmap(NULL, COUNT * sizeof *counts, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (counts == MAP_FAILED)
        misused("mmap");
}

/* Does the call come from the program, and not from a library? */
static bool is_own(const void *caller)
{
    uintptr_t from = (uintptr_t)caller;

    return counts != NULL && from >= program_start && from < program_end;
}

/* Writes a line that consists of three parts to the log. */
static void note(const char *one, const char *two, const char *three)
{
    char line[64];
    char *end = stpcpy(stpcpy(stpcpy(line, one), two), three);
    int before = errno;

    *end++ = '\n';
    if (log_file != -1)
        syscall(SYS_write, log_file, line, (size_t)(end - line));
    errno = before;
}

/*
 * Returns what should happen to this call: 0 for nothing, SHORT, STOP, or the
 * number of an error. *made says whether a call that fails is made nonetheless.
 * Signal handlers make calls too, so this may only use what signal-safety(7)
 * allows.
 */
static int fault(enum call call, const void *caller, bool *made)
{
    const struct what *what = NULL;

    *made = call == n_close;
    if (!is_own(caller))
        return 0;
    unsigned long n = atomic_fetch_add(&counts[call], 1) + 1;
    for (size_t i = 0; i < rule_count && what == NULL; i++)
        if (n >= rules[i].first && n <= rules[i].last &&
            (n - rules[i].first) % rules[i].step == 0 &&
            strcmp(rules[i].call, names[call]) == 0) {
            what = rules[i].what;
            *made = *made || rules[i].made;
        }
    note(names[call], what == NULL ? "" : " ", what == NULL ? "" : what->name);
    return what == NULL ? 0 : what->error;
}

/* Lets every call succeed from now on: coverage.c needs that at the end. */
void faults_stop(void)
{
    counts = NULL;
}

typedef long function(long, long, long, long, long, long);

/* Finds the first byte of an array of buffers; false if all are empty. */
static bool first_byte(const struct iovec *buffers, size_t count,
                       struct iovec *one)
{
    for (size_t i = 0; i < count; i++)
        if (buffers[i].iov_len > 0) {
            one->iov_base = buffers[i].iov_base;
            one->iov_len = 1;
            return true;
        }

    return false;
}

/*
 * Makes a call transfer one byte at most (recvmmsg() and sendmmsg(): one
 * message). The program's own iovec and msghdr stay as they are, except for
 * what recvmsg() reports in the msghdr.
 */
static long make_short(enum call call, function *real, long a, long b, long c,
                       long d, long e, long f)
{
    struct iovec one;
    struct msghdr *message, copy;
    long result;

    switch (call) {
    case n_read:
    case n_write:
    case n_recv:
    case n_send:
    case n_recvfrom:
    case n_sendto:
    case n_recvmmsg:
    case n_sendmmsg:
        return real(a, b, c > 1 ? 1 : c, d, e, f); /* the third is the size */

    case n_readv:
    case n_writev:
        if (!first_byte((const struct iovec *)b, (size_t)c, &one))
            break;
        return real(a, (long)&one, 1, d, e, f);

    case n_recvmsg:
    case n_sendmsg:
        message = (struct msghdr *)b;
        copy = *message;
        if (!first_byte(copy.msg_iov, copy.msg_iovlen, &one))
            break;
        copy.msg_iov = &one;
        copy.msg_iovlen = 1;
        result = real(a, (long)&copy, c, d, e, f);
        if (call == n_recvmsg && result != -1) {
            message->msg_namelen = copy.msg_namelen;
            message->msg_controllen = copy.msg_controllen;
            message->msg_flags = copy.msg_flags;
        }
        return result;

    default:
        break;
    }

    return real(a, b, c, d, e, f);
}

/* Sets errno, and returns what a call returns that fails with this error. */
static long failed(enum failure failure, int error, long argument)
{
    errno = error;
    switch (failure) {
    case NULL_POINTER:
        return 0;
    case ERROR_NUMBER:
        return error;
    case ALL_LEFT:
        return argument;
    default:
        return -1;
    }
}

/* Every call of the program comes here, from its wrapper. */
static long pass(enum call call, function *real, enum failure failure,
                 const void *caller, long a, long b, long c, long d, long e,
                 long f)
{
    bool made;
    int error = fault(call, caller, &made);

    if (error != 0 && error != SHORT && error != STOP) {
        if (made)
            real(a, b, c, d, e, f);
        return failed(failure, error, a);
    }

    long result = error == SHORT ? make_short(call, real, a, b, c, d, e, f)
                                 : real(a, b, c, d, e, f);
    if (error == STOP)
        raise(SIGSTOP);
    if (call == n_fork && result == 0)
        limit_time();
    if ((int)result == -1 && errno == EBADF && is_own(caller))
        note("not open: ", names[call], "");
    return result;
}

/* Defines a function that has the real one's name for the linker. */
#define WRAP(symbol, failure)                                                  \
    function wrapped_##symbol __asm__(#symbol);                                \
    long wrapped_##symbol(long a, long b, long c, long d, long e, long f)      \
    {                                                                          \
        static function *real;                                                 \
        if (real == NULL)                                                      \
            *(void **)&real = dlsym(RTLD_NEXT, #symbol);                       \
        return pass(n_##symbol, real, failure, __builtin_return_address(0), a, \
                    b, c, d, e, f);                                            \
    }
#define MINUS(symbol, name) WRAP(symbol, MINUS_ONE)
#define ZERO(symbol, name) WRAP(symbol, NULL_POINTER)
#define NUMBER(symbol, name) WRAP(symbol, ERROR_NUMBER)
#define LEFT(symbol, name) WRAP(symbol, ALL_LEFT)
CALLS(MINUS, ZERO, NUMBER, LEFT)
