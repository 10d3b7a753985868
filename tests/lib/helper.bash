# shellcheck shell=bash disable=SC2154,SC2034
#
# Real processes, played from a script: start one, wait for a line that it
# prints, press its keys, let it end. For the tests and for `make demo`; bash
# 3.2 is enough.
#
#     start server ./server "$DIR/s"     run it in the background
#     await server "listen"              wait until it prints a line with that
#     press server                       Enter; type server TEXT: a line
#     eof server                         end of its input (Ctrl-D)
#     send TERM server                   a signal
#     finish server                      wait for its end: $status, $output
#
# Whatever it prints goes through a FIFO, so that waiting for a line is waiting
# for an event. Nobody sleeps here for a time.

# The folder of the repository. The tests name the programs by it.
ROOT=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)

# The line by which finish() knows that it has read everything.
END="-- end --"

# How many seconds to wait for a line before it counts as missing.
PATIENCE=${PATIENCE:-20}

# Where the kernel shows its processes, if it does.
PROC=${PROC:-/proc}

# The folder of a test. (Not what the user may have in a variable of that name.)
DIR=

# A folder for one test: short, because the path of a socket has to be.
open_stage() {
    trace_less
    DIR=$(mktemp -d "${UDS_TMP:-/tmp}/uds.XXXXXX")
    mkdir "$DIR/.played"
    NEXT_FD=20
    NOT_OURS=$'\n'$(jobs -p)$'\n' # bats has a job of its own: its clock
}

# Bats notes each command, to name the one that failed; in our functions that is
# half of the time, and the line of the test that called them says enough. With the
# first failure its notes end: nothing that comes after it is of interest.
trace_less() {
    declare -F bats_error_trap >/dev/null || return 0
    declare -ft "$BATS_TEST_NAME"
    set +T
    trap 'bats_error_trap; bats_debug_trap() { :; }' ERR
}

# Ends what is still running, by number, and removes the folder.
close_stage() {
    local process IFS=$' \t\n' # a trap may have interrupted `IFS= read`
    for process in $(jobs -p); do
        case $NOT_OURS in *$'\n'"$process"$'\n'*) continue ;; esac
        kill -KILL "$process" 2>/dev/null
        wait "$process" 2>/dev/null
    done
    [ -z "$DIR" ] || rm -rf "$DIR"
}

# pid NAME - the process number of what was started under that name.
pid() {
    local variable=pid_$1
    echo "${!variable}"
}

# fd in|out NAME - our descriptor for its input or its output.
fd() {
    local variable=$1_$2
    echo "${!variable}"
}

# start NAME COMMAND... - in the background. The graders of the exercises have a
# start() of their own.
start() {
    spawn "$@"
}

# spawn NAME COMMAND... - without any descriptor of bats or of ours, so that its
# first socket is number 3. (Neither here nor below is a process started that is
# not needed: a test would take twice the time.)
spawn() {
    local name=$1 in=$NEXT_FD out=$((NEXT_FD + 1)) n fifos=() fifo=$DIR/.played/fifo
    shift
    NEXT_FD=$((NEXT_FD + 2))
    : >"$DIR/.played/$name.log"
    # Many FIFOs at a time: mkfifo is a process too.
    if [ ! -e "$fifo$in" ]; then
        for ((n = in; n < in + 20; n++)); do fifos+=("$fifo$n"); done
        mkfifo "${fifos[@]}"
    fi
    eval "exec $in<>\"\${fifo}$in\" $out<>\"\${fifo}$out\""
    (
        n=20
        while [ "$n" -lt "$NEXT_FD" ]; do
            eval "exec $n>&-"
            n=$((n + 1))
        done
        exec "$@"
    ) <"$fifo$in" >"$fifo$out" 2>&1 3>&- 4>&- &
    eval "pid_$name=$! in_$name=$in out_$name=$out"
}

# What to do with a line of NAME's as it is read; the demo has its own.
heard() {
    :
}

# next_line NAME - reads its next line into $line.
next_line() {
    local variable=out_$1
    IFS= read -r -t "$PATIENCE" -u "${!variable}" line || return 1
    [ "$line" != "$END" ] || return 1
    printf '%s\n' "$line" >>"$DIR/.played/$1.log"
    heard "$1" "$line"
}

