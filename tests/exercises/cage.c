/*
 * tests/exercises/cage.c - runs a program that may do anything.
 *
 * cage run OPTIONS COMMAND...   runs it within limits, and reports its end
 * cage house FOLDER COMMAND...  runs a grading where it can change nothing
 * cage copy BYTES FOLDER FILE COPY
 *                               copies a regular file, and nothing else
 * cage processes                prints how many processes the user has
 * cage stage USER FOLDER FIRST LAST TEMPLATE
 *                               makes FOLDER, with FIFOs of these numbers in
 *                               it; and a new folder for that user, as mktemp
 *                               does, whose name it prints
 * cage sweep USER [COMMAND...]  kills all processes of that user number; then
 *                               becomes the command
 * cage able                     is silent if both run and house can keep a
 *                               stranger's program away from everything else
 *
 * "run" stands between the graders (grader.bash) and a program. The program
 * gets standard input as it is, and two pipes. What comes out of the pipes is
 * kept in two files, byte for byte, and reported line by line on the standard
 * output of the cage. The program has no descriptor of that report, and each
 * line of it begins with a word of ours: so nothing that the program prints
 * can be taken for a verdict.
 *
 *     started PID
 *     o TEXT, e TEXT              a line of its standard output, or error
 *     ended HOW NUMBER TIME LEFT  exited STATUS, signalled SIGNAL, timed-out 0,
 *                                 flooded 0 or stopped 0; milliseconds; the
 *                                 number of processes left behind, or - if they
 *                                 still run: then SIGTERM to the cage ends them
 *     left COUNT                  how many of those there were at the end
 *     trouble TEXT                the cage itself cannot go on
 *
 * For root, on Linux, the program runs as another user, in a view of the file
 * system that has the system's programs, headers and libraries, and the folder
 * of the test. Elsewhere it runs as it is, within the limits of the system.
 */
#define _GNU_SOURCE
#define _DARWIN_C_SOURCE

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#endif

#ifndef O_SEARCH
#ifdef O_PATH
#define O_SEARCH O_PATH /* Linux has another name for it */
#else
#define O_SEARCH O_RDONLY
#endif
#endif

#define MOST_FOLDERS 16   /* shown or hidden in the view of one program */
#define LONGEST_PATH 1024 /* in the view */
#define PIECE 16384       /* bytes that are read at a time */
#define FIRST_USER 60800  /* user numbers that no system gives out */
#define GRADINGS 12       /* so many may run on a machine at a time */
#define USERS 32          /* for each: a program's and its killer's, 16 times */

/* What one program gets. A limit of 0 means that there is none. */
struct wishes {
    uid_t user;          /* -u, if it is root who runs this */
    const char *view;    /* -v, an empty folder to build the view in */
    const char *folder;  /* -d, where it works, and may write */
    const char *output;  /* -o, the file for its standard output */
    const char *errors;  /* -e, the file for its standard error */
    bool keep_variables; /* -k, the environment as it is */
    long seconds;        /* -t, in all */
    long bytes;          /* -b, to print */
    rlim_t processor;    /* -c, seconds of the processor's time */
    rlim_t file;         /* -f, bytes in one file */
    rlim_t descriptors;  /* -n */
    rlim_t processes;    /* -p, of the user */
    rlim_t memory;       /* -m, bytes of address space */
    struct {
        const char *path;
        bool is_hidden; /* -x, a folder that is not in it, or -r, one more */
    } folders[MOST_FOLDERS];
    size_t folder_count; /* they are dealt with in their order */
};

/* One of the two pipes, and the line that has not come to its end. */
struct stream {
    int pipe; /* -1 at its end */
    int file;
    char letter;
    size_t length;
    char *line; /* as large as all that the program may print */
};

/* The program, as the cage sees it. */
struct program {
    const struct wishes *wishes;
    pid_t pid;
    long long start; /* milliseconds */
    long long end;
    long printed; /* bytes, on both streams */
    bool has_ended;
    bool is_flooding;
    int status; /* as waitpid() has it */
    struct stream streams[2];
};

static int run(int argc, char *argv[]);
static int house(int argc, char *argv[]);
static int copy(int argc, char *argv[]);
static int processes(int argc, char *argv[]);
static int stage(int argc, char *argv[]);
static int sweep(int argc, char *argv[]);
static int able(int argc, char *argv[]);
static _Noreturn void usage(void);
static _Noreturn void trouble(const char *what, const char *object);

int main(int argc, char *argv[])
{
    static const struct {
        const char *name;
        int (*function)(int argc, char *argv[]);
    } commands[] = {{"run", run},     {"house", house},
                    {"copy", copy},   {"processes", processes},
                    {"stage", stage}, {"sweep", sweep},
                    {"able", able}};

    if (argc < 2)
        usage();

    for (size_t n = 0; n < sizeof commands / sizeof commands[0]; n++) {
        if (strcmp(argv[1], commands[n].name) == 0)
            return commands[n].function(argc - 1, argv + 1);
    }

    usage();
}

static _Noreturn void usage(void)
{
    fprintf(stderr, "usage: cage run|house|copy|processes|stage|sweep|able "
                    "...; the head of cage.c explains them\n");
    exit(2);
}

static long long now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);

    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

/* ---- The report ---- */

/*
 * The reader may be slower than the program: what does not fit into the FIFO
 * waits here, because the cage must not block while a program runs.
 */
static struct {
    char *bytes;
    size_t size;
    size_t length;
} pending;

