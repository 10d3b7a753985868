#!/usr/bin/env python3
"""Servers that are not ours, and do what our clients and servers have to cope with.

    python3 -SuB tests/lib/impostors.py                 lists them
    python3 -SuB tests/lib/impostors.py ACTION PATH

In a test: `start server "${IMPOSTORS[@]}" greeter "$DIR/s"`. Each prints a line when it
is ready.
"""
import select
import socket
import sys

from actions import action, run


# ---- A server for one client ---------------------------------------------------------


def accept_one(path):
    """Listen at the path, say so, and return the first client."""
    listener = listen(path, 5)
    print("listening")
    client, _ = listener.accept()
    listener.close()
    return client


def listen(path, backlog):
    """Return a socket that listens at the path."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(backlog)
    return listener


@action
def reader(path):
    """Print what the client sends first."""
    print("read", accept_one(path).recv(100))


@action
def greeter(path):
    """Send a word unasked, read three bytes, and exit."""
    client = accept_one(path)
    client.send(b"welcome")
    client.recv(3)


@action
def breaks_off(path):
    """Send only the first three bytes of the reply, and exit."""
    client = accept_one(path)
    client.send(client.recv(100)[:3])


# ---- Servers that accept no client ---------------------------------------------------


@action
def full_backlog(path):
    """Listen with the smallest backlog, and fill it. Exit at Enter."""
    listener = listen(path, 0)
    client = socket.socket(socket.AF_UNIX)
    client.connect(path)
    print("full")
    sys.stdin.readline()
    client.close()
    listener.close()


@action
def datagram(path):
    """Bind a datagram socket to PATH. Exit at Enter."""
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(path)
    print("bound")
    sys.stdin.readline()
    s.close()


# ---- Servers that answer wrongly, for bench ------------------------------------------


def serve(path, answer):
    """Call answer(client, data) for all that any client sends; it returns False to close."""
    listener = listen(path, 100)
    print("listen")
    sockets = [listener]
    while True:
        for s in select.select(sockets, [], [])[0]:
            if s is listener:
                sockets.append(listener.accept()[0])
                continue
            data = s.recv(65536)
            if not data or answer(s, data) is False:
                sockets.remove(s)
                s.close()


@action
def flips_a_bit(path):
    """Change the last byte of each reply."""
    def answer(client, data):
        client.sendall(data[:-1] + bytes([data[-1] ^ 1]))
    serve(path, answer)


@action
def mixes_up(path):
    """Let the first two replies change places; echo correctly from then on."""
    first = []

    def answer(client, data):
        if len(first) == 2:
            client.sendall(data)
            return
        first.append((client, data))
        if len(first) == 2:
            first[0][0].sendall(first[1][1])
            first[1][0].sendall(first[0][1])
    serve(path, answer)


@action
def hangs_up(path):
    """Close on each client instead of answering."""
    serve(path, lambda client, data: False)


@action
def exits_midway(path):
    """Answer a hundred times, and exit."""
    turns = []

    def answer(client, data):
        client.sendall(data)
        turns.append(1)
        if len(turns) == 100:
            sys.exit()
    serve(path, answer)


if __name__ == "__main__":
    run()
