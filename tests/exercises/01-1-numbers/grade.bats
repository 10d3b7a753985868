#!/usr/bin/env bats
# 01-1: predict the number that socket() will return.

load ../grader
load ../calls

LOWEST='01-socket/README.md, "Run it" (the lowest number that is free)'
TAKEN='01-socket/README.md, "Break it": What if 3 is taken, or 0 is free?'
CLOSE='01-socket/README.md, "Look from outside": close() gives the descriptor back'

# pairs - prints each prediction with the number that came: "3 3".
pairs() {
    printf '%s\n' "$stdout" | awk '/^next/ { next_one = $2 } /^socket/ { print next_one, $3 }'
}

# holding HIGHEST - starts the program with the descriptors up to HIGHEST taken, by all kinds of
# files: 4 can only be written, and with 5 nothing can be done (O_PATH, on Linux).
holding() {
    # shellcheck disable=SC2086 # a command and its options
    start graded ${EXERCISE_RUN-} python3 -Sc 'import os, socket, sys
last = int(sys.argv[1])
a, b = socket.socketpair()
kinds = [0, os.open("/dev/null", os.O_WRONLY), os.open("/", getattr(os, "O_PATH", 0)),
    a.fileno(), os.open("/", os.O_RDONLY)] + list(os.pipe())
kinds = [os.dup2(kinds[n], last + 1 + n) for n in range(len(kinds))]
for n in range(3, last + 1):
    os.dup2(kinds[(n - 3) % len(kinds)], n)
for n in kinds: os.close(n)
os.closerange(last + 1, last + 20)
os.execv(sys.argv[2], sys.argv[2:])' "$1" "$BUILD/program"
    eof graded
    finish graded
}

# reports_four - what has run to its end has reported four sockets.
reports_four() {
    [[ $status -eq 0 && $(pairs | wc -l) -eq 4 ]] ||
        reject "It does not create its four sockets." \
            "four lines that begin with socket, and exit status 0" \
            "$output (exit status $status)" "what it prints on standard error"
}

# calls_socket - as list_calls() has seen it, four times at least. Sets $count.
calls_socket() {
    count_calls socket
    [ "$count" -ge 4 ] || reject "It reports sockets that it has not created." \
        "at least four calls of socket()" "$count" "make_socket() and main() were complete"
}

# removes_a_file CAME - no file is left, and there was one: CAME shows that.
removes_a_file() {
    reject "It creates a file for a moment, and removes it." \
        "no new file, not even for a moment: the folder may be read-only, or have a file of that \
name" "$1" "next_number(): what has a number, but no name?
to see it: strace -e trace=file ./numbers"
}

@test "01-1: it creates four sockets and exits with status 0" {
    graded
    reports_four
}

@test "01-1: finding out the number keeps nothing open" {
    graded
    [ "$(pairs | cut -d ' ' -f 2 | tr '\n' ' ')" = "3 4 5 4 " ] ||
        reject "Finding out the number uses one up: something stays open." \
            "sockets with the numbers 3, 4, 5, 4" "$stdout" "$CLOSE"
}

