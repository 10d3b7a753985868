# shellcheck shell=bash disable=SC2154,SC2034
#
# For the graders of servers: starts the server and plays its clients. The clients are
# written in Python because several of them have to act in step. Load this file after
# grader.bash.

# serve ARGUMENTS... - starts the program that is graded at $path, and waits until it
# listens.
serve() {
    program server "$path" "$@"
    listens server
}

# listens NAME - waits until the server NAME has printed that it listens.
listens() {
    await "$1" listen 2>/dev/null && return
    in_order "$1" || return
    reject "It does not get as far as listen()." "a line with: listen" \
        "$(said "$1")" "what it prints on standard error"
}

# in_order NAME - false, with the reason, if the server has crashed, prints without end or
# had to be killed: that comes before anything else that can be said about it. KILLS is not
# empty in a play that kills the server itself.
in_order() {
    local process=pid_$1 verdict=verdict_$1 before=${output-} line
    [ -n "${!process-}" ] && [ -z "${KILLS-}" ] || return 0
    state_of "${!process}"
    case $state in '' | Z) while next_line "$1"; do :; done ;; esac
    case ${!verdict} in ?*) finish "$1" || return ;; esac
    output=$before
}

# python CODE PATH... - runs CODE with the modules os, select, socket and sys, and with
# connect(), which connects to PATH. Output is not buffered. (-S leaves out the modules
# that this machine has added to Python: finding them takes half of the start.)
python() {
    local code=$1
    shift
    python3 -Suc "import os, select, socket, sys
path = sys.argv[1]
def connect():
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    return s
$code" "$@"
}

# play CODE ARGUMENTS... - runs CODE as python() does, and sets $output to what it prints.
#
#     get(s, size)  returns what comes, until it is that many bytes: text with the bytes
#                   that cannot be printed as \x00, or "N bytes" if it is long
#     join(size)    connects, and reads a greeting of that size: the server has accepted
#     hold(), go()  stop the server, or the process given, and let it go on
#     state(process)  the letter that ps prints for it; empty if there is none (or no /proc)
#     rest(seconds) does nothing, and returns how much of that time the server used the
#                   processor, and how many calls it made in a second (see inject)
#
# No wait takes longer than `patience`: LIMIT seconds, or a fifth of that where the program
# has failed before, since it cannot pass any more. A play that has waited in vain once does
# not wait again. No play takes longer than four times that.
play() {
    local code=$1 patience=$LIMIT
    shift
    [ ! -e "$BUILD/failed" ] || patience=$(((LIMIT + 4) / 5))
    output=$(SERVER=${pid_server-999999999} CALLS=$DIR/calls alone python "
import signal, time
def failed(kind, error, trace): print('failed: %s' % error)
def too_long(number, frame):
    print('and then nothing more, for $((4 * patience)) seconds')
    os._exit(1)
sys.excepthook = failed
signal.signal(signal.SIGALRM, too_long)
signal.alarm($((4 * patience)))
patience = $patience
socket.setdefaulttimeout(patience)
server = int(os.environ['SERVER'])
def get(s, size):
    global patience
    got = b''
    s.settimeout(patience)
    try:
        while len(got) < size:
            more = s.recv(size - len(got))
            if not more: return shown(got) + ' and the end'
            got += more
    except OSError as error:
        patience = min(patience, 0.1)
        return '%s and then: %s' % (shown(got), error)
    return shown(got)
def shown(data):
    text = repr(data.decode('latin1').rstrip('\n'))[1:-1]
    return text if len(data) < 60 else '%d bytes' % len(data)
def join(size):
    s = connect()
    get(s, size)
    return s
def state(process):
    try: return open('/proc/%d/stat' % process).read().rpartition(')')[2].split()[0]
    except OSError: return ''
def hold(process=server):
    os.kill(process, signal.SIGSTOP)
    while state(process) not in ('T', 'Z', ''): pass
def go(process=server): os.kill(process, signal.SIGCONT)
def rest(seconds):
    def used():
        fields = open('/proc/%d/stat' % server).read().rpartition(')')[2].split()
        calls = open(os.environ['CALLS']).read().count('\n')
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK'), calls
    before, start = used(), time.monotonic()
    time.sleep(seconds)
    after, lasted = used(), time.monotonic() - start
    return (after[0] - before[0]) / lasted, (after[1] - before[1]) / lasted
$code" "$path" "$@" 2>&1) || true
    in_order server
}

# closed_once LOOK - no call in the log of inject, "$DIR/calls", has used a descriptor that
# was not open, or not any more.
closed_once() {
    ! grep -q '^not open: ' "$DIR/calls" ||
        reject "It uses a descriptor that it has closed already." \
            "no call with that number after close()" \
            "$(grep '^not open: ' "$DIR/calls" | sort | uniq -c)" "$1"
}
