#!/usr/bin/env bats
# 01-3: make socket() fail, and return its errors.

load ../grader
load ../calls

LESSON='01-socket/README.md, "Break it": Never close anything'
ERRNO='01-socket/README.md, "What is new" (errno): save it before the next call changes it'

# printed LABEL - prints what stands behind it.
printed() {
    printf '%s\n' "$stdout" | sed -n "s/^$1  *//p"
}

# own_error LABEL N NAME - the error that is printed is the Nth socket()'s own one.
own_error() {
    inject "socket:$2:EINVAL" "$DIR/calls"
    graded
    INJECTED=()
    [ "$(printed "$1")" = EINVAL ] ||
        reject "It does not return the error that socket() reports: $1." \
            "$1 EINVAL, when socket() fails with EINVAL" "$stdout" \
            "$3(): errno
see it: strace -e trace=socket -e inject=socket:error=EINVAL:when=$2 ./errors"
}

@test "01-3: an unknown domain is EAFNOSUPPORT" {
    graded
    case $(printed domain) in
    EAFNOSUPPORT) ;;
    EBADF) reject "It returns the error of a later call." "domain   EAFNOSUPPORT" "$output" \
        "errno: which call has set it last? close(-1) fails with EBADF" ;;
    *) reject "It does not make socket() fail because of its domain." "domain   EAFNOSUPPORT" \
        "$output" \
        'unknown_domain(); 01-socket/README.md, "Break it": Ask for a domain that does not exist' ;;
    esac
}

@test "01-3: an unknown protocol is EPROTONOSUPPORT" {
    graded
    [ "$(printed protocol)" = EPROTONOSUPPORT ] ||
        reject "It does not make socket() fail because of its protocol." \
            "protocol EPROTONOSUPPORT" "$output" \
            "unknown_protocol(): only the third argument is wrong; on Linux, AF_UNIX knows 0 and 1"
}

@test "01-3: a full table is EMFILE" {
    DESCRIPTORS=20 graded
    case $(printed table) in
    EMFILE) ;;
    EBADF | "no error" | Success) reject "The error of the full table is lost." \
        "table    EMFILE" "$output" "$ERRNO" ;;
    *) reject "It has not filled the table." "table    EMFILE, after ulimit -n 20" "$output" \
        "full_table(); $LESSON" ;;
    esac
    # The standard descriptors need not be open: then the table has room for more. (One that
    # closes too much has no output left. That comes below.)
    DESCRIPTORS=20 REDIRECT='<&-' graded
    case $(printed table) in EMFILE | '') ;; *)
        reject "It assumes that 0, 1 and 2 are taken." \
            "table    EMFILE, after ulimit -n 20 and with standard input closed" "$output" \
            "full_table(): the loop ends when socket() returns -1, not at a number of yours
see it: (ulimit -n 20; ./errors <&-)" ;;
    esac
}

@test "01-3: the table may be large" {
    local most pairs
    most=$(ulimit -Hn)
    [ "$most" != unlimited ] && [ "$most" -lt 20000 ] || most=20000
    [[ $OSTYPE != linux* ]] || inject "" "$DIR/calls"
    DESCRIPTORS=$most graded 2>/dev/null || [ "$verdict_graded" != crash ] ||
        reject "It writes past the end of its array." "table    EMFILE, after ulimit -n $most" \
            "$output (signal $((status - 128)))" \
            "full_table(): how many numbers may there be to remember?"
    [ "$(printed table)" = EMFILE ] ||
        reject "It assumes that the table has a certain size." \
            "table    EMFILE, after ulimit -n $most" "$output" \
            "full_table(): the loop ends when socket() returns -1, not at a number of yours"
    # valgrind needs descriptors of its own, and so does the list of calls.
    if [[ $OSTYPE == linux* && -z ${EXERCISE_RUN-} ]]; then
        count_calls socketpair
        pairs=$count
        count_calls socket
        # With a few calls, it does not even try, and it may have closed the list: see below.
        [ "$((count + 2 * pairs))" -ge "$most" ] || [ "$((count + 2 * pairs))" -lt 10 ] ||
            [ "$(tail -n 2 "$DIR/calls" | tr '\n' ' ')" != "socket close " ] ||
            reject "It makes the table smaller while it fills it." \
                "$most calls of socket(), after ulimit -n $most" \
                "$count calls" "full_table(): the limit is not yours to change"
    fi
}

