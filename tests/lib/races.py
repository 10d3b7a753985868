#!/usr/bin/env python3
"""Servers that are started many times, at once or one after another, on one path.

    python3 -SuB tests/lib/races.py                 lists the actions
    python3 -SuB tests/lib/races.py ACTION PATH COUNT [ARGUMENT...]

In a test: `run "${RACES[@]}" race "$DIR/s" 40 "$(program server)"`. Several programs take
turns. An action ends all the servers that it has started.
"""
import os
import signal
import socket
import subprocess
import sys
import threading
import time

from actions import action, run


def listens(server):
    """Read the output of a server; return whether it gets as far as listen()."""
    text = b""
    while b"listen" not in text:
        piece = server.stdout.read1(4096)
        if not piece:
            return False
        text += piece
    return True


def end(server, with_signal=signal.SIGTERM):
    """Send a signal to a server, and wait until it has exited."""
    server.send_signal(with_signal)
    server.wait()
    server.stdout.close()


@action
def starts(path, count, *programs):
    """Start and end a server COUNT times, with a umask that forbids nothing."""
    os.umask(0)
    for n in range(int(count)):
        server = subprocess.Popen([programs[n % len(programs)], path], stdout=subprocess.PIPE)
        if not listens(server):
            sys.exit("start %d failed" % n)
        end(server)
    print(count, "starts")


# ---- Many servers at once ------------------------------------------------------------


@action
def race(path, count, *programs):
    """Start COUNT servers at once; print how many stay, and if the path leads to that one."""
    servers = start_together(path, int(count), programs)
    owners = [server for server in servers if listens(server)]
    alive = [server for server in owners if server.poll() is None]
    print(len(alive), "owner, and", who_answers(path, alive))
    for server in servers:
        end(server)


def start_together(path, count, programs):
    """Start that many servers at the same instant."""
    # Each begins as a shell that waits for the end of a pipe, and then becomes the server.
    ready, go = os.pipe()
    become = 'read _; exec "$@" 2>/dev/null'
    servers = [subprocess.Popen(
        ["sh", "-c", become, "sh", programs[n % len(programs)], path],
        stdin=ready, stdout=subprocess.PIPE, close_fds=True) for n in range(count)]
    os.close(ready)
    os.close(go)
    return servers


def who_answers(path, alive):
    """Say whether the server at the path echoes, and is the first one of those alive."""
    s = socket.socket(socket.AF_UNIX)
    try:
        s.connect(path)
        s.sendall(b"hello")
        answer = s.recv(100)
        peer = s.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)[:4]
        if peer != alive[0].pid.to_bytes(4, sys.byteorder):
            return "another process answers"
        return "it answers" if answer == b"hello" else "no answer"
    except (OSError, IndexError) as error:
        return str(error)
    finally:
        s.close()


# ---- Loops of starts -----------------------------------------------------------------


class Loops:
    """Loops that start and end servers on one path, and what they have seen.

    A server counts as alive from its line "listen" until it is sent a signal. There must
    never be two of them, and the path must exist as long as one is alive.
    """

    def __init__(self, path, programs):
        self.path = path
        self.programs = programs
        self.guard = threading.Lock()
        self.alive = set()
        self.starts = self.owners = 0
        self.wrong = []

    def loop(self, seed, seconds):
        """Start a server and end it by TERM or KILL, over and over."""
        import random
        dice = random.Random(seed)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            server = subprocess.Popen([dice.choice(self.programs), self.path],
                                      stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            self.note_start(server, listens(server))
            time.sleep(dice.random() * 0.003)  # so that the loops meet in every way
            self.note_end(server)
            end(server, dice.choice([signal.SIGTERM, signal.SIGKILL]))

    def note_start(self, server, listening):
        """Count a start. If this server listens, it must be the only one."""
        with self.guard:
            self.starts += 1
            if not listening:
                return
            self.owners += 1
            self.alive.add(server.pid)
            if len(self.alive) > 1:
                self.wrong.append("two alive: %s" % self.alive)
            if not os.path.exists(self.path):
                self.wrong.append("no path for %d" % server.pid)

    def note_end(self, server):
        """Before this server is sent a signal, its path must still exist."""
        with self.guard:
            if server.pid in self.alive and not os.path.exists(self.path):
                self.wrong.append("the path of %d went away" % server.pid)
            self.alive.discard(server.pid)


@action
def loops(path, count, seconds, *programs):
    """COUNT loops start and end servers for SECONDS; print what went wrong."""
    seen = Loops(path, programs)
    threads = [threading.Thread(target=seen.loop, args=(seed, float(seconds)))
               for seed in range(int(count))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for line in seen.wrong[:10]:
        print(line)
    print(seen.starts, "starts,", seen.owners, "owners:",
          "WRONG" if seen.wrong else "never two, never one without its path")


# ---- Signals to all processes of a server --------------------------------------------


@action
def interrupts(path, count, program):
    """SIGINT to all of a server's processes while 60 clients arrive; print how often in order.

    In order means exit status 0, no message, and the path is gone.
    """
    in_order = 0
    for n in range(int(count)):
        server = subprocess.Popen([program, path], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, preexec_fn=lead_group)
        while b"may wait" not in server.stdout.readline():
            pass
        clients = arrive(path, 60, lambda: os.killpg(server.pid, signal.SIGINT), 20 + n % 40)
        message = server.communicate(timeout=20)[1]
        for client in clients:
            client.close()
        stays = os.path.exists(path)
        if server.returncode == 0 and not message and not stays:
            in_order += 1
            continue
        print("status", server.returncode, "message", message, "path there" if stays else "")
        if stays:
            os.unlink(path)
    print(in_order, "of", count, "left in order")


def lead_group():
    """In the new process: lead a process group, and hear SIGINT."""
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def arrive(path, count, interrupt, when):
    """Let that many clients connect without waiting; interrupt() after the given one."""
    clients = []
    for number in range(count):
        client = socket.socket(socket.AF_UNIX)
        client.setblocking(False)
        try:
            client.connect(path)
            client.send(b"hello")
        except OSError:
            pass
        clients.append(client)
        if number == when:
            interrupt()
    return clients


if __name__ == "__main__":
    run()
