#!/usr/bin/env python3
"""The clients of the tests: clients that are many, slow, rude, or in step with a test.

    python3 -SuB tests/lib/clients.py                       lists them
    python3 -SuB tests/lib/clients.py ACTION PATH [ARGUMENT...]

In a test: `run "${CLIENTS[@]}" crowd "$DIR/s" 100`. PATH leads to the server. A client
that works in step with its test prints a line when it has come so far, and waits for
Enter where the test has to act first.
"""
import errno
import os
import select
import signal
import socket
import sys
import time

from actions import action, run

# Some actions import what only they need: `random` would make every start slower.

PATIENCE = 60  # seconds until a client that waits in vain gives up
PIECE = bytes(65536)


# ---- What the clients share ----------------------------------------------------------


def connect(path):
    """Return a socket that is connected to the server at this path."""
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    s.settimeout(PATIENCE)
    return s


def connect_many(path, count):
    """Return that many connected sockets."""
    return [connect(path) for _ in range(int(count))]


def receive(s, size):
    """Return the next size bytes, or fewer if the server closes before."""
    data = b""
    while len(data) < size:
        piece = s.recv(size - len(data))
        if not piece:
            break
        data += piece
    return data


def receive_all(s):
    """Return all bytes up to the end."""
    data = bytearray()
    while True:
        piece = s.recv(65536)
        if not piece:
            return bytes(data)
        data += piece


def expect(s, data):
    """Stop the test unless exactly this comes next."""
    got = receive(s, len(data))
    if got != data:
        sys.exit("%r came instead of %r" % (got, data))


def ask(s, data):
    """Send this, and expect it back."""
    s.sendall(data)
    expect(s, data)


def ask_all(sockets, data):
    """Let all of them send this, and then expect it back."""
    for s in sockets:
        s.sendall(data)
    for s in sockets:
        expect(s, data)


def fill(s):
    """Send without waiting until nothing more fits; return the number of bytes."""
    sent = 0
    s.setblocking(False)
    try:
        while True:
            sent += s.send(PIECE)
    except BlockingIOError:
        s.settimeout(PATIENCE)
        return sent


def fill_until_stuck(sockets):
    """Fill all of them until the server has stopped reading; return the number of bytes."""
    sent = 0
    while True:
        writable = select.select([], sockets, [], 0.3)[1]
        if not writable:
            return sent
        for s in writable:
            sent += fill(s)


def wait_for_enter():
    """Wait until the test presses Enter."""
    sys.stdin.readline()


# ---- One client ----------------------------------------------------------------------


@action
def say(path, text):
    """Send TEXT, and print the reply."""
    s = connect(path)
    s.sendall(text.encode())
    print(receive(s, len(text)).decode())


@action
def hear(path):
    """Send nothing, and print the first bytes that come."""
    print(connect(path).recv(100))


@action
def impatient(path):
    """Connect without waiting, and print the error."""
    s = socket.socket(socket.AF_UNIX)
    s.setblocking(False)
    try:
        s.connect(path)
    except OSError as error:
        print(error.strerror)


@action
def passive(path):
    """Connect with a socket that listens already, and print the error."""
    s = socket.socket(socket.AF_UNIX)
    s.bind(path + ".own")
    s.listen()
    try:
        s.connect(path)
    except OSError as error:
        print(error.strerror)


@action
def early(path):
    """Send words and their end before the server accepts, then print the reply."""
    s = connect(path)
    s.sendall(b"early words")
    s.shutdown(socket.SHUT_WR)
    print("written")
    print("back:", s.recv(100).decode())


@action
def last_words(path):
    """Send words and their end; print the reply, and how many bytes come behind it."""
    s = connect(path)
    s.sendall(b"last words")
    s.shutdown(socket.SHUT_WR)
    print(s.recv(100).decode(), len(s.recv(100)))


@action
def two_writes(path):
    """Send twice five bytes, and leave without reading."""
    s = connect(path)
    s.send(b"one..")
    s.send(b"two..")


@action
def leave(path):
    """Send hello, and leave without reading."""
    connect(path).send(b"hello")


@action
def rude(path):
    """Send until nothing more fits, wait for Enter, and leave without reading."""
    s = connect(path)
    fill(s)
    print("full")
    wait_for_enter()