static void write_pending(void)
{
    ssize_t count;

    while (pending.length > 0) {
        count = write(STDOUT_FILENO, pending.bytes, pending.length);
        if (count == -1 && errno == EINTR)
            continue;
        if (count == -1)
            return;
        pending.length -= (size_t)count;
        memmove(pending.bytes, pending.bytes + count, pending.length);
    }
}

static void report_bytes(const char *bytes, size_t length)
{
    size_t size = pending.size == 0 ? 4096 : pending.size;
    char *larger;

    while (size < pending.length + length)
        size *= 2;
    if (size != pending.size) {
        larger = realloc(pending.bytes, size);
        if (larger == NULL)
            _exit(2);
        pending.bytes = larger;
        pending.size = size;
    }
    memcpy(pending.bytes + pending.length, bytes, length);
    pending.length += length;
}

__attribute__((format(printf, 1, 2))) static void report(const char *format,
                                                         ...)
{
    char line[512];
    int length;
    va_list arguments;

    va_start(arguments, format);
    length = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    if ((size_t)length > sizeof line - 2)
        length = sizeof line - 2;
    line[length] = '\n';
    report_bytes(line, (size_t)length + 1);
}

/* The last words: now it may block, but not for ever. */
static void finish_report(void)
{
    struct pollfd writable = {.fd = STDOUT_FILENO, .events = POLLOUT};

    write_pending();
    while (pending.length > 0 && poll(&writable, 1, 20000) == 1) {
        if ((writable.revents & POLLOUT) == 0)
            return;
        write_pending();
    }
}

/* A call of the cage's own has failed: nothing is said about the program. */
static _Noreturn void trouble(const char *what, const char *object)
{
    report("trouble %s: %s: %s", what, object, strerror(errno));
    finish_report();
    exit(2);
}

/* ---- Signals, as bytes in a pipe that poll() can watch ---- */

static int wake[2] = {-1, -1};
static volatile sig_atomic_t is_told_to_end;

static void note_signal(int number)
{
    int saved = errno;

    if (number != SIGCHLD)
        is_told_to_end = 1;
    if (write(wake[1], "", 1) == -1) {
        /* The pipe is full: poll() will see that it is not empty. */
    }
    errno = saved;
}

static int make_pipe(int ends[2])
{
    if (pipe(ends) == -1)
        return -1;
    for (int n = 0; n < 2; n++) {
        if (fcntl(ends[n], F_SETFD, FD_CLOEXEC) == -1)
            return -1;
    }

    return 0;
}

