# shellcheck shell=bash disable=SC2154,SC2034
#
# For graders that look at a program's calls: which ones it makes, what the kernel shows
# at one of them, and what the program does when one fails. Load it after grader.bash.

# A program may use any of these to send, and any of those to receive.
SENDING='write writev send sendto sendmsg sendmmsg'
RECEIVING='read readv recv recvfrom recvmsg recvmmsg'

# With correct arguments these cannot fail, so nobody has to check them.
CANNOT_FAIL='signal sigaction sigprocmask pthread_sigmask getrlimit clock_gettime'

# list_calls ARGUMENTS... - runs the program to its end. Its calls are in "$DIR/calls".
list_calls() {
    rm -f "$DIR/calls"
    inject "" "$DIR/calls"
    graded "$@"
    INJECTED=()
}

# count_calls CALL... - sets $count to the number of these calls in "$DIR/calls".
count_calls() {
    count=$(awk -v list=" $* " 'index(list, " " $1 " ") { n++ } END { print n + 0 }' \
        "$DIR/calls")
}

# nth_call N CALL... - sets $call and $which to the Nth of these calls in "$DIR/calls", which
# may be the third write() or the first send(): "write" and 3. N may be "last".
nth_call() {
    local n=$1
    shift
    read -r call which < <(awk -v list=" $* " -v n="$n" '
        index(list, " " $1 " ") {
            own[$1]++
            if (++all == n || n == "last") found = $1 " " own[$1]
        }
        END { print found }' "$DIR/calls")
}

# halt CALL WHICH ARGUMENTS... - starts the program, and waits until it, or a process that
# it has started, has made that call and stopped. $at is the stopped process.
halt() {
    local call=$1 which=$2 end=$((SECONDS + LIMIT)) turn=0 process
    shift 2
    inject "$call:$which:stop"
    program halted "$@"
    INJECTED=()
    while [ "$SECONDS" -le "$end" ]; do
        state_of "$pid_halted"
        case $state in
        T) at=$pid_halted && return 0 ;;
        Z | '') break ;;
        esac
        # To list its children takes a process, so that is done now and then.
        turn=$((turn + 1))
        [ $((turn % 50)) -eq 0 ] || continue
        for process in $(pgrep -P "$pid_halted"); do
            state_of "$process"
            [ "$state" != T ] || { at=$process && return 0; }
        done
    done
    reject "It does not get as far as it did before: it makes no call of $call()." \
        "$call()" "$(said halted)" "its calls: strace shows them"
}

# go_on - lets what has halted run to its end.
go_on() {
    kill -CONT "$at"
    eof halted
    finish halted
}

# descriptors PATTERN - prints the descriptors of $at that refer to something like it,
# in order and on one line: descriptors 'socket:*'.
descriptors() {
    find "/proc/$at/fd" -lname "$1" 2>/dev/null | sed 's/.*\///' | sort -n |
        awk '{ printf "%s%s", (NR > 1 ? " " : ""), $1 }'
}

# calls_to_fail IGNORED... - prints the calls in "$DIR/calls", apart from the ignored ones and
# those that cannot fail, each with the numbers of its first and its last: "close 1" and "close 4".
calls_to_fail() {
    awk -v list=" $* $CANNOT_FAIL " '
        /^[a-z_0-9]+/ && !/^not open/ && !index(list, " " $1 " ") {
            if (!count[$1]++) order[++names] = $1
        }
        END {
            for (n = 1; n <= names; n++) {
                print order[n], 1
                if (count[order[n]] > 1) print order[n], count[order[n]]
            }
        }' "$DIR/calls"
}

# fails_well CALL WHICH COMMAND LOOK ARGUMENTS... - when that call fails, the program prints
# the reason on standard error, and exits with status 1. COMMAND is what the reader types to
# start it.
fails_well() {
    local call=$1 which=$2 command=$3 look=$4 error=EIO reason='Input/output error' came
    shift 4
    # valgrind starts with calls of its own: these would fail.
    [ -z "${EXERCISE_RUN-}" ] || return 0
    case $call in malloc | calloc | realloc | strdup)
        error=ENOMEM reason='Cannot allocate memory'
        ;;
    esac
    rm -f "$DIR/calls"
    inject "$call:$which:$error" "$DIR/calls"
    if ! HANGS="It hangs after $call() has failed." HANGS_LOOK=$(see_it) \
        graded "$@" 2>"$PLAY/verdict"; then
        [ "$verdict_graded" != crash ] ||
            reject "It crashes after $call() has failed: signal $((status - 128))." \
                "$call: $reason on standard error, exit status 1" "$output" "$look
see it: $(see_it)" || return 1
        cat "$PLAY/verdict" >&2
        return 1
    fi
    INJECTED=()
    # If it took another way this time, nothing has failed.
    grep -q "^$call $error" "$DIR/calls" || return 0
    came="$output (exit status $status)"
    look="$look
see it: $(see_it)"
    if [ "$status" -eq 0 ]; then
        reject "It goes on after $call() has failed." \
            "$call: $reason on standard error, exit status 1" "$came" "$look"
    elif [[ $stderr != *"$reason"* && $stdout == *"$reason"* ]]; then
        reject "The message about $call() is on standard output." \
            "$reason on standard error" "on standard output: $stdout" "$look"
    elif [[ $stderr != *"$reason"* ]]; then
        reject "It does not report that $call() has failed, or not with the right reason." \
            "$reason on standard error" "$came" "$look"
    elif [ "$status" -ne 1 ]; then
        reject "It has another exit status when $call() fails." "exit status 1" "$came" "$look"
    else
        names_it "$call" "$look"
    fi
}

# names_it CALL LOOK - that call has failed, and $stderr does not say that it was another one of
# the calls in "$DIR/calls". (A helper that makes a socket non-blocking may well call its own
# failure one of socket(): with correct arguments, fcntl() does not fail.)
names_it() {
    local other
    [[ $1 != fcntl && $stderr != *"$1"* ]] || return 0
    other=$(printf '%s\n' "$stderr" | awk -v own="$1" '
        NR == FNR { sub(/\(\): /, ": "); text = text " " $0; next }
        $1 != own && index(text, " " $1 ": ") { print $1; exit }' - "$DIR/calls")
    [ -z "$other" ] || reject "It reports that $other() has failed, and it was $1()." \
        "$1: and the reason, on standard error" "standard error: $stderr" "$2"
}

# see_it - prints a command that fails $call as fails_well() does. strace can do that where
# the C library makes no such system call before main().
see_it() {
    case $call in
    socket | socketpair | bind | connect)
        echo "strace -f -e trace=$call -e inject=$call:error=$error:when=$which $command"
        ;;
    *)
        echo "cc -shared -fPIC -o faults.so ../../tests/faults/faults.c"
        echo "        FAULTS=$call:$which:$error LD_PRELOAD=\$PWD/faults.so $command"
        ;;
    esac
}
