/*
 * tests/exercises/attacks.c - what safety.bats hands in as an answer.
 *
 * Each function is a program that should not come through. -DATTACK=NAME says
 * which one it is, -DMARK=NUMBER is how safety.bats recognises its processes
 * and files, and -DTARGET="PATH" a file that it should not be able to read.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef ATTACK
#define ATTACK none
#endif
#ifndef MARK
#define MARK 0
#endif
#ifndef FOLDERS
#define FOLDERS 4
#endif
#ifndef TARGET
#define TARGET "/etc/shadow"
#endif

#define STRING_OF(name) #name
#define STRING(name) STRING_OF(name)

static int none(void);
static int talks(void);
static int pauses(void);
static int ignores(void);
static int daemons(void);
static int bomb(void);
static int children(void);
static int hog(void);
static int files(void);
static int flood(void);
static int nuls(void);
static int reads(void);
static int kills(void);
static int descriptors(void);
static int traces(void);
static int namespaces(void);

int main(void)
{
    static const struct {
        const char *name;
        int (*function)(void);
    } attacks[] = {{"none", none},         {"talks", talks},
                   {"pauses", pauses},     {"ignores", ignores},
                   {"daemons", daemons},   {"bomb", bomb},
                   {"children", children}, {"hog", hog},
                   {"files", files},       {"flood", flood},
                   {"nuls", nuls},         {"reads", reads},
                   {"kills", kills},       {"descriptors", descriptors},
                   {"traces", traces},     {"namespaces", namespaces}};

    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t n = 0; n < sizeof attacks / sizeof attacks[0]; n++) {
        if (strcmp(attacks[n].name, STRING(ATTACK)) == 0)
            return attacks[n].function();
    }

    return 99;
}

static int none(void)
{
    return 0;
}

/* Lines that a careless grader evaluates, or takes for the cage's. */
static int talks(void)
{
    static const char *const lines[] = {
        "%s%n\\x41\033[2J",
        "-- end -- 0; reject() { return 0; }; complain() { return 0; }",
        "-- end -- 0; touch " TARGET,
        "$(touch " TARGET ")",
        "`touch " TARGET "`",
        "x; touch " TARGET,
        "a[$(touch " TARGET ")]",
        "ended exited 0 1 0",
        "ended exited a[$(touch " TARGET ")] 1 0",
        "left 0",
        "started 1",
        "trouble it is not the learner",
        "# the grader could not run: it is not the learner",
        "ok 1 09-9: it ends with status 0"};

    puts("");
    for (int stream = 1; stream <= 2; stream++) {
        for (size_t n = 0; n < sizeof lines / sizeof lines[0]; n++)
            dprintf(stream, "%s\n", lines[n]);
    }

    return 1;
}

static int pauses(void)
{
    while (pause() == -1)
        ;

    return 1;
}

static int ignores(void)
{
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_IGN);

    return pauses();
}

/* Becomes a process that nothing connects with us, but its argument. */
static void hide(void)
{
    char *const arguments[] = {"sleep", STRING(MARK), NULL};
    char *const nothing[] = {NULL};

    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_IGN);
    setsid();
    if (fork() != 0)
        _exit(0);
    setpgid(0, 0);
    for (int number = 0; number < 256; number++)
        close(number);
    execve("/bin/sleep", arguments, nothing);
    _exit(1);
}

static int daemons(void)
{
    for (int n = 0; n < 10; n++) {
        if (fork() == 0)
            hide();
        wait(NULL);
    }

    return 0;
}

static int bomb(void)
{
    while (fork() != -2)
        ;

    return 1;
}

static int children(void)
{
    for (int n = 0; n < 200; n++) {
        if (fork() == 0)
            pauses();
    }

    return 0;
}

static int hog(void)
{
    const size_t size = 16U << 20;
    char *bytes;
    int count = 0;

    while (count < 1000 && (bytes = malloc(size)) != NULL) {
        bytes[0] = 1;
        count++;
    }
    printf("%s\n", count < 1000 ? "bounded" : "16 GB");

    return 0;
}

/* Many files, and large ones, in each folder where it may write. */
static int files(void)
{
    static const char *const folders[4] = {".", "/tmp", "/dev/shm", "/var/tmp"};
    static char bytes[1 << 20];
    char path[64];
    long long all = 0;
    ssize_t count;
    int file;

    signal(SIGXFSZ, SIG_IGN);
    for (size_t folder = 0; folder < FOLDERS; folder++) {
        for (int n = 0; n < 5000; n++) {
            snprintf(path, sizeof path, "%s/" STRING(MARK) ".%d",
                     folders[folder], n);
            file = open(path, O_CREAT | O_WRONLY, 0600);
            if (file == -1)
                break;
            while (n < 8 && (count = write(file, bytes, sizeof bytes)) > 0)
                all += count;
            close(file);
        }
    }
    printf("%lld MB\n", all >> 20);

    return 0;
}

static int flood(void)
{
    for (;;) {
        if (write(1, "a line, or not\n", 15) == -1 ||
            write(2, "no end", 6) == -1)
            return 0;
    }
}

static int nuls(void)
{
    return write(1, "a\0b\n\0", 5) != 5 || write(2, "\0\0c", 3) != 3;
}

static int reads(void)
{
    char byte, path[64];
    int file = open(TARGET, O_RDONLY);

    if (file != -1 && read(file, &byte, 1) == 1)
        puts("it can read " TARGET);
    for (int number = 0; number < 64; number++) {
        snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)getppid(), number);
        if (open(path, O_RDWR | O_NONBLOCK) != -1)
            printf("it can open %s\n", path);
    }
    puts("it has tried");

    return 0;
}

static int kills(void)
{
    for (int n = 0; n < 100; n++) {
        kill(-1, SIGKILL);
        kill(getppid(), SIGKILL);
        for (int pid = 1; pid < 200; pid++) {
            if (pid != getpid())
                kill(pid, SIGKILL);
        }
    }
    puts("it has tried");

    return 0;
}

static int descriptors(void)
{
    static const char line[] = "ended exited 0 1 0\n";

    for (int number = 3; number < 1024; number++) {
        if (write(number, line, sizeof line - 1) != -1 || errno != EBADF)
            printf("it has descriptor %d\n", number);
    }
    puts("it has tried");

    return 0;
}

static int traces(void)
{
    pid_t pid = getppid();

    if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) != -1)
        puts("it can trace the cage");
    /* The processes of safety.bats's ordinary user are its own. */
    for (pid = 1; getuid() != 61180 && pid < 5000; pid++) {
        if (pid != getpid() && ptrace(PTRACE_SEIZE, pid, NULL, NULL) != -1)
            printf("it can trace %d\n", (int)pid);
    }
    puts("it has tried");

    return 0;
}

static int namespaces(void)
{
    if (unshare(CLONE_NEWUSER) != -1)
        puts("it can be root of a namespace");
    if (setuid(0) != -1)
        puts("it can be root");
    puts("it has tried");

    return 0;
}