static void watch_signals(void)
{
    static const int numbers[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP};
    struct sigaction action = {.sa_handler = note_signal};

    if (make_pipe(wake) == -1 || fcntl(wake[0], F_SETFL, O_NONBLOCK) == -1 ||
        fcntl(wake[1], F_SETFL, O_NONBLOCK) == -1)
        trouble("pipe", "signals");

    sigemptyset(&action.sa_mask);
    for (size_t n = 0; n < sizeof numbers / sizeof numbers[0]; n++)
        sigaction(numbers[n], &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void sleep_until_signal(int milliseconds)
{
    struct pollfd watched = {.fd = wake[0], .events = POLLIN};
    char bytes[64];

    if (poll(&watched, 1, milliseconds) == 1) {
        while (read(wake[0], bytes, sizeof bytes) > 0)
            ;
    }
}

/* ---- run: the inner side, in the process that becomes the program ---- */

/* Where the inner side says which call has failed; closed by exec. */
static int failure = -1;

static _Noreturn void fail(const char *what, const char *object)
{
    char text[400];
    int length = snprintf(text, sizeof text, "%s: %s: %s", what, object,
                          strerror(errno));

    if (length > 0 && write(failure, text, (size_t)length) == -1)
        _exit(2);
    _exit(2);
}

/* Closes every descriptor from first on, except one. */
static void close_from(int first, int except)
{
    long most = sysconf(_SC_OPEN_MAX);

#if defined __linux__ && defined SYS_close_range
    /* One call, where the loop may need a million. */
    if ((except < first || (except == first || syscall(SYS_close_range, first,
                                                       except - 1, 0) == 0)) &&
        syscall(SYS_close_range, except < first ? first : except + 1, ~0U, 0) ==
            0)
        return;
#endif
    if (most < 0 || most > 65536)
        most = 65536;
    for (int number = first; number < most; number++) {
        if (number != except)
            close(number);
    }
}

#ifdef __GLIBC__
typedef __rlimit_resource_t resource_t;
#else
typedef int resource_t;
#endif

static void limit(resource_t resource, const char *name, rlim_t soft,
                  rlim_t hard)
{
    struct rlimit limits;

    if (soft == 0)
        return;
    if (getrlimit(resource, &limits) == -1)
        fail("getrlimit", name);

    /* Without privileges a hard limit can only become lower. */
    if (geteuid() != 0 && hard > limits.rlim_max)
        hard = limits.rlim_max;
    limits.rlim_cur = soft < hard ? soft : hard;
    limits.rlim_max = hard;
    if (setrlimit(resource, &limits) == -1)
        fail("setrlimit", name);
}

static void set_limits(const struct wishes *wishes)
{
    struct rlimit none = {0, 0};

    if (setrlimit(RLIMIT_CORE, &none) == -1)
        fail("setrlimit", "core files");

    /* At the soft limit comes SIGXCPU, which names the reason. */
    limit(RLIMIT_CPU, "processor time", wishes->processor,
          wishes->processor + 2);
    limit(RLIMIT_FSIZE, "size of files", wishes->file, wishes->file);
    limit(RLIMIT_NOFILE, "descriptors", wishes->descriptors,
          wishes->descriptors);
#ifdef RLIMIT_NPROC
    limit(RLIMIT_NPROC, "processes", wishes->processes, wishes->processes);
#endif
#ifdef __linux__ /* elsewhere a small address space is refused */
    limit(RLIMIT_AS, "memory", wishes->memory, wishes->memory);
#endif
}

#ifdef __linux__

/* The path within the view. */
static const char *viewed(const struct wishes *wishes, const char *path)
{
    static char whole[LONGEST_PATH];
    int length = snprintf(whole, sizeof whole, "%s%s", wishes->view, path);

    if (length < 0 || (size_t)length >= sizeof whole) {
        errno = ENAMETOOLONG;
        fail("view", path);
    }

    return whole;
}

/* Makes a folder in the view, and those above it. */
static void make_folder(const struct wishes *wishes, const char *path)
{
    char part[LONGEST_PATH];
    size_t length = strlen(path);

    if (length >= sizeof part) {
        errno = ENAMETOOLONG;
        fail("view", path);
    }

    for (size_t n = 1; n <= length; n++) {
        if (path[n] != '/' && path[n] != '\0')
            continue;
        memcpy(part, path, n);
        part[n] = '\0';
        if (mkdir(viewed(wishes, part), 0755) == -1 && errno != EEXIST)
            fail("mkdir", part);
    }
}

/* Shows a file or folder of the system in the view, at the same path. */
static void show(const struct wishes *wishes, const char *path,
                 unsigned long flags)
{
    char link[LONGEST_PATH];
    const char *place;
    struct stat found;
    ssize_t length;
    int file;

    if (lstat(path, &found) == -1)
        return; /* not every system has all of them */

    if (S_ISLNK(found.st_mode)) {
        length = readlink(path, link, sizeof link - 1);
        if (length == -1)
            fail("readlink", path);
        link[length] = '\0';
        if (symlink(link, viewed(wishes, path)) == -1 && errno != EEXIST)
            fail("symlink", path);
        return;
    }

    if (S_ISDIR(found.st_mode)) {
        make_folder(wishes, path);
    } else {
        file = open(viewed(wishes, path), O_WRONLY | O_CREAT | O_CLOEXEC, 0444);
        if (file == -1)
            fail("open", path);
        close(file);
    }

    place = viewed(wishes, path);
    if (mount(path, place, NULL, MS_BIND | MS_REC, NULL) == -1)
        fail("mount", path);

    /* Devices must stay devices. */
    if (!S_ISCHR(found.st_mode))
        flags |= MS_NODEV;
    if (mount(NULL, place, NULL, MS_BIND | MS_REMOUNT | MS_NOSUID | flags,
              NULL) == -1)
        fail("mount", path);
}

/* The system's users are nobody's business there. */
static void name_users(const struct wishes *wishes)
{
    FILE *file = fopen(viewed(wishes, "/etc/passwd"), "we");

    if (file == NULL)
        fail("open", "/etc/passwd");
    fprintf(file, "root:x:0:0::/:\nstudent:x:%u:%u::/tmp:/bin/sh\n",
            (unsigned)wishes->user, (unsigned)wishes->user);
    if (fclose(file) == EOF || chmod(viewed(wishes, "/etc/passwd"), 0444) == -1)
        fail("write", "/etc/passwd");
}

/*
 * Builds a root folder that has no more than a program needs, in a mount
 * namespace of its own, and goes there. It goes with its last process. chroot()
 * is enough, as the program gets no privileges and no descriptor of a folder;
 * and in a chroot() the kernel makes no user namespaces: one way out less.
 */
static void enter_view(const struct wishes *wishes)
{
    static const char *const system[] = {"/usr",
                                         "/bin",
                                         "/sbin",
                                         "/lib",
                                         "/lib32",
                                         "/lib64",
                                         "/libx32",
                                         "/etc/alternatives",
                                         "/etc/ld.so.cache",
                                         "/etc/ld.so.conf",
                                         "/etc/ld.so.conf.d",
                                         "/etc/localtime",
                                         NULL};
    static const char *const devices[] = {"/dev/null",    "/dev/zero",
                                          "/dev/full",    "/dev/random",
                                          "/dev/urandom", NULL};
    static const char *const links[][2] = {{"/proc/self/fd", "/dev/fd"},
                                           {"/proc/self/fd/0", "/dev/stdin"},
                                           {"/proc/self/fd/1", "/dev/stdout"},
                                           {"/proc/self/fd/2", "/dev/stderr"}};
    const char *const open_folders[] = {"/tmp", "/dev/shm"};
    const char *path;

    if (unshare(CLONE_NEWNS) == -1)
        fail("unshare", "mount namespace");
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
        fail("mount", "/");
    if (mount("view", wishes->view, "tmpfs", MS_NOSUID | MS_NODEV,
              "size=64m,nr_inodes=4096,mode=755") == -1)
        fail("mount", wishes->view);

    make_folder(wishes, "/etc");
    make_folder(wishes, "/dev");
    make_folder(wishes, "/proc");
    name_users(wishes);
    for (size_t n = 0; system[n] != NULL; n++)
        show(wishes, system[n], MS_RDONLY);
    for (size_t n = 0; devices[n] != NULL; n++)
        show(wishes, devices[n], 0);
    for (size_t n = 0; n < sizeof links / sizeof links[0]; n++) {
        if (symlink(links[n][0], viewed(wishes, links[n][1])) == -1)
            fail("symlink", links[n][1]);
    }
    for (size_t n = 0; n < 2; n++) {
        make_folder(wishes, open_folders[n]);
        if (chmod(viewed(wishes, open_folders[n]), 01777) == -1)
            fail("chmod", open_folders[n]);
    }

    /* The processes of other users are not to be seen. */
    if (mount("proc", viewed(wishes, "/proc"), "proc",
              MS_NOSUID | MS_NODEV | MS_NOEXEC, "hidepid=2") == -1)
        fail("mount", "/proc");

    for (size_t n = 0; n < wishes->folder_count; n++) {
        path = wishes->folders[n].path;
        if (!wishes->folders[n].is_hidden)
            show(wishes, path, MS_RDONLY);
        else if (access(viewed(wishes, path), F_OK) == 0 &&
                 mount("hidden", viewed(wishes, path), "tmpfs",
                       MS_NOSUID | MS_NODEV, "size=1m,mode=755") == -1)
            fail("mount", path);
    }
    show(wishes, wishes->folder, 0);

    if (chroot(wishes->view) == -1 || chdir("/") == -1)
        fail("chroot", wishes->view);
}

/* When memory runs out, the kernel ends this program before all others. */
static void be_expendable(void)
{
    int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

    if (file == -1)
        return;
    if (write(file, "1000", 4) == -1) {
        /* Some containers do not allow it. */
    }
    close(file);
}

#endif

static void become(const struct wishes *wishes)
{
    if (wishes->user != 0) {
        if (setgroups(0, NULL) == -1)
            fail("setgroups", "none");
        if (setgid((gid_t)wishes->user) == -1)
            fail("setgid", "the program's group");
        if (setuid(wishes->user) == -1)
            fail("setuid", "the program's user");
    }
#ifdef __linux__
    /* No program with more privileges can be started from here on. */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
        fail("prctl", "PR_SET_NO_NEW_PRIVS");
#endif
}

/* Leaves the variables that a program may need, and no secret of ours. */
static void clear_variables(void)
{
    static const char *const kept[] = {
        "PATH=", "LANG=", "LC_",   "TZ=",    "TERM=",    "LD_LIBRARY_PATH=",
        "ASAN_", "LSAN_", "TSAN_", "UBSAN_", "VALGRIND_"};
    extern char **environ;
    char **to = environ;

    for (char **from = environ; *from != NULL; from++) {
        for (size_t n = 0; n < sizeof kept / sizeof kept[0]; n++) {
            if (strncmp(*from, kept[n], strlen(kept[n])) == 0) {
                *to++ = *from;
                break;
            }
        }
    }
    *to = NULL;
    setenv("HOME", "/tmp", 1);
}

static _Noreturn void be_program(const struct wishes *wishes, char *command[],
                                 int output, int errors)
{
    mode_t mask = umask(0);
    sigset_t none;

    /* A session of its own: the learner's terminal is not in it. */
    setsid();
    if (dup2(output, STDOUT_FILENO) == -1 || dup2(errors, STDERR_FILENO) == -1)
        fail("dup2", "standard output and error");
    close_from(3, failure);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);

#ifdef __linux__
    if (wishes->user != 0)
        be_expendable();
    if (wishes->view != NULL)
        enter_view(wishes);
#endif
    umask(mask);
    set_limits(wishes);
    become(wishes);
    if (wishes->folder != NULL && chdir(wishes->folder) == -1)
        fail("chdir", wishes->folder);
    if (!wishes->keep_variables)
        clear_variables();

    execvp(command[0], command);
    fail("exec", command[0]);
}

/* ---- run: the end of everything that the program has started ---- */

struct process {
    pid_t pid;
    pid_t parent;
    bool is_ours;
};

#ifdef __linux__

/* Reads the list of all processes that live: how many there are. */
static size_t list_processes(struct process **list)
{
    DIR *folder = opendir("/proc");
    struct dirent *entry;
    struct process *larger;
    size_t count = 0, size = 0;
    char path[64], text[512], state;
    const char *rest;
    ssize_t length;
    int file, parent;

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
            continue;
        snprintf(path, sizeof path, "/proc/%.20s/stat", entry->d_name);
        file = open(path, O_RDONLY | O_CLOEXEC);
        if (file == -1)
            continue;
        length = read(file, text, sizeof text - 1);
        close(file);
        if (length <= 0)
            continue;
        text[length] = '\0';

        /* The name may contain anything, also blanks and brackets. */
        rest = strrchr(text, ')');
        if (rest == NULL || sscanf(rest + 1, " %c %d", &state, &parent) != 2 ||
            state == 'Z' || state == 'X')
            continue;

        if (count == size) {
            size = size == 0 ? 256 : 2 * size;
            larger = realloc(*list, size * sizeof **list);
            if (larger == NULL)
                break;
            *list = larger;
        }
        (*list)[count].pid = (pid_t)atoi(entry->d_name);
        (*list)[count].parent = (pid_t)parent;
        (*list)[count].is_ours = false;
        count++;
    }
    if (folder != NULL)
        closedir(folder);

    return count;
}

