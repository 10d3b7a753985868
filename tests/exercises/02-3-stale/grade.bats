#!/usr/bin/env bats
# 02-3: what is at the path, and may it be removed?

load ../grader
load ../calls

TYPES="find(): S_ISSOCK(st_mode) is true for a socket only; man 7 inode"
STALE='02-bind/README.md, "Break it": Stop it with Ctrl-C'

# peer KIND [BACKLOG] - starts a process with a socket of that kind at $path, until Enter.
# With a backlog it listens, and with 0 its queue is full at once.
peer() {
    start peer python3 -Suc 'import socket, sys
s = socket.socket(socket.AF_UNIX, getattr(socket, "SOCK_" + sys.argv[2]))
s.bind(sys.argv[1])
waiting = []
if len(sys.argv) > 3:
    s.listen(int(sys.argv[3]))
    if sys.argv[3] == "0":
        try:
            while True:
                waiting.append(socket.socket(socket.AF_UNIX))
                waiting[-1].setblocking(False)
                waiting[-1].connect(sys.argv[1])
        except BlockingIOError:
            pass
print("ready")
input()' "$path" "$@"
    await peer ready
}

# leave_stale - creates a name whose server is gone.
leave_stale() {
    peer STREAM 5
    press peer
    finish peer
    [ -S "$path" ]
}

# others - lists what is there, apart from the list of calls.
others() {
    files | grep -v '/calls$' || true
}

# kept MESSAGE LOOK - everything is still as $before has it.
kept() {
    local now
    now=$(others)
    [ "$now" = "$before" ] || reject "$1" "as before: $before" "${now:-nothing}" "$2"
}

# is_no_socket WHAT PATH [LOOK] - what is at the path is reported, and left alone.
is_no_socket() {
    local before
    before=$(others)
    HANGS="It waits for ever at $1." HANGS_LOOK="find(): does it open the file?" graded "$2"
    kept "It has deleted $1." "${3:-$TYPES}"
    { [ "$status" -eq 1 ] && [ "$stdout" = "found    no socket" ]; } ||
        reject "It takes $1 for something else." "found    no socket, and exit status 1" \
            "$output (exit status $status)" "${3:-$TYPES}"
}

# leaves_open WHAT REASON - WHAT leaves the question open, and it prints the reason.
leaves_open() {
    [[ $stdout != *"found    nothing"* ]] ||
        reject "It takes $1 for \"nothing is there\"." "an error message: $2" \
            "$output (exit status $status)" "find(): which errno means that nothing is there?"
    [[ $status -eq 1 && $stdout != *found* && $stderr == *"$2"* ]] ||
        reject "It takes $1 for an answer." \
            "no line with found; $2 on standard error, and exit status 1" \
            "$output (exit status $status)" \
            "find(): an errno that leaves the question open is for die()"
}

