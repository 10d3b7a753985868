# shellcheck shell=bash disable=SC2154,SC2034
#
# Plays real processes from a script: starts one, waits for a line that it prints,
# presses its keys, waits until it exits. The tests use it, and so do `make demo`,
# `watch` and `trace`. It works in bash 3.2.
#
#     start server ./server "$DIR/s"     run a program in the background
#     await server "listen"              wait until it prints a line with that text
#     type_in server TEXT                type a line
#     press server                       press Enter
#     eof server                         end its input (Ctrl-D)
#     send TERM server                   send it a signal
#     finish server                      wait until it exits: $status, $output
#
# All that a process prints goes through a FIFO, so waiting for a line is waiting for an
# event. Nothing here sleeps for a fixed time.

unset CDPATH # with it, cd may go elsewhere, and prints where

# The top folder of the repository.
ROOT=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)

# finish() writes this line behind the output of a process, and reads up to it.
END="-- end --"

# How many seconds to wait for a line before it counts as missing.
PATIENCE=${PATIENCE:-20}

# Where the kernel shows its processes, if it does.
PROC=${PROC:-/proc}

# The folder of the running test. It starts empty, whatever the environment has.
DIR=

# Put this in front of a command to run it without root's privileges. Its file may be in a folder
# that only root may enter, because setpriv starts it before it gives up the right to do that.
AS_NOBODY=(setpriv --reuid=65534 --regid=65534 --clear-groups)

# ---- The folder of a test -----------------------------------------------------------

# open_stage - creates $DIR. Its name is short because the path of a socket has to be.
open_stage() {
    CLOCK=${BATS_killer_pid-} # when a test has failed, bash may have lost bats' variable
    trace_less
    # Not return: with DIR empty, a caller that went on would write into /.
    DIR=${UDS_TMP:-/tmp}/uds.$$.$RANDOM
    mkdir -m 700 "$DIR" "$DIR/.played" || exit 1
    NEXT_FD=20
    NOT_OURS=$'\n'$(jobs -p)$'\n' # bats has a job of its own, its clock
}

# copy [OPTION] FILE... TARGET - as cp does it, but the copy can be changed and removed, where
# what is copied cannot.
copy() {
    cp "$@" && chmod -R u+w "${@: -1}"
}

# trace_less - bats records every command in order to name the one that failed. In our
# functions that takes half of the time, and the calling line of the test is enough to
# know. After the first failure there is nothing left to record.
trace_less() {
    declare -F bats_error_trap >/dev/null || return 0
    declare -ft "$BATS_TEST_NAME"
    set +T
    trap 'bats_error_trap; bats_debug_trap() { :; }' ERR
}

# close_stage - kills what is still running, and removes $DIR.
close_stage() {
    end_jobs
    if [ -n "$DIR" ] && ! rm -rf "$DIR" 2>/dev/null; then
        chmod -R u+rwX "$DIR" || true # a read-only folder cannot be emptied
        rm -rf "$DIR"
    fi
    stop_clock
}

# end_jobs - kills what is still running, by number.
end_jobs() {
    local process IFS=$' \t\n' # a trap may have interrupted `IFS= read`
    for process in $(jobs -p); do
        case $NOT_OURS in *$'\n'"$process"$'\n'*) continue ;; esac
        kill -KILL "$process" 2>/dev/null
        wait "$process" 2>/dev/null
    done
}

# stop_clock - bats ends the clock of each test by a signal, which a clock that has only just
# started does not notice: then bats waits for it, for minutes. So end it here. It is stopped
# first, so that it starts no sleep any more.
stop_clock() {
    local clock=${CLOCK-} children=''
    [ -n "$clock" ] || return 0
    {
        kill -STOP "$clock"
        state_of "$clock"
        while [[ $state == [RDS] ]]; do state_of "$clock"; done
        if [ -r "/proc/$clock/task/$clock/children" ]; then
            read -r children <"/proc/$clock/task/$clock/children"
            # shellcheck disable=SC2086 # a list of numbers
            [ -z "$children" ] || kill -KILL $children
        else
            pkill -KILL -P "$clock"
        fi
        kill -KILL "$clock"
        wait "$clock" # here, so that bash does not report its end elsewhere
    } 2>/dev/null || true
}

# ---- Starting a process -------------------------------------------------------------