/*
 * Kills all that descends from the cage: how many there were, without the
 * program itself. A process that was left by its parent is our child, as the
 * cage is a subreaper; setsid() and a double fork() change nothing about that.
 */
static long kill_descendants(pid_t program)
{
    static struct process *list;
    size_t count = list_processes(&list);
    long killed = 0;
    bool is_new = true;

    while (is_new) {
        is_new = false;
        for (size_t n = 0; n < count; n++) {
            if (list[n].is_ours)
                continue;
            list[n].is_ours = list[n].parent == getpid();
            for (size_t m = 0; m < count && !list[n].is_ours; m++)
                list[n].is_ours = list[m].is_ours &&
                                  list[m].pid == list[n].parent;
            is_new |= list[n].is_ours;
        }
    }
    for (size_t n = 0; n < count; n++) {
        if (!list[n].is_ours)
            continue;
        killed += list[n].pid != program;
        kill(list[n].pid, SIGKILL);
    }

    return killed;
}

#else

/* Elsewhere: all that has stayed in the program's process group. */
static long kill_descendants(pid_t program)
{
    char command[64];
    FILE *list;
    long killed = 0;

    snprintf(command, sizeof command, "pgrep -g %ld", (long)program);
    list = popen(command, "r");
    while (list != NULL && fgets(command, sizeof command, list) != NULL)
        killed += atol(command) != (long)program;
    if (list != NULL)
        pclose(list);
    kill(-program, SIGKILL);

    return killed;
}

