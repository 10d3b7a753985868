/*
 * terminal.c - a terminal without a screen, for the test of the lessons.
 *
 *     terminal COMMAND...
 *
 * COMMAND runs on a pseudo terminal, as it does in the window of a reader: it
 * is interactive, Ctrl-C is a signal, Ctrl-D the end of its input. What comes
 * on standard input is typed there; what is printed there goes to standard
 * output, a whole line at a time. A null byte is no key: everything printed so
 * far is passed on, and then the line "-- end --".
 */
#define _XOPEN_SOURCE 700
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* The line by which the reader of our output knows that it has seen all. */
#define END "-- end --\n"

static void die(const char *call)
{
    fprintf(stderr, "terminal: %s: %s\n", call, strerror(errno));
    exit(EXIT_FAILURE);
}

static void write_all(int descriptor, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t taken = write(descriptor, data, size);
        if (taken == -1 && errno != EINTR)
            die("write");
        if (taken > 0) {
            data += taken;
            size -= (size_t)taken;
        }
    }
}

/*
 * Nothing is added to what the programs print: no echo of the keys, no carriage
 * return. A signal from the keyboard throws nothing away (NOFLSH): a reader
 * has seen by then what was printed.
 */
static void set_modes(int slave)
{
    struct termios modes;
    if (tcgetattr(slave, &modes) == -1)
        die("tcgetattr");
    modes.c_lflag &= ~(tcflag_t)ECHO;
    modes.c_lflag |= NOFLSH;
    modes.c_oflag &= ~(tcflag_t)OPOST;
    if (tcsetattr(slave, TCSANOW, &modes) == -1)
        die("tcsetattr");
#ifdef TIOCSWINSZ
    struct winsize size = {.ws_row = 50, .ws_col = 200};
    ioctl(slave, TIOCSWINSZ, &size);
#endif
}

/* The child: a session of its own, on the terminal alone, and COMMAND. */
static void run(const char *name, char *command[])
{
    setsid();
    int slave = open(name, O_RDWR); /* on Linux, it is our terminal by this */
    if (slave == -1)
        die(name);
#ifdef TIOCSCTTY
    ioctl(slave, TIOCSCTTY, 0); /* elsewhere by this */
#endif
    for (int i = 0; i < 3; i++)
        dup2(slave, i);
    for (int i = 3; i < 256; i++)
        close(i);
    /* A job in the background was told to ignore them; a reader's is not. */
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    execvp(command[0], command);
    die(command[0]);
}

/* Passes on what was printed, up to its last whole line; 0 at the end. */
static int pass_on(int master)
{
    static char line[65536];
    static size_t size;

    for (;;) {
        ssize_t got = read(master, line + size, sizeof line - size);
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1 && errno == EAGAIN)
            return 1;
        if (got <= 0) {
            write_all(STDOUT_FILENO, line, size);
            return 0;
        }
        size += (size_t)got;
        size_t whole = size;
        while (whole > 0 && line[whole - 1] != '\n')
            whole--;
        if (whole == 0 && size == sizeof line)
            whole = size;
        write_all(STDOUT_FILENO, line, whole);
        size -= whole;
        memmove(line, line + whole, size);
    }
}

/*
 * Presses the keys that have come; 0 when there will be no more. Linux passes
 * them on in the background. poll(2) on the slave waits for that, so that who
 * reads them there is awake before we answer a null byte.
 */
static int press(int master, int slave)
{
    struct pollfd input = {.fd = slave, .events = POLLIN};
    char keys[4096];
    ssize_t got = read(STDIN_FILENO, keys, sizeof keys);
    if (got == -1 && errno == EINTR)
        return 1;
    for (ssize_t i = 0; i < got; i++) {
        if (keys[i] != '\0') {
            write_all(master, &keys[i], 1);
        } else {
            poll(&input, 1, 0);
            if (!pass_on(master))
                return 0;
            write_all(STDOUT_FILENO, END, strlen(END));
        }
    }
    return got > 0;
}

int main(int argc, char *argv[])
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s COMMAND...\n", argv[0]);
        return 2;
    }
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master == -1 || grantpt(master) == -1 || unlockpt(master) == -1)
        die("posix_openpt");
    const char *name = ptsname(master);
    int slave = name == NULL ? -1 : open(name, O_RDWR | O_NOCTTY);
    if (slave == -1)
        die("ptsname");
    set_modes(slave);

    pid_t child = fork();
    if (child == -1)
        die("fork");
    if (child == 0)
        run(name, argv + 1);
    fcntl(master, F_SETFL, O_NONBLOCK);

    /* The slave stays open here, and with it the modes that we have set. */
    struct pollfd watched[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                               {.fd = master, .events = POLLIN}};
    do {
        if (poll(watched, 2, -1) == -1 && errno != EINTR)
            die("poll");
        if (watched[1].revents != 0 && !pass_on(master))
            break;
    } while (watched[0].revents == 0 || press(master, slave));

    /* The window is closed: what still runs in it gets SIGHUP. */
    close(slave);
    close(master);
    return waitpid(child, NULL, 0) == -1;
}