@action
def slow(path):
    """Send 2 MiB, wait for Enter, and read the replies in pieces of 3000 bytes."""
    import threading
    s = connect(path)
    data = bytes(range(256)) * 8192

    def send():
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)

    threading.Thread(target=send).start()
    wait_for_enter()
    back = bytearray()
    while True:
        piece = s.recv(3000)
        if not piece:
            break
        back += piece
    print("same" if back == data else "other")


@action
def half_close(path):
    """Send until the server is stuck, then the end; print "all" if all of it comes back."""
    s = connect(path)
    sent = fill_until_stuck([s])
    s.shutdown(socket.SHUT_WR)
    back = len(receive_all(s))
    print("all" if back == sent else "%d of %d" % (back, sent))


@action
def owed(path):
    """Send until the server is stuck, and at Enter read; print "all of it" if that comes."""
    s = connect(path)
    sent = fill_until_stuck([s])
    print("stuck")
    wait_for_enter()
    back = len(receive_all(s))
    print("all of it" if back == sent else "%d of %d" % (back, sent))


@action
def stay_for_reply(path):
    """Send 200000 bytes at Enter, print how many come back, and send more at Enter, twice."""
    s = connect(path)
    ask(s, b"hello")
    print("hello")
    wait_for_enter()
    s.sendall(bytes(200000))
    print("sent")
    print("then", len(receive_all(s)), "and the end")
    wait_for_enter()
    for _ in range(2):  # too late, and thrown away
        s.sendall(bytes(200000))
    print("and still listened to")