#endif

/*
 * Kills all processes of a user in one call of kill(), which no fork() can
 * outrun. The process that does it has another real user: so these processes
 * cannot kill it first.
 */
static void kill_user(uid_t user)
{
    pid_t killer;

    if (user == 0 || geteuid() != 0)
        return;
    killer = fork();
    if (killer == -1)
        return;
    if (killer == 0) {
#ifdef __linux__
        if (setresuid(user + 1, user, user + 1) == 0)
#else
        if (setreuid(user + 1, user) == 0)
#endif
            kill(-1, SIGKILL);
        _exit(0);
    }
    while (waitpid(killer, NULL, 0) == -1 && errno == EINTR)
        ;
}

/* Ends the program and all that it has started: how many were left. */
static long end_all(struct program *program)
{
    long long give_up = now() + 10000;
    long left = 0, killed;
    pid_t pid;
    int status;

    for (int round = 0;; round++) {
        killed = kill_descendants(program->pid);
        if (killed > left)
            left = killed;

        /* A program that forks faster than we can look: see kill_user(). */
        if (round > 20)
            kill_user(program->wishes->user);

        do {
            pid = waitpid(-1, &status, WNOHANG);
            if (pid == program->pid && !program->has_ended) {
                program->has_ended = true;
                program->status = status;
            }
        } while (pid > 0);
        if (pid == -1 && errno == ECHILD)
            return left;
        if (now() > give_up) {
            errno = EBUSY;
            trouble("kill", "a process that does not end");
        }
        sleep_until_signal(10);
    }
}

/* ---- run: the outer side, which watches ---- */

static void keep(int file, const char *bytes, size_t length)
{
    ssize_t count;

    while (length > 0) {
        count = write(file, bytes, length);
        if (count == -1 && errno == EINTR)
            continue;
        if (count == -1)
            trouble("write", "what the program prints");
        bytes += count;
        length -= (size_t)count;
    }
}

static void report_line(struct stream *stream)
{
    const char head[] = {stream->letter, ' '};

    report_bytes(head, sizeof head);
    report_bytes(stream->line, stream->length);
    report_bytes("\n", 1);
    stream->length = 0;
}

/* Takes what is in the pipe now, no more than the program may print. */
static void take_output(struct program *program, struct stream *stream)
{
    char bytes[PIECE];
    ssize_t count;
    long room;

    while (stream->pipe != -1 && !program->is_flooding) {
        count = read(stream->pipe, bytes, sizeof bytes);
        if (count == -1 && errno == EINTR)
            continue;
        if (count == -1 && errno == EAGAIN)
            return;
        if (count <= 0) {
            close(stream->pipe);
            stream->pipe = -1;
            return;
        }

        room = program->wishes->bytes - program->printed;
        if (count > room) {
            program->is_flooding = true;
            count = room;
        }
        program->printed += count;

        /* What comes later than the verdict has no reader. */
        if (program->end != 0)
            continue;
        keep(stream->file, bytes, (size_t)count);
        for (ssize_t n = 0; n < count; n++) {
            if (bytes[n] == '\n')
                report_line(stream);
            else if (bytes[n] != '\0') /* the shell has none in its strings */
                stream->line[stream->length++] = bytes[n];
        }
    }
}

/* Standard output first: usually a program says there what it has done. */
static void take_all_output(struct program *program)
{
    for (int n = 0; n < 2; n++)
        take_output(program, &program->streams[n]);
}

static void report_end(struct program *program, const char *how, int number,
                       long left)
{
    char count[32] = "-";

    for (int n = 0; n < 2; n++) {
        if (program->streams[n].length > 0)
            report_line(&program->streams[n]);
    }
    program->end = now();
    if (left >= 0)
        snprintf(count, sizeof count, "%ld", left);
    report("ended %s %d %lld %s", how, number, program->end - program->start,
           count);
}

static void report_status(struct program *program, long left)
{
    if (WIFSIGNALED(program->status))
        report_end(program, "signalled", WTERMSIG(program->status), left);
    else
        report_end(program, "exited", WEXITSTATUS(program->status), left);
}

/* Collects the children that have ended. Are there others? */
static bool reap(struct program *program)
{
    pid_t pid;
    int status;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == program->pid) {
            program->has_ended = true;
            program->status = status;
        }
    }

    return pid == 0;
}