@test "02-3: where nothing is, it binds" {
    graded "$path"
    [ "$status" -eq 0 ] && [ "$stdout" = "found    nothing
bind     $path" ] || reject "It cannot bind to a free path." "found    nothing" \
        "$output (exit status $status)" \
        "find(): lstat() fails where nothing is, and that is no problem: ENOENT"
    [ -z "$(others)" ] || reject "It leaves its name behind." "nothing" "$(others)" \
        "main(): it was complete"
}

@test "02-3: a dead server's name is removed, and bound again" {
    leave_stale
    graded "$path"
    [ "$status" -eq 0 ] && [ "$stdout" = "found    a dead server's name
bind     $path" ] || reject "It does not take a dead server's name." \
        "found    a dead server's name" "$output (exit status $status)" "find(); $STALE"
    [ -z "$(others)" ] || reject "The dead server's name is still there." "nothing" "$(others)" \
        "main(): it was complete"
}

@test "02-3: the name that it reports exists" {
    need Linux
    leave_stale
    list_calls "$path"
    count_calls bind
    [ "$count" -gt 0 ] || reject "It prints bind, but has not called bind()." \
        "a call of bind()" "its calls: $(tr '\n' ' ' <"$DIR/calls")" "main(): it was complete"
    halt bind 1 "$path"
    [ -S "$path" ] && [ -n "$(kernel_row "$path")" ] ||
        reject "The name that it reports does not exist." "$path" "$(others)" \
            "main(): it was complete"
    go_on
}

@test "02-3: a file and a folder are left alone" {
    echo precious >"$path"
    mkdir "$DIR/folder"
    chown "$USER_ID" "$path" "$DIR/folder" # as if the program's user had created them
    is_no_socket "a file" "$path"
    is_no_socket "a folder" "$DIR/folder"
}

@test "02-3: an empty file, a FIFO and a file that it may not read are left alone" {
    : >"$path"
    mkfifo "$DIR/fifo"
    echo secret >"$DIR/secret"
    chown "$USER_ID" "$path" "$DIR/fifo" "$DIR/secret"
    chmod 000 "$DIR/secret"
    is_no_socket "an empty file" "$path"
    is_no_socket "a FIFO" "$DIR/fifo"
    is_no_socket "a file that it may not read" "$DIR/secret" \
        "find(): you can find out the type of a file without opening it"
}

@test "02-3: a living server keeps its name" {
    local before backlog
    for backlog in 5 0; do
        peer STREAM "$backlog"
        before=$(others)
        graded "$path"
        kept "It has taken away a living server's name." \
            "find(): answers() decides whether the server is alive"
        [ "$status" -eq 1 ] && [ "$stdout" = "found    a living server" ] ||
            reject "It does not notice that the server is running." "found    a living server" \
                "$output (exit status $status)" "find(): answers()"
        press peer
        finish peer
        rm "$path"
    done
}

@test "02-3: a link is not a socket, wherever it leads" {
    local before link
    leave_stale
    ln -s "$path" "$DIR/link"
    ln -s "$DIR/nowhere" "$DIR/dangling"
    before=$(others)
    for link in "$DIR/link" "$DIR/dangling"; do
        graded "$link"
        [ "$(others)" = "$before" ] && [ "$status" -eq 1 ] &&
            [ "$stdout" = "found    no socket" ] ||
            reject "It looks through a link, and not at it." "found    no socket" \
                "$output (exit status $status)" "find(): stat() follows links; what does not?"
    done
}

@test "02-3: what it cannot find out, it does not guess" {
    local before
    leave_stale
    mkdir "$DIR/closed"
    chown "$USER_ID" "$path" "$DIR/closed"
    chmod 000 "$DIR/closed"
    ln -s loop "$DIR/loop"
    echo precious >"$DIR/file"
    chmod 644 "$DIR/file"
    before=$(others)
    graded "$DIR/closed/s"
    leaves_open "a folder that it may not enter" "Permission denied"
    graded "$DIR/loop/s"
    leaves_open "a path without an end" "Too many levels of symbolic links"
    graded "$DIR/file/s"
    leaves_open "a path through a file" "Not a directory"
    kept "It changes something although it knows nothing." "find()"
    chmod 755 "$DIR/closed"
}

@test "02-3: a socket that refuses to talk to it keeps its name" {
    local before
    leave_stale
    chown "$USER_ID" "$path"
    chmod 000 "$path"
    before=$(others)
    graded "$path"
    kept "It removes a socket that it may not connect to." "answers(): it was complete"
    leaves_open "a socket that it may not connect to" "Permission denied"
    rm -f "$path"
    peer DGRAM
    before=$(others)
    graded "$path"
    kept "It removes the name of a datagram socket that is in use." \
        "answers(): it was complete"
    leaves_open "a datagram socket" "rong type"
    press peer
    finish peer
}

@test "02-3: an error that leaves the question open does not mean that nothing is there" {
    [ -z "${EXERCISE_RUN-}" ] || skip "valgrind makes calls of its own"
    local call
    leave_stale
    list_calls "$path"
    # All that can look at a path, or at what was opened.
    # shellcheck disable=SC2013 # names of calls
    for call in $(awk '{ print $1 }' "$DIR/calls" | sort -u); do
        case $call in
        lstat | stat | fstat | fstatat | statx | access | faccessat | open | openat)
            [ -S "$path" ] || leave_stale
            inject "$call:1:EIO"
            graded "$path"
            INJECTED=()
            leaves_open "an error of $call()" "Input/output error"
            ;;
        esac
    done
}

@test "02-3: it reports every call that fails" {
    leave_stale
    list_calls "$path"
    while read -r call which; do
        [ -S "$path" ] || leave_stale
        fails_well "$call" "$which" "./stale old.sock" \
            "what does $call() return when it fails?" "$path"
    done < <(calls_to_fail)
}
