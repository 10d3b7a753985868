#!/usr/bin/env bats
# What the kernel does, which the lessons tell and the programs rest on, seen
# without any of them: a few lines of Python each, which say "so it is" at their end.

load ../lib/helper
setup() { open_stage; }
teardown() { close_stage; }

# seen CODE - it runs to its end: each assert in it holds. fails(ERROR, CALL) calls
# what must fail; c is the C library, for what Python hides: its results and errors.
seen() {
    run python "
import ctypes, errno, os, signal, stat, struct
folder = os.path.dirname(path)
c = ctypes.CDLL(None, use_errno=True)
def fails(error, call, *arguments):
    try: result = call(*arguments)
    except OSError as failure: found = failure.errno
    else: found = ctypes.get_errno() if result == -1 else 0
    assert found == getattr(errno, error), (error, errno.errorcode.get(found))
def unix(kind=socket.SOCK_STREAM): return socket.socket(socket.AF_UNIX, kind)
def server(at):
    s = unix()
    s.bind(at)
    s.listen(5)
    return s
$1
print('so it is')" "$DIR/s"
    expect "so it is"
}

@test "kernel: SO_REUSEADDR does not free a name; a second name for a socket is EINVAL" {
    need python3
    seen "
server(path).close()
s = unix()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
fails('EADDRINUSE', s.bind, path)
s.bind(path + '2')
fails('EINVAL', s.bind, path + '3')"
}

@test "kernel: unlink() before bind() takes a living server's name: old connections go on, new clients reach the other" {
    need Linux python3
    seen "
first = server(path)
old = connect()
os.unlink(path)
second = server(path)
new = connect()
at_first, at_second = first.accept()[0], second.accept()[0]
old.send(b'old')
new.send(b'new')
assert (at_first.recv(9), at_second.recv(9)) == (b'old', b'new')
first.setblocking(False)
fails('EAGAIN', first.accept)
rows = [row.split() for row in open('/proc/net/unix')]
assert len([row for row in rows if row[3] == '00010000' and row[-1] == path]) == 2"
}

@test "kernel: a path that fills sun_path, without a final null byte, is a name (Linux)" {
    need Linux python3
    seen "
name = (path + 'x' * 108)[:108].encode()
s = unix()
assert c.bind(s.fileno(), struct.pack('H', socket.AF_UNIX) + name, 110) == 0
assert stat.S_ISSOCK(os.stat(name).st_mode)
assert s.getsockname().encode() == name"
}

@test "kernel: an abstract name begins with a null byte: no file, and each byte of its length counts (Linux)" {
    need Linux python3
    seen "
name = b'\\0' + path.encode()
s = server(name)
assert not os.path.exists(path)
fails('EADDRINUSE', unix().bind, name)
unix().bind(name + b'\\0')
fails('ECONNREFUSED', unix().connect, name + b'\\0\\0')
unix().connect(name)
s.close()
server(name) # it has gone with its socket
empty = unix() # what an empty path is, with sizeof address; another run may have it
try: empty.bind(b'\\0' * 108)
except OSError as taken: assert taken.errno == errno.EADDRINUSE
else: assert empty.getsockname() == b'\\0' * 108"
}

@test "kernel: a relative path means another file after chdir()" {
    need python3
    seen "
os.chdir(folder)
s = server('s')
os.mkdir('below')
os.chdir('below')
fails('ENOENT', unix().connect, 's')
unix().connect('../s')"
}

@test "kernel: fchmod() of the descriptor does not change the file; open() of it is ENXIO; it answers under other names" {
    need Linux python3
    seen "
s = server(path)
before = os.stat(path).st_mode
os.fchmod(s.fileno(), 0o640)
assert os.stat(path).st_mode == before
fails('ENXIO', os.open, path, os.O_RDWR)
os.link(path, path + 'l')
os.rename(path, path + 'm')
for name in path + 'l', path + 'm': unix().connect(name)"
}

@test "kernel: who may not search a folder reaches no socket in it, whatever the socket's mode is" {
    need Linux python3 root
    start server "$ROOT/03-listen/server" "$DIR/s"
    await server "press Enter"
    chmod 777 "$DIR/s"
    chmod 755 "$DIR"
    "${AS_NOBODY[@]}" /usr/bin/env python3 -Sc "import socket; socket.socket(socket.AF_UNIX).connect('$DIR/s')"
    chmod 700 "$DIR"
    run "${AS_NOBODY[@]}" /usr/bin/env python3 -Sc "import socket; socket.socket(socket.AF_UNIX).connect('$DIR/s')"
    [[ $output == *"Permission denied"* ]] || complain "Permission denied" "$output" "connect()"
}