@action
def questions(path, count):
    """Ask COUNT questions one after another; print the 99th percentile in milliseconds."""
    s = connect(path)
    waits = []
    for n in range(int(count)):
        begin = time.monotonic()
        ask(s, b"%05d" % n)
        waits.append(time.monotonic() - begin)
    print("%s answers" % count)
    print("%.1f" % (sorted(waits)[int(count) * 99 // 100 - 1] * 1000))


@action
def slow_copy():
    """Copy standard input to standard output in large pieces, slowly."""
    output = open(1, "wb")
    while True:
        piece = sys.stdin.buffer.raw.read(1000000)
        if not piece:
            break
        for _ in range(2):  # reversed twice it is the same again, which takes its time
            piece = piece[::-1]
        output.write(piece)


# ---- Clients one after another -------------------------------------------------------


@action
def visits(path, count):
    """COUNT clients connect one after another; each gets a byte back, and leaves."""
    for _ in range(int(count)):
        s = connect(path)
        ask(s, b"x")
        s.close()


@action
def visits_in_groups(path, count):
    """COUNT groups of 1 to 19 clients; all of a group are connected at once."""
    import random
    # The descriptors of the server have one digit or two. The sizes are random so that
    # lines of both lengths follow each other in all ways until its output is full.
    dice = random.Random(1)
    for _ in range(int(count)):
        for s in connect_many(path, dice.randrange(1, 20)):
            ask(s, b"x")
            s.close()


@action
def abandon(path, count):
    """COUNT clients leave one after another with replies unread: many bytes, or a few."""
    for n in range(int(count)):
        s = connect(path)
        if n % 2 == 0:
            fill(s)
        else:
            s.send(b"never read")
        s.close()


@action
def hammer(path):
    """As user nobody, connect over and over until Enter; print how often it got in."""
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
    print("hammering")
    tries = got_in = 0
    while tries % 1000 or not select.select([sys.stdin], [], [], 0)[0]:
        s = socket.socket(socket.AF_UNIX)
        s.setblocking(False)
        tries += 1
        try:
            s.connect(path)
            got_in += 1
        except OSError:
            pass
        s.close()
    print(tries, "tries,", got_in, "got in")


# ---- Many clients at once ------------------------------------------------------------


@action
def crowd(path, count):
    """COUNT clients at once; each gets its own bytes back, twice, in another order."""
    everybody = connect_many(path, count)
    for turn in range(2):
        for n, s in enumerate(everybody):
            s.sendall(b"client %d turn %d" % (n, turn))
        for n, s in reversed(list(enumerate(everybody))):
            expect(s, b"client %d turn %d" % (n, turn))
    print(count, "served")


@action
def stuck(path, count):
    """COUNT clients send until the server is stuck, and never read. They leave at Enter."""
    sockets = connect_many(path, count)
    fill_until_stuck(sockets)
    print("stuck")
    wait_for_enter()


@action
def at_once(path, count):
    """COUNT clients connect without waiting; print how many get in, and are served."""
    sockets = []
    for _ in range(int(count)):
        s = socket.socket(socket.AF_UNIX)
        s.setblocking(False)
        try:
            s.connect(path)
        except BlockingIOError:
            continue
        s.settimeout(PATIENCE)
        sockets.append(s)
    print(len(sockets), "of", count, "connected")
    for s in sockets:
        s.send(b"hello")
    served = [s for s in sockets if receive(s, 5) == b"hello"]
    print(len(served), "of", count, "served")


@action
def more_than_fit(path, count):
    """COUNT clients, more than the server can take: those that wait follow as others leave."""
    everybody = connect_many(path, count)
    for n, s in enumerate(everybody):
        s.send(b"%03d" % n)
    expect(everybody[0], b"000")
    print("first served")
    wait_for_enter()
    for n, s in enumerate(everybody[:20]):  # they are in: they also get a second reply
        s.send(b"yes")
        expect(s, b"yes" if n == 0 else b"%03d" % n)
    for n, s in enumerate(everybody):
        if n >= 20:
            expect(s, b"%03d" % n)
        s.close()
    print("all served")


@action
def count_served(path, count):
    """COUNT clients, some of which may be hung up on; print how many are served."""
    served = 0
    for s in connect_many(path, count):
        try:
            s.send(b"hello")
            served += receive(s, 5) == b"hello"
        except OSError:
            pass
    print(served)


@action
def two_rounds(path, count):
    """COUNT clients talk all the time, wait for Enter, and talk again."""
    everybody = connect_many(path, count)
    for name in "before", "after":
        for _ in range(200):  # often enough to count as busy
            ask_all(everybody, b"hello")
        print(name)
        if name == "before":
            wait_for_enter()


@action
def queue(path, count):
    """COUNT clients connect and send; then each shuts down, and gets its reply and the end."""
    everybody = connect_many(path, count)
    for s in everybody:
        s.send(b"hello")
    print("queued")
    for s in everybody:
        s.shutdown(socket.SHUT_WR)
        expect(s, b"hello")
        assert s.recv(1) == b""
    print("all answered")


@action
def in_turn(path, count, turns):
    """COUNT clients fall quiet and speak again, at random, TURNS times."""
    import random
    dice = random.Random(1)
    everybody = connect_many(path, count)
    busy = []
    for turn in range(int(turns)):
        if turn % 500 == 0:
            busy = dice.sample(everybody, 20)  # they talk all the time, for a while
        if turn % 10 == 0:
            for n, s in enumerate(busy):
                s.send(b"busy %02d" % n)
            for n, s in enumerate(busy):
                expect(s, b"busy %02d" % n)
        ask(dice.choice(everybody), b"turn %05d" % turn)
    print("every byte right")


@action
def busy_then_quiet(path):
    """Two clients take turns in being busy and quiet, and one is then busy for good."""
    one, other = connect_many(path, 2)

    def talk(s, times):
        for n in range(times):
            ask(s, b"turn %05d" % n)

    for _ in range(4):
        talk(one, 300)
        talk(other, 50)
    talk(one, 1000)
    print("every byte right")


@action
def mostly_idle(path, count):
    """COUNT clients at once, a tenth of them active at a time; every byte must be right."""
    import resource
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    everybody = connect_many(path, count)
    for turn in range(5):
        active = everybody[turn::10]
        for n, s in enumerate(active):
            s.sendall(b"client %d turn %d " % (n, turn) * 50)
        for n, s in enumerate(active):
            expect(s, b"client %d turn %d " % (n, turn) * 50)
    print("every byte right")


# ---- Clients of a server that has a protocol: "d9" drops client 9, "t9" sends to it ---


def descriptors(process):
    """Return the numbers of the descriptors that this process has open."""
    return {int(number) for number in os.listdir("/proc/%s/fd" % process)}


@action
def eight_replies(path):
    """Sends 60,000 bytes, and expects them eight times when it is told to read."""
    s = connect(path)
    message = os.urandom(60000)
    s.sendall(message)
    print("sent")
    wait_for_enter()
    expect(s, message * 8)
    print("all eight came")


@action
def drop_each_other(path, process):
    """20 clients drop each other by the numbers they have in the server, number PROCESS."""
    everybody, numbers = numbered_clients(path, process, 20)
    # The first ten drop the last ten, which want to do the same.
    at_once_to(process, everybody, [b"d%d " % numbers[(n + 10) % 20] for n in range(20)])
    while len(descriptors(process) & set(numbers)) > 10:
        pass  # the server goes on, and drops ten
    left = [n for n, s in enumerate(everybody) if is_served(s)]
    assert len(left) == 10, left
    one, other = left[0], left[-1]
    everybody[one].send(b"t%d " % numbers[other])
    print("left", len(left), everybody[other].recv(10).decode())

    # The last of four drops two of the others, which have something to say as well.
    served = 0
    for one, other in ((0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)):
        four, numbers = numbered_clients(path, process, 4)
        drop = b"d%d,%d " % (numbers[one], numbers[other])
        at_once_to(process, four, [b"x", b"x", b"x", drop])
        rest = ({0, 1, 2} - {one, other}).pop()
        served += four[rest].recv(1) == b"x"
        while descriptors(process) & {numbers[one], numbers[other]}:
            pass  # the server has to read the order to drop them before the next byte
        served += is_served(four[3])
        for s in four:
            s.close()
        while descriptors(process) & set(numbers):
            pass  # the next four must be the last in the server's list when they speak
    print("and", served, "of 12")


@action
def not_overtaken(path, process):
    """One client has replies pending when another sends to it: that must come last."""
    (behind, other), numbers = numbered_clients(path, process, 2)
    message = os.urandom(60000).replace(b"t", b"u")
    at_once_to(process, [behind], [message])  # stopped, the server reads it as a whole
    ask(other, b"x")  # the server has written what fits, and keeps the rest
    stop(process)
    # When it goes on, the other's message comes first, and the new room second.
    other.send(b"t%d " % numbers[0])
    back = receive_available(behind)
    assert len(back) < 8 * len(message), "no reply was pending"
    os.kill(int(process), signal.SIGCONT)
    back += receive(behind, 8 * len(message) - len(back))
    assert back == message * 8, "a byte was overtaken"
    expect(behind, b"t%d " % numbers[0])
    print("all in order")


def receive_available(s):
    """Return the bytes that have come already."""
    data = b""
    s.setblocking(False)
    try:
        while True:
            data += s.recv(65536)
    except BlockingIOError:
        s.settimeout(PATIENCE)
        return data


def numbered_clients(path, process, count):
    """Connect COUNT clients; return them, and the numbers that they have in the server."""
    before = descriptors(process)
    clients = []
    for _ in range(count):
        clients.append(connect(path))
        ask(clients[-1], b"x")
    # accept() takes the lowest number that is free, so they are in the order of clients.
    return clients, sorted(descriptors(process) - before)


def stop(process):
    """Make this process stand still."""
    os.kill(int(process), signal.SIGSTOP)
    while open("/proc/%s/stat" % process).read().rsplit(")")[-1].split()[0] != "T":
        pass


def at_once_to(process, clients, messages):
    """Send one message from each client while the server stands still."""
    stop(process)
    for s, message in zip(clients, messages):
        s.send(message)
    os.kill(int(process), signal.SIGCONT)


def is_served(s):
    """Does this client still get a byte back?"""
    try:
        s.send(b"x")
        return s.recv(1) == b"x"
    except OSError:
        return False


# ---- No client, but a question about paths -------------------------------------------


@action
def room(path):
    """Print how many bytes of PATH fit into the address of a socket."""
    for size in range(len(path), 0, -1):
        try:
            socket.socket(socket.AF_UNIX).bind(path[:size])
        except OSError as error:
            assert error.errno in (None, errno.ENAMETOOLONG), error
        else:
            os.unlink(path[:size])
            print(size)
            return


if __name__ == "__main__":
    run()
