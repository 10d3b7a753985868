#!/usr/bin/env python3
"""What the kernel does, without any of our programs: one action for each fact.

    python3 -SuB tests/lib/kernel.py                 lists them
    python3 -SuB tests/lib/kernel.py ACTION PATH     checks one, in the folder of PATH

A fact that holds ends with the line "so it is". tests/stages/kernel.bats runs them all.
"""
import ctypes
import errno
import os
import select
import signal
import socket
import stat
import struct

from actions import action, run

# The C library, for the results and errors that Python hides.
c = ctypes.CDLL(None, use_errno=True)


def fails(error, call, *arguments):
    """Assert that this call fails with that error."""
    try:
        result = call(*arguments)
    except OSError as failure:
        found = failure.errno
    else:
        found = ctypes.get_errno() if result == -1 else 0
    assert found == getattr(errno, error), (error, errno.errorcode.get(found))


def unix(kind=socket.SOCK_STREAM):
    """Return a new socket."""
    return socket.socket(socket.AF_UNIX, kind)


def connected(path):
    """Return a socket that is connected to the path."""
    s = unix()
    s.connect(path)
    return s


def listening(path):
    """Return a socket that listens at the path."""
    s = unix()
    s.bind(path)
    s.listen(5)
    return s


# ---- Names ---------------------------------------------------------------------------


@action
def reuse(path):
    """SO_REUSEADDR does not free a name, and a socket has one name at most."""
    listening(path).close()
    s = unix()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    fails("EADDRINUSE", s.bind, path)
    s.bind(path + "2")
    fails("EINVAL", s.bind, path + "3")


@action
def unlink_first(path):
    """unlink() before bind() takes a running server's new clients, and leaves it the old."""
    first = listening(path)
    old = connected(path)
    os.unlink(path)
    second = listening(path)
    new = connected(path)
    at_first, at_second = first.accept()[0], second.accept()[0]
    old.send(b"old")
    new.send(b"new")
    assert (at_first.recv(9), at_second.recv(9)) == (b"old", b"new")
    first.setblocking(False)
    fails("EAGAIN", first.accept)
    with open("/proc/net/unix") as table:
        rows = [row.split() for row in table]
    assert len([row for row in rows if row[3] == "00010000" and row[-1] == path]) == 2


@action
def full_sun_path(path):
    """A path may fill sun_path without a final null byte (Linux)."""
    name = (path + "x" * 108)[:108].encode()
    s = unix()
    assert c.bind(s.fileno(), struct.pack("H", socket.AF_UNIX) + name, 110) == 0
    assert stat.S_ISSOCK(os.stat(name).st_mode)
    assert s.getsockname().encode() == name


@action
def abstract(path):
    """An abstract name begins with a null byte, is no file, and every byte counts (Linux)."""
    name = b"\0" + path.encode()
    s = listening(name)
    assert not os.path.exists(path)
    fails("EADDRINUSE", unix().bind, name)
    unix().bind(name + b"\0")
    fails("ECONNREFUSED", unix().connect, name + b"\0\0")
    unix().connect(name)
    s.close()
    listening(name)  # the name was gone with its socket
    # An empty path with sizeof address is 108 null bytes. Another test run may have it.
    empty = unix()
    try:
        empty.bind(b"\0" * 108)
    except OSError as taken:
        assert taken.errno == errno.EADDRINUSE
    else:
        assert empty.getsockname() == b"\0" * 108


@action
def relative(path):
    """A relative path means another file after chdir()."""
    os.chdir(os.path.dirname(path))
    s = listening("s")
    os.mkdir("below")
    os.chdir("below")
    fails("ENOENT", unix().connect, "s")
    unix().connect("../s")
    s.close()


@action
def socket_file(path):
    """fchmod() does not reach the file, open() is ENXIO, and other names work as well."""
    s = listening(path)
    before = os.stat(path).st_mode
    os.fchmod(s.fileno(), 0o640)
    assert os.stat(path).st_mode == before
    fails("ENXIO", os.open, path, os.O_RDWR)
    os.link(path, path + "l")
    os.rename(path, path + "m")
    for name in path + "l", path + "m":
        unix().connect(name)


@action
def closed_folder(path):
    """To connect, one must be allowed to search the folder, whatever the socket's mode."""
    s = listening(path)
    folder = os.path.dirname(path)
    os.chmod(path, 0o777)
    os.chmod(folder, 0o755)
    os.setgroups([])
    os.setegid(65534)
    os.seteuid(65534)
    unix().connect(path)
    os.seteuid(0)
    os.chmod(folder, 0o700)
    os.seteuid(65534)
    fails("EACCES", unix().connect, path)
    s.close()


# ---- accept(), signals ---------------------------------------------------------------


@action
def accepted(path):
    """A client has no name, O_NONBLOCK is not inherited, a datagram socket has no clients."""
    s = listening(path)
    guest = connected(path)
    address, size = ctypes.create_string_buffer(b"x" * 110, 110), ctypes.c_int(110)
    s.setblocking(False)
    client = c.accept(s.fileno(), address, ctypes.byref(size))
    assert size.value == 2 and address.raw[2:] == b"x" * 108
    assert not os.get_blocking(s.fileno()) and os.get_blocking(client)
    fails("EOPNOTSUPP", unix(socket.SOCK_DGRAM).accept)
    guest.close()


