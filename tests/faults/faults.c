/*
 * tests/faults/faults.c - makes calls of a program fail, as the test asks for it.
 *
 * Build: cc -shared -fPIC -o faults.so faults.c
 * Run:   env LD_PRELOAD=$PWD/faults.so FAULTS=accept:2:EMFILE ./server PATH
 *
 * Preloaded, it stands between a program and its C library. It sees the calls
 * that the program itself makes, not those which the library makes for itself
 * (the malloc() of printf(), for example). Three variables tell it what to do:
 *
 * FAULTS        CALL:WHICH:WHAT, or several of these with commas between; the
 *               first one that fits a call decides.
 *     WHICH     2       the second call          1-3     the first to third
 *               *       every call               even    every second call
 *               every7  every seventh call
 *     WHAT      EMFILE  or another error: the call fails with it
 *               +EINTR  the call is made, and said to have failed all the same
 *               short   read, write, recv, send: one byte is moved, not more
 *               stop    the call is made, and then the program stops (SIGSTOP)
 * FAULTS_LOG    a file that gets a line for each call, as it is made: its name,
 *               and what was done to it, if anything: "accept EMFILE". If it
 *               then fails by itself, as its descriptor is not open (any more):
 *               "not open: close".
 * FAULTS_LIMIT  seconds, after which the program is killed: it hangs.
 *
 * The children of a program are part of it: calls are counted over all of them.
 * A call that fails is not made, but for close(): on Linux the descriptor is
 * free in any case. The programs are to be built with -U_FORTIFY_SOURCE, else
 * their calls have other names, and without optimisation.
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
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define RULES 16      /* so many may stand in FAULTS */
#define LOG_FROM 500  /* the log gets no number that the program expects */
#define SHORT INT_MAX /* what fault() returns for "short": no error's number */
#define STOP (-1)     /* the same for "stop" */
#define POSITIVE 1    /* a call that returns its error, and not -1 and errno */

/*
 * The calls, by what they return when they fail. The wrappers are all alike:
 * arguments and result are passed on as the machine has them, each in a
 * register (x86-64, arm64 and their like), whatever their types are.
 */
/* clang-format off */
#define CALLS(MINUS, ZERO, NUMBER)                                             \
    MINUS(socket, socket) MINUS(socketpair, socketpair) MINUS(bind, bind)      \
    MINUS(listen, listen) MINUS(accept, accept) MINUS(accept4, accept4)        \
    MINUS(connect, connect) MINUS(shutdown, shutdown)                          \
    MINUS(getsockopt, getsockopt) MINUS(setsockopt, setsockopt)                \
    MINUS(getsockname, getsockname) MINUS(close, close)                        \
    MINUS(read, read) MINUS(write, write) MINUS(recv, recv) MINUS(send, send)  \
    MINUS(recvmsg, recvmsg) MINUS(sendmsg, sendmsg) MINUS(open, open)          \
    MINUS(open64, open) MINUS(fcntl, fcntl) MINUS(fcntl64, fcntl)              \
    MINUS(unlink, unlink) MINUS(unlinkat, unlinkat) MINUS(chmod, chmod)        \
    MINUS(stat, stat) MINUS(lstat, lstat) MINUS(fstat, fstat)                  \
    MINUS(fstatat, fstatat) MINUS(stat64, stat) MINUS(lstat64, lstat)          \
    MINUS(fstat64, fstat) MINUS(fstatat64, fstatat) MINUS(__xstat, stat)       \
    MINUS(__lxstat, lstat) MINUS(__fxstat, fstat) MINUS(dup, dup)              \
    MINUS(dup2, dup2) MINUS(pipe, pipe) MINUS(pipe2, pipe2)                    \
    MINUS(eventfd, eventfd) MINUS(signalfd, signalfd) MINUS(poll, poll)        \
    MINUS(ppoll, ppoll) MINUS(select, select) MINUS(pselect, pselect)          \
    MINUS(epoll_create, epoll_create)                                          \
    MINUS(epoll_create1, epoll_create1) MINUS(epoll_ctl, epoll_ctl)            \
    MINUS(epoll_wait, epoll_wait) MINUS(epoll_pwait, epoll_pwait)              \
    MINUS(getrlimit, getrlimit) MINUS(getrlimit64, getrlimit)                  \
    MINUS(setrlimit, setrlimit) MINUS(setrlimit64, setrlimit)                  \
    MINUS(clock_gettime, clock_gettime) MINUS(fork, fork) MINUS(kill, kill)    \
    MINUS(wait, wait) MINUS(waitpid, waitpid) MINUS(prctl, prctl)              \
    MINUS(sigaction, sigaction) MINUS(sigprocmask, sigprocmask)                \
    MINUS(signal, signal) MINUS(__sysv_signal, signal) /* SIG_ERR is -1 */     \
    ZERO(malloc, malloc) ZERO(calloc, calloc) ZERO(realloc, realloc)           \
    ZERO(strdup, strdup) NUMBER(pthread_create, pthread_create)                \
    NUMBER(pthread_detach, pthread_detach) NUMBER(pthread_join, pthread_join)  \
    NUMBER(pthread_sigmask, pthread_sigmask)
