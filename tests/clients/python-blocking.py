# tests/clients/python-blocking.py - an echo client in Python, with blocking sockets.
# Run: python3 python-blocking.py PATH echo|half-close|many
# Pitfalls: recv() returns what has arrived, not what was sent; a file made from the socket reads
# as much as you ask for. sendall() blocks until the server reads on, and the server may be waiting
# for you to read its replies: send much data from a thread.
import socket
import sys
import threading


def connect(path):
    client = socket.socket(socket.AF_UNIX)
    client.connect(path)
    return client


def send(client, data, half_close):
    client.sendall(data)
    if half_close:
        client.shutdown(socket.SHUT_WR)


def talk(client, data, half_close):
    sender = threading.Thread(target=send, args=(client, data, half_close))
    sender.start()
    with client, client.makefile("rb") as replies:
        reply = replies.read() if half_close else replies.read(len(data))
        sender.join()
    return reply


path, how = sys.argv[1:]
data = sys.stdin.buffer.read()
if how == "many":
    lines = data.splitlines(keepends=True)
    clients = [connect(path) for _ in lines]
    for client, line in zip(clients, lines):
        client.sendall(line)
    for client in clients:
        sys.stdout.buffer.write(client.makefile("rb").readline())
else:
    sys.stdout.buffer.write(talk(connect(path), data, how == "half-close"))