# await NAME TEXT - until it prints a line that has TEXT in it; $line is that.
await() {
    while next_line "$1"; do
        [[ $line == *"$2"* ]] && return 0
    done
    complain "a line with: $2" "$(said "$1")" "$1"
}

# type NAME TEXT, press NAME, eof NAME - the keys of its terminal.
type_in() {
    local in=in_$1
    printf '%s\n' "$2" >&"${!in}"
}
press() {
    type_in "$1" ""
}
eof() {
    local in=in_$1
    eval "exec ${!in}>&-"
}

# send SIGNAL NAME
send() {
    local process=pid_$2
    kill "-$1" "${!process}"
}

# finish NAME - waits for its end; $status is its exit status, $output all that
# it has printed since the start.
finish() {
    local process=pid_$1 out=out_$1
    status=0
    wait "${!process}" || status=$?
    printf '%s\n' "$END" >&"${!out}"
    while next_line "$1"; do :; done
    played "$1"
}

# played NAME - sets $output: all that next_line() has read of it. (As $(<...) would,
# without a process.)
played() {
    IFS= read -r -d '' output <"$DIR/.played/$1.log" || true
    while [[ $output == *$'\n' ]]; do output=${output%$'\n'}; done
}

# said NAME - what it has printed so far, as far as we have read it.
said() {
    cat "$DIR/.played/$1.log"
}

# state_of PROCESS - sets $state, the letter that ps has for it: S, it sleeps; T, it
# is stopped; R, it runs. Nothing, if it has gone.
state_of() {
    state=
    if [ -r "$PROC/self/stat" ]; then
        { read -r _ _ state _ <"$PROC/$1/stat"; } 2>/dev/null || true
    else
        state=$(ps -o state= -p "$1") || true
        state=${state:0:1}
    fi
}

# becomes LETTER NAME [SECONDS] - until that is its state, and no longer than
# PATIENCE; false if it has ended before.
becomes() {
    local process=pid_$2 end=$((SECONDS + ${3:-PATIENCE}))
    while [ "$SECONDS" -le "$end" ]; do
        state_of "${!process}"
        case $state in
        "$1") return 0 ;;
        Z) break ;;
        '') [ -d "$PROC/${!process}" ] || break ;;
        esac
    done
    return 1
}

# asleep NAME - until the kernel says that it sleeps, waiting.
asleep() {
    becomes S "$1" || complain "process state S" "process state $state" "$1"
}

# complain EXPECTED FOUND WHO - says what is wrong, and fails.
complain() {
    printf '%s\n' "expected: $1" "found:    $2" "from:     $3" >&2
    return 1
}

# alone COMMAND... - without the descriptors of bats, so that its first socket
# is number 3.
alone() {
    "$@" 3>&- 4>&-
}

# expect TEXT - $output is this, line for line.
expect() {
    [ "$output" = "$1" ] || complain "$1" "$output" "standard output and error"
}

# same FILE FILE - byte for byte.
same() {
    cmp "$1" "$2" || complain "the bytes of $1" "others" "$2"
}

# need COMMAND... - the test is skipped, with a word why, where one is missing.
need() {
    local command
    for command in "$@"; do
        case $command in
        Linux) [ "$(uname)" = Linux ] || skip "Linux alone" ;;
        root) [ "$EUID" = 0 ] || skip "needs root, to become another user" ;;
        *) command -v "$command" >/dev/null || skip "no $command here" ;;
        esac
    done
}

# In front of a command: as a user who may not do what root may.
AS_NOBODY=(setpriv --reuid=65534 --regid=65534 --clear-groups)

# variant SOURCE SED... - builds "$DIR/variant" from a program with lines taken
# out or changed: what the lessons ask the reader to do. VARIANT_FLAGS is an option
# for the compiler.
variant() {
    local source=$1 before
    shift
    before=$(cat "$ROOT/$source")
    sed "$@" "$ROOT/$source" >"$DIR/variant.c"
    [ "$before" != "$(cat "$DIR/variant.c")" ] || complain "a changed source" "the same" "sed $*"
    "${CC:-cc}" -pthread ${VARIANT_FLAGS:+"$VARIANT_FLAGS"} -o "$DIR/variant" "$DIR/variant.c"
}

# python CODE PATH... - CODE runs with os, socket, sys, and connect() from the
# path; what it prints is seen at once. (-S, here and elsewhere: without the modules
# of the machine's site, which take half of the start.)
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

