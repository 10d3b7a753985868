#!/usr/bin/env python3
"""Start a program in surroundings that a shell cannot give it: a terminal, for example.

    python3 -SuB tests/lib/starters.py                         lists them
    python3 -SuB tests/lib/starters.py ACTION ARGUMENT...

In a test: `start server "${STARTERS[@]}" hears-sigint "$program" "$DIR/s"`.
"""
import fcntl
import os
import signal
import sys
import termios

from actions import action, run

# Some actions import what only they need: `subprocess` would make every start slower.


@action
def hears_sigint(program, path):
    """Become PROGRAM, with SIGINT as at a terminal: a shell's background job ignores it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.execv(program, [program, path])


# ---- Terminals -----------------------------------------------------------------------


def read_until(terminal, done):
    """Read what appears at the terminal until done(text)."""
    text = b""
    while not done(text):
        text += os.read(terminal, 100)


@action
def at_terminal(client, path):
    """CLIENT at a terminal: type two lines, then a third one and Ctrl-D; print its status."""
    import pty
    process, terminal = pty.fork()
    if process == 0:
        os.execv(client, [client, path])
    for line in b"one", b"two":
        os.write(terminal, line + b"\n")
        read_until(terminal, lambda text: text.count(line) == 2)  # the echo, and the reply
        print(line.decode())
    os.write(terminal, b"three\n\x04")
    read_until(terminal, lambda text: text.count(b"three") == 2)
    print("status", os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))


@action
def unread_terminal(way, program, path):
    """PROGRAM prints at a terminal that is never read: WAY is cooked, raw or stopped."""
    import pty
    import subprocess
    import tty
    terminal, output = pty.openpty()
    if way == "raw":
        tty.setraw(output)
    if way == "stopped":
        termios.tcflow(output, termios.TCOOFF)
    server = subprocess.Popen([program, path], stdout=output, preexec_fn=os.setsid)
    print("started", server.pid)
    status = server.wait()
    os.close(terminal)
    sys.exit(status)


@action
def strange_terminal(*command):
    """COMMAND..., which becomes another user, prints at a terminal that only root may open."""
    import pty
    import subprocess
    terminal, output = pty.openpty()
    os.fchmod(output, 0o600)
    server = subprocess.Popen(command, stdout=output, preexec_fn=os.setsid)
    read_until(terminal, lambda text: b"listen" in text)
    print("started", server.pid)
    sys.exit(server.wait())


# ---- Non-blocking standard input and output ------------------------------------------


def bytes_in(pipe):
    """Return how many bytes wait in the pipe."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), "little")


def wait_until_asleep(process):
    """Wait until the process is blocked in a call, or has exited (Linux)."""
    state = ""
    while state not in ("S", "Z"):
        try:
            with open("/proc/%d/stat" % process.pid) as stat:
                state = stat.read().split()[2]
        except FileNotFoundError:
            return


@action
def nonblocking(client, path, file):
    """CLIENT gets FILE through non-blocking pipes; print if it came back, and its status."""
    import subprocess
    with open(file, "rb") as source:
        data = source.read()
    stdin, to_client = os.pipe()
    from_client, stdout = os.pipe()
    os.set_blocking(stdin, False)
    os.set_blocking(stdout, False)
    process = subprocess.Popen([client, path], stdin=stdin, stdout=stdout)
    os.close(stdin)
    os.close(stdout)
    if os.fork() == 0:
        # Its input comes when it is asleep already.
        os.close(from_client)
        for start in range(0, len(data), 500000):
            wait_until_asleep(process)
            os.write(to_client, data[start:start + 500000])
        os._exit(0)
    os.close(to_client)
    # Its output is read when the pipe is full.
    while process.poll() is None and bytes_in(from_client) < 60000:
        pass
    wait_until_asleep(process)
    with open(from_client, "rb") as back:
        print(back.read() == data, process.wait())


if __name__ == "__main__":
    run()