static void wait_for_event(const struct program *program, long long deadline)
{
    struct pollfd watched[] = {
        {.fd = wake[0], .events = POLLIN},
        {.fd = program->streams[0].pipe, .events = POLLIN},
        {.fd = program->streams[1].pipe, .events = POLLIN},
        {.fd = pending.length > 0 ? STDOUT_FILENO : -1, .events = POLLOUT}};
    long long left = deadline - now();

    if (poll(watched, 4, left > 0 ? (int)left : 0) == -1 && errno != EINTR)
        trouble("poll", "the program");
    sleep_until_signal(0);
}

/* Until the program has ended, and all that it has left behind. */
static void supervise(struct program *program)
{
    long long deadline = program->start + program->wishes->seconds * 1000;
    const char *how = NULL;
    bool has_others, has_left = false;
    long left;

    while (how == NULL) {
        write_pending();
        wait_for_event(program, deadline);

        has_others = reap(program);
        take_all_output(program);
        if (program->has_ended && program->end == 0) {
            report_status(program, has_others ? -1 : 0);
            has_left = has_others;
        }
        if (program->has_ended && !has_others) {
            if (has_left)
                report("left 0"); /* they have ended by themselves since */
            return;
        }

        if (program->is_flooding)
            how = "flooded";
        else if (is_told_to_end)
            how = "stopped";
        else if (now() >= deadline)
            how = "timed-out";
    }

    left = end_all(program);
    if (program->end != 0) {
        report("left %ld", left);
        return;
    }
    take_all_output(program);
    report_end(program, how, 0, left);
}

static int open_output(struct stream *stream, const char *path, char letter,
                       long bytes)
{
    int ends[2];

    stream->letter = letter;
    stream->line = malloc((size_t)bytes + 1);
    if (stream->line == NULL)
        trouble("malloc", "a line");
    stream->file = open(
        path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (stream->file == -1)
        trouble("open", path);
    if (make_pipe(ends) == -1 || fcntl(ends[0], F_SETFL, O_NONBLOCK) == -1)
        trouble("pipe", path);
    stream->pipe = ends[0];

    return ends[1];
}

/* The program starts; or, if a call before that fails, says which one. */
static void launch(struct program *program, char *command[])
{
    const struct wishes *wishes = program->wishes;
    char text[400];
    int ends[2], output, errors;
    ssize_t length;

    output = open_output(&program->streams[0], wishes->output, 'o',
                         wishes->bytes);
    errors = open_output(&program->streams[1], wishes->errors, 'e',
                         wishes->bytes);
    if (make_pipe(ends) == -1)
        trouble("pipe", "the start");

    program->start = now();
    program->pid = fork();
    if (program->pid == -1)
        trouble("fork", "the program");
    if (program->pid == 0) {
        failure = ends[1];
        be_program(wishes, command, output, errors);
    }
    close(ends[1]);
    close(output);
    close(errors);
    close(STDIN_FILENO); /* the other end is to see when the program ends */

    do
        length = read(ends[0], text, sizeof text - 1);
    while (length == -1 && errno == EINTR);
    close(ends[0]);
    if (length != 0) {
        text[length > 0 ? length : 0] = '\0';
        report("trouble %s", text);
        finish_report();
        exit(2);
    }
    report("started %ld", (long)program->pid);
}

static long number_of(const char *text)
{
    char *end;
    long number = strtol(text, &end, 10);

    if (*text == '\0' || *end != '\0' || number < 0)
        usage();

    return number;
}

static void add_folder(struct wishes *wishes, const char *path, bool is_hidden)
{
    if (wishes->folder_count == MOST_FOLDERS)
        usage();
    wishes->folders[wishes->folder_count].path = path;
    wishes->folders[wishes->folder_count].is_hidden = is_hidden;
    wishes->folder_count++;
}

static void read_wishes(struct wishes *wishes, int argc, char *argv[])
{
    int option;

    /* The + is for glibc: the options of the command are not ours. */
    while ((option = getopt(argc, argv, "+u:v:d:o:e:kt:b:c:f:n:p:m:r:x:")) !=
           -1) {
        switch (option) {
        case 'u':
            wishes->user = (uid_t)number_of(optarg);
            break;
        case 'v':
            wishes->view = optarg;
            break;
        case 'd':
            wishes->folder = optarg;
            break;
        case 'o':
            wishes->output = optarg;
            break;
        case 'e':
            wishes->errors = optarg;
            break;
        case 'k':
            wishes->keep_variables = true;
            break;
        case 't':
            wishes->seconds = number_of(optarg);
            break;
        case 'b':
            wishes->bytes = number_of(optarg);
            break;
        case 'c':
            wishes->processor = (rlim_t)number_of(optarg);
            break;
        case 'f':
            wishes->file = (rlim_t)number_of(optarg);
            break;
        case 'n':
            wishes->descriptors = (rlim_t)number_of(optarg);
            break;
        case 'p':
            wishes->processes = (rlim_t)number_of(optarg);
            break;
        case 'm':
            wishes->memory = (rlim_t)number_of(optarg);
            break;
        case 'r':
            add_folder(wishes, optarg, false);
            break;
        case 'x':
            add_folder(wishes, optarg, true);
            break;
        default:
            usage();
        }
    }
    if (optind == argc || wishes->folder == NULL)
        usage();
}

static int run(int argc, char *argv[])
{
    struct wishes wishes = {.seconds = 60,
                            .bytes = 20000,
                            .output = "/dev/null",
                            .errors = "/dev/null"};
    struct program program = {.wishes = &wishes};

    read_wishes(&wishes, argc, argv);
    close_from(3, -1);
#ifdef __linux__
    /*
     * What is left by its parent becomes our child. No other process of the
     * user may look into this one. And without the grader the cage has to end.
     */
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1 ||
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
        prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) == -1)
        trouble("prctl", "the cage");