@test "01-3: socket() works again" {
    DESCRIPTORS=20 graded
    [ "$status" -eq 0 ] && [ "$(printed again)" = "descriptor 3" ] ||
        reject "The table stays full: not every socket was closed." "again    descriptor 3" \
            "$output (exit status $status)" \
            "full_table(): close() for every number, not only for the last"
}

@test "01-3: the table is full of sockets" {
    [ -z "${EXERCISE_RUN-}" ] || skip "valgrind needs descriptors of its own"
    local pairs
    need Linux
    inject "" "$DIR/calls"
    DESCRIPTORS=21 graded # 17 of them are free: one is for the list of calls
    INJECTED=()
    count_calls socketpair
    pairs=$count
    count_calls socket
    [ "$count" -ge 3 ] || reject "It prints errors of calls that it has not made." \
        "a call of socket() for each error" "$count calls of socket()" \
        "unknown_domain(), unknown_protocol(), full_table()"
    # One socket() fails for each error, and one is main()'s.
    [ "$((count + 2 * pairs))" -ge 21 ] ||
        reject "It has not filled the table with sockets." \
            "17 sockets, after ulimit -n 20, and one call more that fails" \
            "$count calls of socket() in all" \
            "full_table(): strace -e trace=socket ./errors shows the calls"
}

@test "01-3: all of its sockets are closed, and nothing else" {
    local open
    need Linux
    inject "" "$DIR/calls"
    DESCRIPTORS=21 REDIRECT='6</dev/null' graded # one is for the list of calls
    count_calls socket
    # The last socket of all is main()'s. After that the program stops.
    DESCRIPTORS=20 REDIRECT='6</dev/null' halt socket "$count"
    [ -c "/proc/$at/fd/6" ] || reject "It closes a descriptor that is not its own." \
        "descriptor 6 open, as it was at the start" "closed" \
        "full_table(): are all numbers between the first and the last yours?"
    open=$(descriptors 'socket:*')
    [ "$open" = 3 ] || reject "A socket that filled the table is still open." \
        "one open socket, the one that main() has just created" "sockets: $open" \
        "full_table(): does the loop that closes them reach the last one?"
    open=$(awk '/^Max open files/ { print $4 }' "/proc/$at/limits")
    [ "$open" = 20 ] || reject "It changes the limit of descriptors." "20, as at the start" \
        "$open" "full_table(): the limit is not yours to change"
    go_on
}

@test "01-3: it returns the errors that socket() reports" {
    own_error domain 1 unknown_domain
    own_error protocol 2 unknown_protocol
    inject "socket:6:ENFILE" "$DIR/calls"
    graded
    INJECTED=()
    [ "$(printed table)" = "Too many open files in system" ] ||
        [[ $status -eq 1 && $stderr == *"Too many open files in system"* ]] ||
        reject "It returns EMFILE whatever the error is." \
            "table    Too many open files in system, when socket() fails with ENFILE" \
            "$output" "full_table(): errno
see it: strace -e trace=socket -e inject=socket:error=ENFILE:when=6 ./errors"
}

@test "01-3: it reports every other call that fails" {
    inject "" "$DIR/calls"
    DESCRIPTORS=21 graded
    while read -r call which; do
        DESCRIPTORS=21 fails_well "$call" "$which" ./errors \
            "what does $call() return when it fails?"
    done < <(calls_to_fail socket)
}