/* clang-format on */

#define INDEX(symbol, name) n_##symbol,
#define NAME(symbol, name) #name,
enum call { CALLS(INDEX, INDEX, INDEX) COUNT };
static const char *const names[] = {CALLS(NAME, NAME, NAME)};

#define E(name)                                                                \
    {                                                                          \
#name, name                                                            \
    }
static const struct what {
    const char *name;
    int error;
} whats[] = {
    {"short", SHORT}, E(EACCES),       E(EADDRINUSE),   E(EAGAIN),
    E(EBADF),         E(ECONNABORTED), E(ECONNREFUSED), E(ECONNRESET),
    E(EDQUOT),        E(EEXIST),       E(EINTR),        E(EINVAL),
    E(EIO),           E(EMFILE),       E(ENFILE),       E(ENOBUFS),
    E(ENOENT),        E(ENOLCK),       E(ENOMEM),       E(ENOSPC),
    E(ENOSYS),        E(ENOTCONN),     E(EPERM),        E(EPIPE),
    E(EPROTO),        E(EROFS),        E(ESRCH),        E(ETIMEDOUT),
    E(ENOPROTOOPT),   {"stop", STOP},
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

/* The form of FAULTS is wrong: a test that goes on would prove nothing. */
static void misused(const char *what)
{
    fprintf(stderr, "faults.so: not understood: %s\n", what);
    _exit(125);
}

/* Kills the process when the limit is over. A child gets a timer of its own. */
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

/* Reads CALL:WHICH:WHAT into a rule. */
static void parse(const char *text, struct rule *rule)
{
    char which[32], what[32];
    bool known = false;

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
    else if (sscanf(which, "%lu-%lu", &rule->first, &rule->last) == 1)
        rule->last = rule->first;
    rule->made = what[0] == '+';
    for (size_t i = 0; i < sizeof whats / sizeof whats[0]; i++)
        if (strcmp(what + rule->made, whats[i].name) == 0)
            rule->what = &whats[i];
    for (size_t i = 0; i < COUNT; i++)
        known = known || strcmp(rule->call, names[i]) == 0;
    if (!known || rule->first == 0 || rule->what == NULL)
        misused(text);
}

/* The first one that dl_iterate_phdr() shows is the program. */
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

__attribute__((constructor)) static void begin(void)
{
    const char *log = getenv("FAULTS_LOG");
    const char *text = getenv("FAULTS");
    char copy[512], *rest = copy, *word;

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
            from = (int)most.rlim_cur - 1; /* the last one that there is */
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

/* Is it the program that calls, and not a library? */
static bool is_own(const void *caller)
{
    uintptr_t from = (uintptr_t)caller;

    return counts != NULL && from >= program_start && from < program_end;
}

/* A line for the log, of three parts. */
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
 * What shall happen to this call: 0 nothing, SHORT, STOP, or an error's number;
 * and in *made whether it is made all the same. It runs in signal handlers too:
 * no call but write(), by its number.
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

/* From now on nothing fails: for what coverage.c does at the end. */
void faults_stop(void)
{
    counts = NULL;
}

/* What the wrapper does for a call of the program. */
typedef long function(long, long, long, long, long, long);
static long pass(enum call call, function *real, long failure,
                 const void *caller, long a, long b, long c, long d, long e,
                 long f)
{
    bool made;
    int error = fault(call, caller, &made);
    bool data = call == n_read || call == n_write || call == n_recv ||
                call == n_send;

    if (error == SHORT && data && c > 1)
        c = 1; /* the size is the third argument of all four */
    if (error == 0 || error == SHORT || error == STOP) {
        long result = real(a, b, c, d, e, f);
        if (error == STOP)
            raise(SIGSTOP);
        if (call == n_fork && result == 0)
            limit_time();
        if ((int)result == -1 && errno == EBADF && is_own(caller))
            note("not open: ", names[call], "");
        return result;
    }
    if (made)
        real(a, b, c, d, e, f);
    errno = error;
    return failure == POSITIVE ? error : failure;
}

/* A function that the linker knows by the name of the real one. */
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
#define MINUS(symbol, name) WRAP(symbol, -1)
#define ZERO(symbol, name) WRAP(symbol, 0)
#define NUMBER(symbol, name) WRAP(symbol, POSITIVE)
CALLS(MINUS, ZERO, NUMBER)
