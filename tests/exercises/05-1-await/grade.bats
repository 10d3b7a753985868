#!/usr/bin/env bats
# 05-1: a client that is started before its server.

load ../grader

LIMIT=$((3 * LIMIT)) # where the machine is slow, the server comes late
LONG=$((LIMIT * 800)) # milliseconds, less than that

LESSON='05-connect/README.md, "Break it": the table of errors'

# begin MILLISECONDS - the program calls, and nobody answers yet.
begin() {
    program await "$path" "$1"
    await await "call "
}

# serve STAGE - a server of that stage, until Enter.
serve() {
    borrow "$1/server"
    start server "$borrowed" "$path"
    await server "press Enter"
}

# too_many - says so of the descriptors.
too_many() {
    reject "It runs out of descriptors: each try takes one." \
        "No such file or directory, after many tries" "$output" \
        "close() of the socket of a try that failed"
}

# connected MESSAGE EXPECTED LOOK - it ends well, connected. Whatever server it
# meets, there is a moment in which that one is bound and does not listen yet.
connected() {
    finish await
    [[ $output != *"Too many open files"* ]] || too_many
    [[ $status -eq 0 || $output != *"Connection refused"* ]] ||
        reject "It gives up between bind() and listen()." \
            "connect  descriptor 3, when the server listens" "$output (exit status $status)" \
            "$LESSON: ECONNREFUSED"
    [[ $status -eq 0 && $output == *"connect  descriptor"* ]] ||
        reject "$1" "$2, and exit status 0" "$output (exit status $status)" "$3"
}

@test "05-1: a server that is there is reached at once, also with 0 ms" {
    serve 03-listen
    begin 0
    connected "With 0 ms it does not try at all." "connect  descriptor 3" \
        "connect_within(): the first try comes before the clock"
}

@test "05-1: a server that comes later is reached" {
    begin "$LONG"
    sleeps await || true
    serve 03-listen
    connected "It does not wait for a server that comes later." \
        "connect  descriptor 3, when the server is there" "connect_within(): a loop of tries"
}

@test "05-1: it goes on while the server does not listen yet" {
    serve 02-bind
    begin "$LONG"
    sleeps await || true
    press server
    finish server
    serve 03-listen
    connected "It does not come back after bind(), when the server listens at last." \
        "connect  descriptor 3, when the server listens" "$LESSON: ECONNREFUSED"
}

@test "05-1: it sleeps between its tries" {
    begin "$LONG"
    sleeps await || reject "It does not sleep between its tries." \
        "process state S (sleeping), most of the time" \
        "state $state, each time" "man 2 nanosleep"
}

@test "05-1: when the time is over it says why, and not before" {
    TIMEFORMAT=%3R
    { time graded "$path" 700; } 2>"$DIR/elapsed"
    elapsed=$(tr -cd 0-9 <"$DIR/elapsed")
    [[ $status -eq 1 && $output == *"No such file or directory"* ]] ||
        reject "It does not say why there is no server." \
            "await: connect: $path: No such file or directory, and exit status 1" \
            "$output (exit status $status)" "errno, between connect() and die()"
    [ "$((10#$elapsed))" -ge 700 ] || reject "It gives up too early." \
        "an end after 700 ms, not before" "after $((10#$elapsed)) ms" "the clock, and its unit"
}

@test "05-1: what no time can heal is told at once" {
    : >"$path"
    program await "$path/s" 1000000
    finish await 2>/dev/null || [ "$verdict_await" != time ] ||
        reject "It waits although no time can heal it." \
            "await: connect: $path/s: Not a directory" "no end within $LIMIT s" "$LESSON: ENOTDIR"
    [[ $status -eq 1 && $output == *"Not a directory"* ]] ||
        reject "It does not say what went wrong." "await: connect: $path/s: Not a directory" \
            "$output (exit status $status)" "errno, between connect() and die()"
}

@test "05-1: many tries need no more descriptors than one" {
    DESCRIPTORS=20 graded "$path" 3000
    [[ $output != *"Too many open files"* ]] || too_many
}
