#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # $path is another one in each turn of a loop
#
# 07-9: two processes accept from one listener, and a third one looks after them.

load ../grader
load ../clients

# client() connects: the socket, and the number of the process that serves it.
WORK='
import signal, time
parent = int(sys.argv[2])
def greeting(s):
    text = ""
    while not text.endswith("\n"):
        more = s.recv(1)
        if not more: return 0
        text += more.decode("latin1")
    return int(text.split()[1])
def client():
    s = connect()
    return s, greeting(s)
def talks(s):
    try: s.sendall(b"x")
    except OSError: return False
    return get(s, 1) == "x"
def becomes(process, letter):
    end = time.monotonic() + patience
    state = ""
    while state != letter and time.monotonic() < end:
        with open("/proc/%d/stat" % process) as file:
            state = file.read().rsplit(")", 1)[1].split()[0]
'

# act CODE - plays it with the server that runs: sets $output.
act() {
    play "$WORK$1" "$(pid server)"
}

# workers COUNT - that many more lines "worker" of the parent: their numbers in $workers.
workers() {
    local n
    workers=
    for ((n = 0; n < $1; n++)); do
        line=
        next_line server || true
        [[ $line =~ ^worker\ +[0-9]+$ ]] || reject \
            "It does not print that it has started ${MORE-two workers}." \
            "worker, and a process number, on standard output" "$(said server)" "task 1"
        workers="$workers ${line##* }"
    done
}

# clean STATUS WHEN - the parent has to exit with it, and nothing may be left.
clean() {
    while next_line server; do :; done
    local left=$left_server
    HANGS="$2, the parent does not exit." finish server
    [ "$left" = 0 ] || reject "$2, a worker is still there when the parent has exited." \
        "both have been ended, and waited for" "${left_server} left; $output" \
        "pgrep -l workers; man 2 waitpid"
    [ "$status" -eq "$1" ] || reject "$2, the exit status is not $1." "exit status $1" \
        "$output (exit status $status)" "supervise() and main()"
    [ ! -e "$path" ] || reject "$2, the path stays." "no file at the path" "$(ls "$DIR")" \
        "what removes it, and when?"
}

@test "07-9: two workers serve two clients at the same time, and the parent none" {
    serve
    act "
a, first = client()
if first == parent: sys.exit(print('the parent', first))
b = connect()
b.settimeout(patience)
try: second = greeting(b)
except OSError: sys.exit(print('one only'))
c = connect()
for n in range(3): talks(a), talks(b)
third = select.select([c], [], [], 0)[0]
print('', *sorted([first, second]))
print(parent in (first, second), bool(third), talks(a), talks(b))
a.close()
c.settimeout(patience)
print(greeting(c) == first, talks(c))"
    local served=${output%%$'\n'*} came=$output
    case $output in
    'one only' | 'the parent'*) ;;
    *)
        workers 2
        # shellcheck disable=SC2086 # two numbers
        [ "$served" != " $(printf '%s\n' $workers | sort -n | xargs)" ] || served=known
        output="$([ "$served" = known ] && echo True || echo False) ${came#*$'\n'}"
        ;;
    esac
    case $output in
    'True False False True True
True True') ;;
    'the parent'*) reject "The parent serves a client itself." "the number of a worker" "$output" \
        "supervise(): which process calls work()?" ;;
    'one only') reject "While one client is served, a second one waits." \
        "a reply to both" "$output" "supervise(): are there two processes that accept?" ;;
    *' True False '*) reject "The parent accepts clients." "the numbers of its workers only" \
        "$output" "supervise(): which process calls work()?" ;;
    *' False True '*) reject "Three clients are served at a time." "two" "$output" \
        "how often does fork() run, and in which processes?" ;;
    False*) reject "The workers are not those that the parent has printed." "$workers" "$output" \
        "fork() returns the child's number in the parent, and getpid() the own one" ;;
    *) reject "The clients are not served one after another." \
        "the third gets the first one's worker" "$output" "work()" ;;
    esac
}

@test "07-9: a worker that was killed is replaced, and nothing else changes" {
    local signal
    for signal in KILL TERM; do
        path=$DIR/$signal
        serve
        workers 2
        act "
before = os.stat(path).st_ino
a, first = client()
b, second = client()
c = connect()
os.kill(first, signal.SIG$signal)
c.settimeout(patience)
try: third = greeting(c)
except OSError: third = 0
there = os.path.exists(path) and os.stat(path).st_ino == before
print(third not in (0, first, second, parent), talks(b), there)"
        case $output in
        'True True True') ;;
        *False) reject "When a worker gets SIG$signal, the path goes with it." \
            "the same file at the path" "$output" "a child inherits the handlers, too" ;;
        *) reject "After SIG$signal, a worker is not replaced." \
            "another worker for the client that waits, and the other client's echo" \
            "$output; $(said server)" "supervise(): man 2 waitpid" ;;
        esac
        MORE="another worker" workers 1
        send KILL server
        while next_line server; do :; done
        end_cage server
        PLAYED=${PLAYED/ server/}
    done
}