# kernel_row PATH - what /proc/net/unix says of it: flags and state (Linux).
kernel_row() {
    awk -v path="$1" '$8 == path { print $4, $6 }' /proc/net/unix
}

# files - all that is in the folder, but for what belongs to the playing.
files() {
    find "$DIR" -mindepth 1 -path "$DIR/.played" -prune -o -ls
}

# refuses STATUS TEXT COMMAND... - it ends with that status, says TEXT, and
# leaves nothing new in the folder.
refuses() {
    local wanted=$1 text=$2 before
    shift 2
    before=$(files)
    start refused "$@"
    eof refused
    finish refused
    [ "$status" -eq "$wanted" ] || complain "exit status $wanted" "$status: $output" "$*"
    [[ $output == *"$text"* ]] || complain "a message with: $text" "$output" "$*"
    [ "$(files)" = "$before" ] || complain "$before" "$(files)" "the folder after $*"
}

# The four designs of stage 07: server-epoll is for Linux, and not for tcc, as it says.
DESIGNS="server-fork server-thread server-poll server-epoll"
[[ $OSTYPE == linux* && ${CC-} != tcc ]] || DESIGNS=${DESIGNS% server-epoll}

# For stage 07, in a test that has "$folder":
#
# program NAME - the file of that program. server-list is the complete server with
# everybody in the list of poll(), as it is where epoll is not.
program() {
    case $1 in
    server-list) echo "$BATS_FILE_TMPDIR/server-list" ;;
    *) echo "$folder/$1" ;;
    esac
}

# build_server_list FOLDER - builds it there: no line of it is Linux's.
build_server_list() {
    # shellcheck disable=SC2086 # a list of options
    sed 's/__linux__/__elsewhere__/' "$ROOT/07-multiclient/server.c" >"$1/server-list.c" &&
        "${CC:-cc}" ${UDS_CFLAGS-} -o "$1/server-list" "$1/server-list.c"
}

# start_server [PROGRAM] - one that listens on "$DIR/s". UNDER is a command that
# it runs under: valgrind.
start_server() {
    # shellcheck disable=SC2086 # a command and its arguments
    start server ${UNDER-} "$(program "${1:-server}")" "$DIR/s"
    await server "listen "
}

# start_quiet PROGRAM - the same, and its output is thrown away: for tests with so many
# clients that reading of each would take the time.
start_quiet() {
    # A process has to start the program with its output elsewhere, and become it.
    start server sh -c 'exec "$@" >/dev/null' - "$(program "$1")" "$DIR/s"
    until [ -S "$DIR/s" ] && "$folder/client" "$DIR/s" </dev/null 2>/dev/null; do :; done
}

# descriptors - how many the server has.
descriptors() {
    find "/proc/$(pid server)/fd" -mindepth 1 | wc -l
}

# memory - the server's own memory in KiB, without what it shares.
memory() {
    awk '/^RssAnon/ { print $2 }' "/proc/$(pid server)/status"
}

# leave_by SIGNAL - the server ends by it, with status 0, and takes its name.
leave_by() {
    send "$1" server
    finish server
    [ "$status" -eq 0 ] || complain "exit status 0" "$status" "$1"
    [ ! -e "$DIR/s" ] || complain "no $DIR/s" "it is there" "$1"
}

# crowd COUNT - that many clients are connected at once; each sends its own
# bytes and gets them back, twice, in another order.
crowd() {
    python "
count = int(sys.argv[2])
all = [connect() for _ in range(count)]
for turn in range(2):
    for n, s in enumerate(all): s.sendall(b'client %d turn %d' % (n, turn))
    for n, s in reversed(list(enumerate(all))):
        want = b'client %d turn %d' % (n, turn)
        got = b''
        while len(got) < len(want): got += s.recv(100)
        if got != want: sys.exit('%r came to the client of %r' % (got, want))
print(count, 'served')" "$DIR/s" "$1"
}

# Clients that send and never read: python3 -Suc "$STUCK" PATH COUNT says
# "stuck" when all of them can send no more, and waits for Enter.
STUCK='
import select, socket, sys, time
all = []
for n in range(int(sys.argv[2])):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    s.setblocking(False)
    all.append(s)
while ready := select.select([], all, [], 0.3)[1]:
    for s in ready: s.send(bytes(65536))
print("stuck")
input()'
