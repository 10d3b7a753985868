#!/usr/bin/env bats
# 03-1: the room that is left in a backlog, counted from outside.

load ../grader

LESSON='03-listen/README.md, "Break it": Fill the backlog'

setup_server() {
    borrow 03-listen/server
    start server "$borrowed" "$path"
    await server "press Enter"
}

# counted ROOM WHAT - the program says so many, and ends well.
counted() {
    program room "$path"
    eof room
    finish room 2>/dev/null || [ "$verdict_room" != time ] ||
        reject "It waits for room that nobody makes." \
            "room     $1, $2" "no end within $LIMIT seconds" \
            "$LESSON; a connect() that must not wait"
    [ "$status" -eq 0 ] || reject "It takes a full backlog for a failure." \
        "room     $1, $2, and exit status 0" "$output (exit status $status)" \
        "the errno of the connect() that finds no room: connect(2)"
    [[ $1 != 6 || $output != "room     1" ]] || reject "It has tried one client, and no more." \
        "room     $1, $2" "$output" "count_room(): go on until a client finds no room"
    [ "$output" = "room     $1" ] || reject "It counts others than those that found room." \
        "room     $1, $2" "$output" "count_room(): which of your clients are in the queue?"
}

# fails TEXT MESSAGE - the program ends with status 1 and that reason.
fails() {
    program room "$path"
    eof room
    finish room
    [[ "$status $output" == "1 "*"$1"* && $output != *"room    "* ]] ||
        reject "$2" "$1, and exit status 1" "$output (exit status $status)" \
            "the errno: a full backlog has one, all others are for die()"
}

@test "03-1: a new server with a backlog of 5 has room for 6" {
    setup_server
    counted 6 "Linux takes one more than its backlog"
}

@test "03-1: when nobody has room, it says 0, and does not wait" {
    setup_server
    counted 6 "Linux takes one more than its backlog"
    counted 0 "the first six are still in the queue"
}

@test "03-1: clients of others take room too" {
    setup_server
    borrow 05-connect/client
    start one "$borrowed" "$path"
    await one "connect "
    start two "$borrowed" "$path"
    await two "connect "
    counted 4 "two others are in the queue"
}

@test "03-1: where there is no server, it says so and fails" {
    fails "No such file or directory" "There is no server, but it takes that for a full backlog."
}

@test "03-1: where nobody listens, it says so and fails" {
    borrow 02-bind/server
    start server "$borrowed" "$path"
    await server "press Enter"
    fails "Connection refused" "Nobody listens, but it takes that for a full backlog."
}

@test "03-1: when it has no descriptor left, it says so and fails" {
    setup_server
    inject socket:4:EMFILE
    fails "Too many open files" "Its own descriptors are used up, and it calls that a full backlog."
}
