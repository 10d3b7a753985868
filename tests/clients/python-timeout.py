# tests/clients/python-timeout.py - an echo client in Python, with a timeout.
# Run: python3 python-timeout.py PATH echo|half-close|many
# Pitfall: settimeout() makes the socket non-blocking. If the backlog is full, connect() does not
# wait: it raises BlockingIOError (EAGAIN) at once. Pause, and call it again.
import socket
import sys
import threading
import time


def connect(path, timeout=10):
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(timeout)
    deadline = time.monotonic() + timeout
    while True:
        try:
            client.connect(path)
            return client
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def send(client, data, half_close):
    client.sendall(data)
    if half_close:
        client.shutdown(socket.SHUT_WR)


path, how = sys.argv[1:]
data = sys.stdin.buffer.read()
half_close = how == "half-close"
messages = data.splitlines(keepends=True) if how == "many" else [data]
clients = [connect(path) for _ in messages]
for client, message in zip(clients, messages):
    # In a thread, because the server may not read on until we read its replies.
    threading.Thread(target=send, args=(client, message, half_close)).start()
for client, message in zip(clients, messages):
    reply = client.makefile("rb").read(-1 if half_close else len(message))
    sys.stdout.buffer.write(reply)