@test "kernel: accept(): a client has no name; O_NONBLOCK is not inherited (Linux); a datagram socket has no clients" {
    need Linux python3
    seen "
s = server(path)
guest = connect()
address, size = ctypes.create_string_buffer(b'x' * 110, 110), ctypes.c_int(110)
s.setblocking(False)
accepted = c.accept(s.fileno(), address, ctypes.byref(size))
assert size.value == 2 and address.raw[2:] == b'x' * 108
assert not os.get_blocking(s.fileno()) and os.get_blocking(accepted)
fails('EOPNOTSUPP', unix(socket.SOCK_DGRAM).accept)"
}

@test "kernel: a signal: without SA_RESTART accept() is EINTR; poll() always; a write() half done tells its half" {
    need Linux python3
    # The alarm comes again and again: once it comes while the call waits.
    seen "
def alarms(restart):
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.siginterrupt(signal.SIGALRM, not restart)
    signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
s = server(path)
alarms(restart=False)
fails('EINTR', c.accept, s.fileno(), None, None)
alarms(restart=True)
fails('EINTR', c.poll, struct.pack('ihh', s.fileno(), select.POLLIN, 0), 1, -1)
a, b = socket.socketpair()
written = c.write(a.fileno(), bytes(1 << 20), 1 << 20)
assert 0 < written < 1 << 20, written"
}

@test "kernel: what waits in a connection is counted with an overhead; both sides full, nobody can write" {
    need Linux python3
    seen "
def fill(s, piece):
    count = 0
    s.setblocking(False)
    try:
        while True: count += s.send(piece)
    except BlockingIOError: return count
a, b = socket.socketpair()
large, small = fill(a, bytes(1 << 20)), fill(b, b'x')
assert 100 * small < large, (large, small)
assert select.select([], [a, b], [], 0)[1] == [] # a deadlock, if both wait for room"
}

@test "kernel: a stream has no boundaries: eight bytes, read three at a time, are 3, 3 and 2" {
    need python3
    seen "
a, b = socket.socketpair()
a.send(b'12345678')
assert [len(b.recv(3)) for _ in range(3)] == [3, 3, 2]"
}

@test "kernel: a peer that closed with our bytes unread: its own bytes, then ECONNRESET once, then the end" {
    need Linux python3
    seen "
a, b = socket.socketpair()
a.send(b'unread')
b.send(b'its own')
b.close()
assert a.recv(9) == b'its own'
fails('ECONNRESET', a.recv, 9)
assert a.recv(9) == b''"
}

@test "kernel: the end comes with the last copy of a descriptor; shutdown() does not wait for that" {
    need python3
    seen "
a, b = socket.socketpair()
a.setblocking(False)
copy = b.dup()
b.close()
fails('EAGAIN', a.recv, 9)
copy.close()
assert a.recv(9) == b''
a, b = socket.socketpair()
copy = b.dup()
b.shutdown(socket.SHUT_WR)
assert a.recv(9) == b''"
}

@test "kernel: writing to who has gone is EPIPE, with MSG_NOSIGNAL without a signal (Linux)" {
    need Linux python3
    seen "
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
a, b = socket.socketpair()
b.close()
fails('EPIPE', a.send, b'x', socket.MSG_NOSIGNAL)
if os.fork() == 0: a.send(b'x'), os._exit(0)
assert os.WTERMSIG(os.wait()[1]) == signal.SIGPIPE"
}

@test "kernel: poll() and epoll tell of a peer that left whether asked or not, and of its last bytes together with it" {
    need Linux python3
    seen "
a, b = socket.socketpair()
b.send(b'its own')
b.close()
p, e = select.poll(), select.epoll()
for asked in 0, select.POLLIN:
    p.register(a, asked)
    e.register(a.fileno(), asked)
    for _ in range(3): # at each call anew: who waits for nothing here spins
        told = p.poll(0)[0][1]
        assert told == asked | select.POLLHUP and told == e.poll(0)[0][1], told
    e.unregister(a.fileno())
assert a.recv(9) == b'its own'"
}

@test "kernel: epoll: a number that was closed and given out again has the event of the one before, if in one batch" {
    need Linux python3
    seen "
e = select.epoll()
pairs = [socket.socketpair() for _ in range(2)]
for mine, peer in pairs:
    e.register(mine.fileno(), select.EPOLLIN)
    peer.send(b'x')
batch = [number for number, events in e.poll()]
old = pairs[1][0].fileno()
assert old in batch
pairs[1][0].close() # while the other one's event is handled
new = os.dup(pairs[0][1].fileno()) # as accept() would
assert new == old
assert select.select([new], [], [], 0)[0] == [] # the batch has its number, and there is nothing to read"
}

@test "kernel: many children may end with one SIGCHLD: one wait() for each signal leaves zombies" {
    need python3
    seen "
signals = []
signal.signal(signal.SIGCHLD, lambda *_: signals.append(1))
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
children = []
for _ in range(10):
    child = os.fork()
    if child == 0: os._exit(0)
    children.append(child)
for child in children: os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
assert len(signals) == 1
os.wait()
assert len([os.wait() for _ in range(9)]) == 9 # they were left"
}
