"""intruder.py PATH - connects to PATH as user nobody, until Enter.

Says how often it tried, and how often it got in.
"""
import os
import select
import socket
import sys

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
        s.connect(sys.argv[1])
        got_in += 1
    except OSError:
        pass
    s.close()
print(tries, "tries,", got_in, "got in")