@action
def interrupted(path):
    """A signal interrupts accept() without SA_RESTART, poll() always, write() half done."""
    def alarms(restart):
        # Again and again, so that one comes while the call blocks.
        signal.signal(signal.SIGALRM, lambda *_: None)
        signal.siginterrupt(signal.SIGALRM, not restart)
        signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)

    s = listening(path)
    alarms(restart=False)
    fails("EINTR", c.accept, s.fileno(), None, None)
    alarms(restart=True)
    fails("EINTR", c.poll, struct.pack("ihh", s.fileno(), select.POLLIN, 0), 1, -1)
    a, _peer = socket.socketpair()
    written = c.write(a.fileno(), bytes(1 << 20), 1 << 20)
    assert 0 < written < 1 << 20, written


@action
def children(path):
    """Many children may end with one SIGCHLD: one wait() for each signal leaves zombies."""
    signals = []
    signal.signal(signal.SIGCHLD, lambda *_: signals.append(1))
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    started = []
    for _ in range(10):
        child = os.fork()
        if child == 0:
            os._exit(0)
        started.append(child)
    for child in started:
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
    assert len(signals) == 1
    os.wait()
    assert len([os.wait() for _ in range(9)]) == 9  # these were left


# ---- Bytes ---------------------------------------------------------------------------


def fill(s, piece):
    """Send pieces until nothing more fits; return the number of bytes."""
    count = 0
    s.setblocking(False)
    try:
        while True:
            count += s.send(piece)
    except BlockingIOError:
        return count


@action
def overhead(path):
    """Pending bytes are counted with an overhead; with both sides full, neither can write."""
    a, b = socket.socketpair()
    large, small = fill(a, bytes(1 << 20)), fill(b, b"x")
    assert 100 * small < large, (large, small)
    assert select.select([], [a, b], [], 0)[1] == []  # a deadlock, if both wait for room


@action
def no_boundaries(path):
    """A stream has no boundaries: eight bytes, read three at a time, are 3, 3 and 2."""
    a, b = socket.socketpair()
    a.send(b"12345678")
    assert [len(b.recv(3)) for _ in range(3)] == [3, 3, 2]


# ---- The end of a connection ---------------------------------------------------------


@action
def unread(path):
    """A peer closed with our bytes unread: its own bytes come, ECONNRESET once, the end."""
    a, b = socket.socketpair()
    a.send(b"unread")
    b.send(b"its own")
    b.close()
    assert a.recv(9) == b"its own"
    fails("ECONNRESET", a.recv, 9)
    assert a.recv(9) == b""


@action
def copies(path):
    """The end comes when the last copy of a descriptor is closed, or with shutdown()."""
    a, b = socket.socketpair()
    a.setblocking(False)
    copy = b.dup()
    b.close()
    fails("EAGAIN", a.recv, 9)
    copy.close()
    assert a.recv(9) == b""
    a, b = socket.socketpair()
    copy = b.dup()
    b.shutdown(socket.SHUT_WR)
    assert a.recv(9) == b""


@action
def gone(path):
    """Writing to a peer that is gone is EPIPE and a SIGPIPE, which MSG_NOSIGNAL prevents."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    a, b = socket.socketpair()
    b.close()
    fails("EPIPE", a.send, b"x", socket.MSG_NOSIGNAL)
    if os.fork() == 0:
        a.send(b"x")
        os._exit(0)
    assert os.WTERMSIG(os.wait()[1]) == signal.SIGPIPE


@action
def hang_up(path):
    """poll() and epoll report a peer that left, asked or not, together with its bytes."""
    a, b = socket.socketpair()
    b.send(b"its own")
    b.close()
    p, e = select.poll(), select.epoll()
    for asked in 0, select.POLLIN:
        p.register(a, asked)
        e.register(a.fileno(), asked)
        for _ in range(3):  # each time anew: a loop that waits for nothing here spins
            reported = p.poll(0)[0][1]
            assert reported == asked | select.POLLHUP, reported
            assert reported == e.poll(0)[0][1]
        e.unregister(a.fileno())
    assert a.recv(9) == b"its own"


@action
def reused_number(path):
    """In a batch of epoll, an event may belong to a number that was given out again."""
    e = select.epoll()
    pairs = [socket.socketpair() for _ in range(2)]
    for mine, peer in pairs:
        e.register(mine.fileno(), select.EPOLLIN)
        peer.send(b"x")
    batch = [number for number, events in e.poll()]
    old = pairs[1][0].fileno()
    assert old in batch
    pairs[1][0].close()  # while the other one's event is handled
    new = os.dup(pairs[0][1].fileno())  # as accept() would
    assert new == old
    # The batch has this number, although there is nothing to read.
    assert select.select([new], [], [], 0)[0] == []


if __name__ == "__main__":
    run()
    print("so it is")