@test "01-1: the first three numbers are right" {
    graded
    [ "$(pairs | head -n 3)" = "3 3
4 4
5 5" ] || reject "The number that it predicts is not the one that comes." \
        "3, then 4, then 5" "$stdout" "next_number(): what has the first socket changed?"
}

@test "01-1: a number that was closed comes next" {
    graded
    [ "$(pairs | tail -n 1)" = "4 4" ] ||
        reject "It counts on, although a lower number is free again." \
            "next     4, because descriptor 4 was closed" "$stdout" "$LOWEST"
}

@test "01-1: numbers that are already taken are left out" {
    REDIRECT='3</dev/null 5</dev/null' graded
    [ "$(pairs)" = "4 4
6 6
7 7
6 6" ] || reject "It does not notice that some numbers are taken." \
        "with 3 and 5 taken: 4, 6, 7, and 6 again when it is closed" "$stdout" "$TAKEN"
}

@test "01-1: with standard input closed, the number is 0" {
    REDIRECT='<&-' graded
    [ "$status" -eq 0 ] && [ "$(pairs | awk '$1 == $2' | wc -l)" -eq 4 ] ||
        reject "Where a number below 3 is free, it does not predict that one." \
            "next     0, because standard input is closed" "$output (exit status $status)" \
            "$TAKEN"
}

@test "01-1: the number may be large" {
    # More than 1024, where select() ends; valgrind needs descriptors of its own up there.
    local last=1100 limit=1200
    [ -z "${EXERCISE_RUN-}" ] || last=40 limit=256
    DESCRIPTORS=$limit holding "$last"
    case $(pairs) in 4\ * | 5\ * | 6\ *)
        reject "It takes a descriptor for free that is open, but not for reading." \
            "with 0 to $last taken: $((last + 1))" "$output" \
            "next_number(): which calls work with every descriptor? man 2 open, O_PATH" ;;
    esac
    [ "$(pairs)" = "$((last + 1)) $((last + 1))
$((last + 2)) $((last + 2))
$((last + 3)) $((last + 3))
$((last + 2)) $((last + 2))" ] || reject "It gives up after some numbers." \
        "with 0 to $last taken: $((last + 1)), $((last + 2)), $((last + 3)), and the second \
again when it is closed" "$output" "next_number(): where does its search end?"
}

@test "01-1: the sockets that it reports exist" {
    local open
    need Linux
    list_calls
    calls_socket
    # The last socket of all is main()'s.
    REDIRECT='6</dev/null' halt socket "$count"
    open=$(descriptors 'socket:*')
    [ "$open" = "3 4 5" ] || reject "Its sockets are not open." \
        "sockets with the numbers 3, 4 and 5" "sockets with the numbers: $open" \
        "make_socket() and main() were complete"
    go_on
}

@test "01-1: descriptors that it did not open stay as they are" {
    local number flags
    need Linux
    list_calls
    count_calls socket
    REDIRECT='3</dev/null 6</dev/null' halt socket "$count"
    [ -c "/proc/$at/fd/3" ] && [ -c "/proc/$at/fd/6" ] ||
        reject "It closes a descriptor that is not its own." \
            "descriptors 3 and 6 open, as they were at the start" "closed, or another file" \
            "next_number(): which descriptors does it close?"
    for number in 0 1 2 3 6; do
        # O_NONBLOCK is 04000, and FD_CLOEXEC appears as 02000000.
        flags=$(awk '/^flags:/ { print $2 }' "/proc/$at/fdinfo/$number")
        [ "$((flags & 02004000))" -eq 0 ] ||
            reject "It changes flags of a descriptor that is not its own." \
                "descriptor $number without O_NONBLOCK and FD_CLOEXEC" "flags $flags" \
                "next_number(): F_GETFD asks, but F_SETFD and F_SETFL change"
    done
    go_on
}

@test "01-1: it creates no file" {
    local before
    before=$(files)
    # A folder has another date when something in it was created, even if that is gone.
    touch -t 200001010000 "$DIR" "$PLAY/then"
    graded
    reports_four
    [ "$(files)" = "$before" ] || reject "It leaves a file behind." "no new file" \
        "$(find "$DIR" -mindepth 1)" "next_number(): what has a number, but no name?"
    [ ! "$DIR" -nt "$PLAY/then" ] || removes_a_file "the current folder has changed"
    # A name in another folder is known by its removal.
    [ "$(uname)" = Linux ] || return 0
    list_calls
    count_calls unlink unlinkat rename
    [ "$count" -eq 0 ] || removes_a_file "$(grep -E '^(unlink|unlinkat|rename)' "$DIR/calls" |
        sort | uniq -c)"
}

@test "01-1: it stops when no number is left" {
    [ -z "${EXERCISE_RUN-}" ] || skip "valgrind needs descriptors of its own"
    DESCRIPTORS=5 graded # 0 to 4
    [ "$(pairs | grep -c .)" -ge 2 ] ||
        reject "It needs more free numbers than socket() does." \
            "with ulimit -n 5: the numbers 3 and 4" "$output (exit status $status)" \
            "next_number(): how many descriptors does it open at a time?"
    [ "$status" -eq 1 ] && [[ $stderr == *"Too many open files"* ]] &&
        [ "$(pairs)" = "3 3
4 4" ] || reject "It goes on when no number is left." \
        "with ulimit -n 5: the numbers 3 and 4, then \"Too many open files\"
on standard error, and exit status 1" "$output (exit status $status)" \
        '01-socket/README.md, "Break it": Never close anything'
}

@test "01-1: it reports every call that fails" {
    list_calls
    calls_socket
    # These two only ask: they cannot fail for a descriptor that is open.
    while read -r call which; do
        fails_well "$call" "$which" ./numbers "what does $call() return when it fails?"
    done < <(calls_to_fail fcntl fstat)
}
