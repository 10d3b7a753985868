#!/usr/bin/env bats
# 05-2: a backlog that is full, for a while or for ever.

load ../grader

LESSON='03-listen/README.md, "Break it": Fill the backlog; man 2 connect: EAGAIN'

# full_server STAGE ARGUMENTS... - one whose backlog of 5 is full: the server of
# 03 has room for 6, and accepts nobody; that of 06 has one client, named
# first, and six more that wait.
full_server() {
    local clients='first 1 2 3 4 5 6' name
    [ "$1" = 06-readwrite ] || clients='1 2 3 4 5 6'
    borrow "$1/server"
    shift
    start server "$borrowed" "$path" "$@"
    await server "may wait"
    borrow 05-connect/client
    for name in $clients; do
        start "c$name" "$borrowed" "$path"
        await "c$name" "connect "
        [ "$name" != first ] || await server "accept "
    done
}

# knocks MILLISECONDS WHAT - to its end, which it must come to by itself.
knocks() {
    program knock "$path" "$1"
    finish knock 2>/dev/null || [ "$verdict_knock" != time ] ||
        reject "$2" "an end by itself" "none within $LIMIT s" "$LESSON"
}

@test "05-2: where there is room it is connected, and blocking" {
    borrow 03-listen/server
    start server "$borrowed" "$path"
    await server "press Enter"
    knocks 0 "It waits although there is room."
    [[ $status -eq 0 && $output == *"connect  descriptor"* ]] ||
        reject "It is not connected, although there is room." "connect  descriptor 3, blocking" \
            "$output (exit status $status)" "what it says on standard error"
    [[ $output == *", blocking"* ]] || reject "The socket does not wait any more: it is left so." \
        "connect  descriptor 3, blocking" "$output" "F_SETFL, when it is connected"
}

@test "05-2: where there is no room it leaves when the time is over" {
    full_server 03-listen
    knocks 300 "It waits for room longer than it should."
    [[ $output != *"connect  descriptor"* ]] || reject "It says that it is connected, and is not." \
        "full     no room within 300 ms" "$output" "$LESSON. Nothing is in progress after EAGAIN"
    [[ $status -eq 3 && $output == *"full     no room"* ]] ||
        reject "It takes a full backlog for a failure." \
            "full     no room within 300 ms, and exit status 3" \
            "$output (exit status $status)" "$LESSON"
}

@test "05-2: it does not leave before" {
    full_server 03-listen
    TIMEFORMAT=%3R
    { time graded "$path" 700 2>/dev/null; } 2>"$DIR/elapsed"
    elapsed=$(tr -cd 0-9 <"$DIR/elapsed")
    [ "$((10#$elapsed))" -ge 700 ] || reject "It does not wait for room." \
        "an end after 700 ms, not before" "after $((10#$elapsed)) ms: $output" \
        "knock(): what comes after EAGAIN?"
}

@test "05-2: it sleeps while it waits" {
    full_server 03-listen
    program knock "$path" 4000
    sleeps knock || reject "It does not sleep while it waits for room." \
        "process state S (sleeping), most of the time" \
        "state $state, each time" "man 2 nanosleep"
}

@test "05-2: when room is made, it is connected" {
    full_server 06-readwrite 10
    program knock "$path" 4000
    sleeps knock || true
    eof cfirst # it leaves; the server takes the next, and one more has room
    finish knock
    [[ $status -eq 0 && $output == *"connect  descriptor"* ]] ||
        reject "It does not see that there is room now." "connect  descriptor 3, blocking" \
            "$output (exit status $status)" "knock(): connect() again"
}

@test "05-2: where nobody listens it fails at once" {
    borrow 02-bind/server
    start server "$borrowed" "$path"
    await server "press Enter"
    knocks 1000000 "It waits for a server that is not there."
    [[ $status -eq 1 && $output == *"Connection refused"* ]] ||
        reject "It takes a server that is not there for a full one." \
            "knock: connect: $path: Connection refused, and exit status 1" \
            "$output (exit status $status)" \
            "05-connect/README.md, \"Break it\": the table of errors"
}