#endif
    watch_signals();
    if (fcntl(STDOUT_FILENO, F_SETFL,
              fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK) == -1)
        trouble("fcntl", "the report");

    launch(&program, argv + optind);
    supervise(&program);
    finish_report();

    return 0;
}

/* ---- house: where a whole grading runs ---- */

/*
 * What a shell has started in the background ignores SIGINT. A shell that was
 * started with a signal ignored cannot trap it, and the graders stop bats by
 * that signal.
 */
static _Noreturn void be_command(char *command[])
{
    signal(SIGINT, SIG_DFL);
    execvp(command[0], command);
    perror(command[0]);
    _exit(2);
}

#ifdef __linux__

/*
 * Takes user numbers that no other grading has now: their lock is an abstract
 * name, which the kernel frees by itself.
 */
static unsigned take_users(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int lock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t size;

    for (unsigned n = 0; lock != -1 && n < GRADINGS; n++) {
        size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1) +
               (socklen_t)snprintf(address.sun_path + 1,
                                   sizeof address.sun_path - 1,
                                   "uds-exercises-%u", n);
        if (bind(lock, (struct sockaddr *)&address, size) == 0)
            return FIRST_USER + USERS * n;
    }

    return FIRST_USER;
}

/* Makes the whole file system read-only: whatever a grader is led to do, it
 * changes nothing. */
static int lock_files(void)
{
    FILE *list = fopen("/proc/self/mountinfo", "re");
    char *line = NULL, *path, *from, *to;
    size_t size = 0;
    struct statvfs information;
    int result = 0;

    if (list == NULL)
        return -1;
    while (getline(&line, &size, list) != -1) {
        path = line;
        for (int field = 0; field < 4 && path != NULL; field++)
            path = strchr(path + 1, ' ');
        if (path == NULL)
            continue;

        /* Blanks and the like stand there as \040. */
        path++;
        for (from = path, to = path; *from != ' ' && *from != '\0'; from++) {
            if (*from == '\\' && from[1] >= '0' && from[1] <= '3') {
                *to++ = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 +
                               (from[3] - '0'));
                from += 3;
            } else {
                *to++ = *from;
            }
        }
        *to = '\0';

        /* What is below another mount cannot be reached anyway. */
        if (statvfs(path, &information) == -1)
            continue;
        if (mount(NULL, path, NULL,
                  MS_BIND | MS_REMOUNT | MS_RDONLY |
                      (information.f_flag &
                       (MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME |
                        MS_NODIRATIME | MS_RELATIME)),
                  NULL) == -1 &&
            strcmp(path, "/") == 0)
            result = -1;
    }
    free(line);
    fclose(list);

    return result;
}

/* The first process of the house: with it everything ends. */
static _Noreturn void keep_house(const char *folder, char *command[])
{
    char inner[LONGEST_PATH];
    pid_t pid, ended;
    int status = 0, result = 2;

    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    snprintf(inner, sizeof inner, "%s/d", folder);
    if (lock_files() == -1 ||
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
              NULL) == -1 ||
        mount("grading", folder, "tmpfs", MS_NOSUID | MS_NODEV,
              "size=512m,mode=711") == -1 ||
        mkdir(inner, 0711) == -1 ||
        mount("programs", inner, "tmpfs", MS_NOSUID | MS_NODEV,
              "size=64m,nr_inodes=4096,mode=711") == -1) {
        fprintf(stderr, "the grader could not run: %s: %s\n", folder,
                strerror(errno));
        _exit(2);
    }
    setenv("TMPDIR", folder, 1);
    setenv("UDS_TMP", folder, 1);
    setenv("UDS_HOUSE", inner, 1);

    pid = fork();
    if (pid == 0)
        be_command(command);
    while (pid != -1) {
        ended = wait(&status);
        if (ended == -1 && errno == ECHILD)
            break;
        if (ended == pid) {
            result = WIFEXITED(status) ? WEXITSTATUS(status)
                                       : 128 + WTERMSIG(status);
            break;
        }
    }
    _exit(result);
}

static bool leave_the_rest(void)
{
    return unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET) ==
               0 &&
           mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

/* Can the house and the view be built? A process that goes again tries it. */
static bool can_leave_the_rest(void)
{
    pid_t pid = fork();
    int status = 1;

    if (pid == -1)
        return false;
    if (pid == 0) {
        if (!leave_the_rest())
            _exit(1);
        pid = fork();
        if (pid == 0)
            _exit(mount("proc", "/proc", "proc", 0, "hidepid=2") == -1 ||
                  mount("probe", "/tmp", "tmpfs", 0, NULL) == -1);
        if (pid == -1 || waitpid(pid, &status, 0) == -1)
            _exit(1);
        _exit(status != 0);
    }
    while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
        ;

    return status == 0;
}

#endif

/* Where it cannot be built, the command runs without it. */
static int house(int argc, char *argv[])
{
    if (argc < 3)
        usage();
#ifdef __linux__
    char user[32];
    pid_t keeper;
    int status;

    if (geteuid() == 0) {
        snprintf(user, sizeof user, "%u", take_users());
        setenv("UDS_USER", user, 1);
    }
    if (geteuid() == 0 && can_leave_the_rest()) {
        if (!leave_the_rest()) {
            perror("the grader could not run: unshare");
            return 2;
        }
        keeper = fork();
        if (keeper == -1) {
            perror("the grader could not run: fork");
            return 2;
        }
        if (keeper == 0)
            keep_house(argv[1], argv + 2);
        while (waitpid(keeper, &status, 0) == -1 && errno == EINTR)
            ;

        return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
    }
#endif
    be_command(argv + 2);
}

