# tests/clients/python-timeout.py - an echo client in Python, with a timeout.
# Run: python3 python-timeout.py PATH echo|half-close|many
# Pitfall: settimeout() makes the socket non-blocking. If the backlog is full, connect() does not
# wait: it raises BlockingIOError (EAGAIN) at once. Pause, and call it again.
import socket
import sys
import threading
import time

TIMEOUT = 10


def connect(path):
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(TIMEOUT)
    deadline = time.monotonic() + TIMEOUT
    while True:
        try:
            client.connect(path)
            return client
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def send(client, data, half_close=False):
    client.sendall(data)
    if half_close:
        client.shutdown(socket.SHUT_WR)


def receive(client, size):
    """Reads size bytes, or up to the server's end."""
    reply = b""
    while len(reply) < size and (part := client.recv(65536)):
        reply += part
    return reply


path, how = sys.argv[1:]
data = sys.stdin.buffer.read()
if how == "many":
    lines = data.splitlines(keepends=True)
    clients = [connect(path) for _ in lines]
    for client, line in zip(clients, lines):
        send(client, line)
    reply = b"".join(receive(client, len(line)) for client, line in zip(clients, lines))
else:
    client, half_close = connect(path), how == "half-close"
    sender = threading.Thread(target=send, args=(client, data, half_close))
    sender.start()  # a thread, because the server may wait until we read
    reply = receive(client, sys.maxsize if half_close else len(data))
    sender.join()
sys.stdout.buffer.write(reply)