@test "07-9: two workers that die at the same moment are both replaced" {
    need Linux # there the states of processes can be read
    serve
    workers 2
    act "
os.kill(parent, signal.SIGSTOP)
becomes(parent, 'T')
for process in $(echo "$workers" | sed 's/^ //; s/ /, /g'):
    os.kill(process, signal.SIGKILL)
    becomes(process, 'Z')
os.kill(parent, signal.SIGCONT)
a, first = client()
b = connect()
b.settimeout(patience)
try: print(len({first, greeting(b)}))
except OSError: print('one only')"
    [ "$output" = 2 ] || reject "Of two workers that die at the same moment, one is replaced." \
        "two new ones" "$output; $(said server)" \
        "man 7 signal: standard signals do not queue. How often does waitpid() run?"
}

@test "07-9: at SIGTERM and SIGINT, all of it ends" {
    local signal
    for signal in TERM INT; do
        serve
        workers 2
        act "
a, first = client()
os.kill(parent, signal.SIG$signal)
print(get(a, 1))"
        [ "$output" = " and the end" ] || reject "At SIG$signal, a client is not cut off." \
            "the end of the connection" "$output" "supervise(): kill(), for each worker"
        clean 0 "At SIG$signal"
    done
}

@test "07-9: before it prints that it listens, it is ready for the signals" {
    need Linux
    [ -z "${EXERCISE_RUN-}" ] || skip "valgrind handles the signals"
    # Its standard output is a FIFO that is full, so it blocks while it prints "listen".
    # (Were it not full in time, it would get to sigwait(), during which no signal is blocked.)
    mkfifo -m 666 "$DIR/full"
    exec 9<>"$DIR/full"
    alone python '
full = os.open(path, os.O_RDWR | os.O_NONBLOCK)
try:
    while True: os.write(full, bytes(4096))
except BlockingIOError: pass' "$DIR/full" || trouble "a FIFO cannot be filled"
    REDIRECT='>full' program server "$path"
    act "
def prints():
    with open('/proc/%d/net/unix' % parent) as table:
        return any('00010000' in line and path in line for line in table) and state(parent) == 'S'
def open_to():
    with open('/proc/%d/status' % parent) as file:
        masks = [int(line[7:], 16) for line in file if line[:6] in ('SigBlk', 'SigCgt')]
    return [name for name in ('SIGTERM', 'SIGINT')
        if not any(mask & 1 << getattr(signal, name) - 1 for mask in masks)]
# It blocks for ever. So what is seen many times in a row is not on its way to that.
end, row = time.monotonic() + patience, 0
while time.monotonic() < end and row < 50:
    row = row + 1 if prints() else 0
    if row and not open_to(): break
    time.sleep(0.01)
for name in open_to(): print(name, 'ends it at once')
print('prints' if prints() else 'does not print')"
    exec 9>&-
    send KILL server
    while next_line server; do :; done
    end_cage server
    PLAYED=${PLAYED/ server/}
    [ "$output" = prints ] || reject "When it prints \"listen\", a signal still ends it at once." \
        "SIGTERM and SIGINT are blocked, or caught, before that line is printed" "$output" \
        "which comes first: sigprocmask() or printf()? To see it: grep Sig /proc/PID/status"
}

@test "07-9: a signal may come while the workers are started" {
    serve
    send TERM server
    clean 0 "At a SIGTERM right after \"listen\""
    local nth
    for nth in 1 2; do
        inject "fork:$nth:stop"
        program server "$path"
        await server listen
        stopped server || reject "It does not start two workers." "fork() is called twice" \
            "$(said server)" "supervise()"
        act '
os.kill(parent, signal.SIGTERM)
with open("/proc/%d/task/%d/children" % (parent, parent)) as file: children = file.read().split()
for child in children: os.kill(int(child), signal.SIGCONT)
os.kill(parent, signal.SIGCONT)'
        clean 0 "At a SIGTERM that comes during fork()"
    done
}

@test "07-9: if fork() fails, all of it ends, with a message" {
    local nth
    for nth in 1 2 3; do
        inject "fork:$nth:EAGAIN"
        program server "$path"
        await server listen
        if [ "$nth" = 3 ]; then
            workers 2
            act "os.kill(${workers##* }, signal.SIGKILL)"
        fi
        clean 1 "When fork() fails"
        [ -n "$stderr" ] || reject "When fork() fails, it does not print why." \
            "a message on standard error" "$output" "man 2 fork: -1. To see it: \
strace -f -e inject=fork,clone:error=EAGAIN:when=$nth ./workers hello.sock"
    done
}