static int able(int argc, char *argv[])
{
    (void)argc;
    (void)argv;
    if (geteuid() != 0) {
        puts("only root can run programs as another user");
        return 1;
    }
#ifdef __linux__
    if (!can_leave_the_rest()) {
        puts("this system does not allow namespaces and mounts");
        return 1;
    }

    return 0;
#else
    puts("only Linux has the namespaces that keep programs apart");
    return 1;
#endif
}

/* ---- copy, processes, stage, sweep ---- */

/*
 * Opens a file below a folder without following any link, and without waiting
 * for the writer of a FIFO. (The folder itself may be reached by links.)
 */
static int open_below(const char *folder, const char *path)
{
    int parent = open(folder, O_SEARCH | O_DIRECTORY | O_CLOEXEC), file;
    char name[LONGEST_PATH];
    const char *slash;

    while (parent != -1 && (slash = strchr(path, '/')) != NULL) {
        if ((size_t)(slash - path) >= sizeof name) {
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(name, path, (size_t)(slash - path));
        name[slash - path] = '\0';
        path = slash + 1;
        file = openat(parent, name,
                      O_SEARCH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        close(parent);
        parent = file;
    }
    if (parent == -1)
        return -1;
    file = openat(parent, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    close(parent);

    return file;
}

static int refuse(const char *reason)
{
    puts(reason);

    return 1;
}

/* Exit status 1: the file is refused, with the reason; 2: our own trouble. */
static int copy(int argc, char *argv[])
{
    char bytes[PIECE];
    struct stat found;
    long most, all = 0;
    ssize_t count;
    int from, to;

    if (argc != 5)
        usage();
    most = number_of(argv[1]);

    from = open_below(argv[2], argv[3]);
    if (from == -1) {
        switch (errno) {
        case ELOOP:
        case ENOTDIR:
            return refuse("It is a symbolic link, or behind one.");
        case ENXIO:
            return refuse("It is not a regular file.");
        case EMFILE:
        case ENFILE:
        case ENOMEM:
            perror(argv[3]);
            return 2;
        default:
            printf("It cannot be opened: %s.\n", strerror(errno));
            return 1;
        }
    }
    if (fstat(from, &found) == -1) {
        perror(argv[3]);
        return 2;
    }
    if (!S_ISREG(found.st_mode))
        return refuse("It is not a regular file.");
    if (found.st_size > most)
        return refuse("It is too large.");

    to = open(argv[4], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (to == -1) {
        perror(argv[4]);
        return 2;
    }
    while ((count = read(from, bytes, sizeof bytes)) > 0) {
        all += count;
        if (all > most)
            return refuse("It is too large.");
        if (write(to, bytes, (size_t)count) != count) {
            perror(argv[4]);
            return 2;
        }
    }
    if (count == -1 || close(to) == -1) {
        perror(argv[3]);
        return 2;
    }

    return 0;
}

#ifdef RLIMIT_NPROC

/* May the user have a process more, if that is the limit? */
static bool has_fewer_than(rlim_t number)
{
    struct rlimit limits = {number, number};
    pid_t pid = fork(), inner;
    int status = 1;

    if (pid == 0) {
        if (setrlimit(RLIMIT_NPROC, &limits) == -1)
            _exit(0);
        inner = fork();
        if (inner == 0)
            _exit(0);
        if (inner != -1)
            waitpid(inner, NULL, 0);
        _exit(inner == -1);
    }
    if (pid == -1)
        return true;
    waitpid(pid, &status, 0);

    return status == 0;
}

#endif

/*
 * Asks the kernel, by trying: the limit counts processes and threads that no
 * list shows, those in containers for example.
 */
static int processes(int argc, char *argv[])
{
    unsigned long low = 0, high = 1UL << 16, middle;

    (void)argc;
    (void)argv;
#ifdef RLIMIT_NPROC
    while (high - low > 8) {
        middle = low + (high - low) / 2;
        if (has_fewer_than(middle))
            high = middle;
        else
            low = middle;
    }
#endif
    printf("%lu\n", high);

    return 0;
}

/*
 * Each test begins with this. It could be four commands of the shell: to start
 * them would take ten times as long as what they do.
 */
static int stage(int argc, char *argv[])
{
    char path[LONGEST_PATH], folder[LONGEST_PATH];
    uid_t user;
    long last;

    if (argc != 6 || strlen(argv[5]) >= sizeof folder)
        usage();
    user = (uid_t)number_of(argv[1]);
    last = number_of(argv[4]);

    if (mkdir(argv[2], 0700) == -1) {
        perror(argv[2]);
        return 2;
    }
    for (long n = number_of(argv[3]); n <= last; n++) {
        snprintf(path, sizeof path, "%s/fifo%ld", argv[2], n);
        if (mkfifo(path, 0600) == -1) {
            perror(path);
            return 2;
        }
    }

    snprintf(folder, sizeof folder, "%s", argv[5]);
    if (mkdtemp(folder) == NULL ||
        (user != geteuid() && chown(folder, user, (gid_t)-1) == -1)) {
        perror(argv[5]);
        return 2;
    }
    puts(folder);

    return 0;
}

static int sweep(int argc, char *argv[])
{
    if (argc < 2)
        usage();
    kill_user((uid_t)number_of(argv[1]));
    if (argc == 2)
        return 0;

    execvp(argv[2], argv + 2);
    perror(argv[2]);

    return 2;
}
