#!/usr/bin/env bats
# 03-3: a server that cannot be reached, in three ways.

load ../grader

LESSON='03-listen/README.md, "Break it"'

# be WAY - the program is in that state, until Enter.
be() {
    program server "$path" "$1"
    await server "press Enter" 2>/dev/null && return
    finish server 2>/dev/null || true
    [ "$verdict_server" != time ] || reject "$1: it waits in its own queue." \
        "ready    $1" "${output:-nothing printed}" "$LESSON: a client that finds no room waits"
    reject "$1: it fails before it is ready." "ready    $1" "$output (exit status $status)" \
        "$LESSON"
}

# call - a client calls, to its end.
call() {
    borrow 05-connect/client
    start client "$borrowed" "$path"
    eof client
    finish client
}

# ended WAY - Enter ends the program: status 0, and nothing left.
ended() {
    press server
    finish server
    [ "$status" -eq 0 ] || reject "$1: its own end fails." "exit status 0" \
        "$output (exit status $status)" "the end of main(): what is there to remove?"
    [ -z "$(find "$path" 2>/dev/null)" ] || reject "$1: it leaves its path behind." \
        "no $path at the end" "$(ls -l "$path")" "02-bind/README.md: the name outlives the socket"
}

@test "03-3: lost: a client finds no such path" {
    be lost
    call
    [[ $output == *"No such file or directory"* ]] ||
        reject "lost: a client gets another answer than ENOENT." \
            "client: connect: $path: No such file or directory" "$output" \
            "be_lost(): what does a client look for first?"
}

@test "03-3: deaf: a client is refused" {
    be deaf
    call
    [[ $output == *"Connection refused"* ]] ||
        reject "deaf: a client gets another error than ECONNREFUSED." \
            "client: connect: $path: Connection refused" "$output" \
            "05-connect/README.md, \"Break it\": the table of errors"
}

@test "03-3: full: a client waits in connect(), until the server ends" {
    be full
    borrow 05-connect/client
    start client "$borrowed" "$path"
    await client "socket "
    asleep client # in connect(), or after it
    press server
    finish server
    eof client
    finish client
    [[ $output != *"connect  descriptor"* ]] ||
        reject "full: a client finds room." "no line: connect" "$output" \
            "$LESSON: Fill the backlog, and count"
}

@test "03-3: in all three ways Enter ends it well, and the path is gone" {
    for way in deaf full lost; do
        be "$way"
        ended "$way"
    done
}
