# shellcheck shell=bash disable=SC2154,SC2034
#
# For the graders of servers: start the server, and play its clients. What a
# client does is written in Python, as several of them have to act in step; no
# wait takes longer than LIMIT. To be loaded after grader.bash.

# serve ARGUMENTS... - starts what is graded at $path, and waits until it listens.
serve() {
    program server "$path" "$@"
    await server listen 2>/dev/null ||
        reject "It does not get as far as listen()." "a line with: listen" \
            "$(said server)" "what it says on standard error"
}

# python CODE PATH... - CODE runs with os, socket, sys, and connect() from the path; what
# it prints is seen at once. (-S: without the modules of the machine's site, which take
# half of the start.)
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

# play CODE ARGUMENTS... - CODE runs as in python(); what it prints
# is in $output. get(s, size) tells what came; join(size) connects, and hears a
# greeting of that size: then the server has accepted. Who has once waited in vain
# does not wait again.
play() {
    local code=$1
    shift
    output=$(alone python "
def failed(kind, error, trace): print('failed: %s' % error)
sys.excepthook = failed
patience = $LIMIT
socket.setdefaulttimeout(patience)
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
        patience = 0.1
        return '%s and then: %s' % (shown(got), error)
    return shown(got)
def shown(data):
    text = data.decode('latin1').rstrip('\n')
    return text if len(text) < 60 else '%d bytes' % len(data)
def join(size):
    s = connect()
    get(s, size)
    return s
$code" "$path" "$@" 2>&1) || true
}

# closed_once LOOK - in the log of inject, "$DIR/calls", is no call on a descriptor that
# is not open (any more).
closed_once() {
    ! grep -q '^not open: ' "$DIR/calls" ||
        reject "It uses a descriptor that it has closed already." \
            "no call with that number after close()" \
            "$(grep '^not open: ' "$DIR/calls" | sort | uniq -c)" "$1"
}