# pid NAME - prints the process number of what was started under that name.
pid() {
    local variable=pid_$1
    echo "${!variable}"
}

# fd in|out NAME - prints our descriptor for its input or its output.
fd() {
    local variable=$1_$2
    echo "${!variable}"
}

# start NAME COMMAND... - runs it in the background. The graders of the exercises have
# a start() of their own.
start() {
    spawn "$@"
}

# spawn NAME COMMAND... - runs it without any descriptor of bats, of ours, or of the window
# in which we run, so that its first socket is number 3. (Here and below no process is started
# that is not needed: the tests would take twice the time.)
spawn() {
    local name=$1 in=$NEXT_FD out=$((NEXT_FD + 1)) n fifos=() fifo=$DIR/.played/fifo
    shift
    NEXT_FD=$((NEXT_FD + 2))
    : >"$DIR/.played/$name.log"
    # mkfifo is a process too, so make several FIFOs at a time: most tests have up to three.
    if [ ! -e "$fifo$in" ]; then
        for ((n = in; n < in + 6; n++)); do fifos+=("$fifo$n"); done
        mkfifo "${fifos[@]}"
    fi
    eval "exec $in<>\"\${fifo}$in\" $out<>\"\${fifo}$out\""
    (
        n=3
        while [ "$n" -lt "$NEXT_FD" ]; do
            eval "exec $n>&-"
            n=$((n + 1))
        done
        exec "$@"
    ) <"$fifo$in" >"$fifo$out" 2>&1 &
    eval "pid_$name=$! in_$name=$in out_$name=$out"
}

# alone COMMAND... - runs it without the descriptors of bats, so that its first socket
# is number 3.
alone() {
    "$@" 3>&- 4>&-
}

# ---- Its output ---------------------------------------------------------------------

# heard NAME LINE - is called for each line as it is read. The demo has its own.
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

# await NAME TEXT - waits until it prints a line that contains TEXT, and leaves that
# line in $line.
await() {
    while next_line "$1"; do
        [[ $line == *"$2"* ]] && return 0
    done
    complain "a line with: $2" "$(said "$1")" "$1"
}

# said NAME - prints what it has printed so far, as far as we have read it.
said() {
    cat "$DIR/.played/$1.log"
}

# played NAME - sets $output to all that next_line() has read of it. (As $(<...) would,
# but without a process.)
played() {
    IFS= read -r -d '' output <"$DIR/.played/$1.log" || true
    while [[ $output == *$'\n' ]]; do output=${output%$'\n'}; done
}

# complain EXPECTED FOUND WHERE - reports a difference, and fails.
complain() {
    printf '%s\n' "expected: $1" "found:    $2" "from:     $3" >&2
    return 1
}

# ---- Its input, its signals, its end ------------------------------------------------

# type_in NAME TEXT - types a line.
type_in() {
    local in=in_$1
    printf '%s\n' "$2" >&"${!in}"
}

# press NAME - presses Enter.
press() {
    type_in "$1" ""
}

# eof NAME - ends its input.
eof() {
    local in=in_$1
    eval "exec ${!in}>&-"
}

# send SIGNAL NAME
send() {
    local process=pid_$2
    kill "-$1" "${!process}"
}

# finish NAME - waits until it exits. $status is its exit status, $output all that it
# has printed since the start.
finish() {
    local process=pid_$1 out=out_$1
    status=0
    wait "${!process}" || status=$?
    printf '%s\n' "$END" >&"${!out}"
    while next_line "$1"; do :; done
    played "$1"
}

# ---- Its state ----------------------------------------------------------------------

# state_of PROCESS - sets $state to the letter that ps prints for it: S sleeping,
# T stopped, R running, Z zombie. $state is empty if there is no such process.
state_of() {
    state=
    if [ -r "$PROC/self/stat" ]; then
        { read -r _ _ state _ <"$PROC/$1/stat"; } 2>/dev/null || true
    else
        state=$(ps -o state= -p "$1") || true
        state=${state:0:1}
    fi
}

# becomes LETTER NAME [SECONDS] - waits until the process is in that state, PATIENCE
# seconds unless told otherwise. It fails if the process exits first.
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

# asleep NAME - waits until the process is blocked in a call.
asleep() {
    becomes S "$1" || complain "process state S" "process state $state" "$1"
}
