# shellcheck shell=bash disable=SC2154,SC2034
#
# For graders that look at the deed and not at the words: what the kernel knows of a
# program's sockets, and how long the program takes from one event to the next. To be
# loaded after clients.bash.

# sockets NAME - sets $sockets: a line for each socket of that program, "DESCRIPTOR STATE
# MODE LIMIT". STATE is listening, connected or unconnected. MODE is blocking or
# non-blocking. LIMIT is its SO_SNDTIMEO in milliseconds, or ? where we may not ask: the
# kernel lends us the socket only if we may trace the program. Linux only.
sockets() {
    sockets=$(alone python '
import ctypes, struct
process, libc = int(path), ctypes.CDLL(None)
def limit(descriptor):
    pidfd = libc.syscall(434, process, 0) # pidfd_open
    copy = libc.syscall(438, pidfd, descriptor, 0) # pidfd_getfd
    if copy == -1: return "?"
    with socket.socket(fileno=copy) as s:
        time = s.getsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, 16)
    return sum(a * b for a, b in zip(struct.unpack("ll", time), (1000, 0.001)))
table = {}
for line in open("/proc/%d/net/unix" % process).readlines()[1:]:
    field = line.split()
    table[field[6]] = "listening" if int(field[3], 16) & 0x10000 else \
        "connected" if field[5] == "03" else "unconnected"
for number in sorted(os.listdir("/proc/%d/fd" % process), key=int):
    target = os.readlink("/proc/%d/fd/%s" % (process, number))
    if not target.startswith("socket:["): continue
    info = dict(line.split(":", 1) for line in open("/proc/%d/fdinfo/%s" % (process, number)))
    mode = "non-blocking" if int(info["flags"], 8) & os.O_NONBLOCK else "blocking"
    print(number, table.get(target[8:-1], "other"), mode, limit(int(number)))' "$(pid "$1")") ||
        trouble "the sockets of a program cannot be listed"
}

# listens - is there a socket that listens and was bound to $path? Its path may be gone.
listens() {
    awk -v path="$path" '$4 == "00010000" && $NF == path { found = 1 } END { exit !found }' \
        /proc/net/unix
}

# probe - what becomes of a client that does not wait: sets $probe to room, full (EAGAIN), or
# the error.
probe() {
    probe=$(alone python '
s = socket.socket(socket.AF_UNIX)
s.setblocking(False)
try:
    s.connect(path)
    print("room")
except BlockingIOError: print("full")
except OSError as error: print(os.strerror(error.errno))' "$path") || trouble "python3 does not run"
}

# lasts NAME [SIGNAL [PAUSE]] - lets a program go on that `inject CALL:1:stop` has stopped, and
# sets $elapsed to the milliseconds from then until it exits, or until $LIMIT seconds are over.
# Meanwhile it gets that signal every 20 ms, or after each PAUSE, in seconds. Nothing before
# that event is measured, so a slow machine can only make it longer.
lasts() {
    elapsed=$(alone python '
import signal, time
process, number, pause = int(path), sys.argv[2], float(sys.argv[4])
def runs():
    try:
        with open("/proc/%d/stat" % process) as stat: return stat.read().split()[2] != "Z"
    except OSError: return False
if pause < 0.001: # on a busy machine, these two have to take turns all the same
    try:
        for one in process, 0: os.setpriority(os.PRIO_PROCESS, one, -10)
    except OSError: pass
start = time.monotonic()
try: os.kill(process, signal.SIGCONT)
except ProcessLookupError: pass
sent = start
while runs() and time.monotonic() < start + float(sys.argv[3]):
    if number and time.monotonic() > sent + pause:
        sent = time.monotonic()
        try: os.kill(process, int(number))
        except ProcessLookupError: break
    time.sleep(min(pause, 0.002))
print(int(1000 * (time.monotonic() - start)))' "$(pid "$1")" "${2:+$(kill -l "$2")}" \
        "$LIMIT" "${3-0.02}") ||
        trouble "the time that a program takes cannot be measured"
}

# ends NAME - finish(), but a program that hangs is left to the caller, with its verdict in
# $verdict_NAME: what it has printed may say more. A crash is always named first.
ends() {
    local verdict=verdict_$1
    finish "$1" 2>"$BUILD/verdict" && return
    [ "${!verdict}" = time ] || { cat "$BUILD/verdict" >&2 && return 1; }
}
