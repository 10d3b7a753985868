#!/usr/bin/env bats
# 04-accept: accept() blocks, and returns a new descriptor.

load ../lib/helper
setup() { open_stage; }
teardown() { close_stage; }

server=$ROOT/04-accept/server
client=$ROOT/05-connect/client

# start_server [CLIENTS] - starts the server, and waits until it calls accept().
start_server() {
    start server "$server" "$DIR/s" "$@"
    await server "clients may wait"
}

# visit - a client connects, and leaves.
visit() {
    "$client" "$DIR/s" </dev/null
}

@test "04: accept() returns a new descriptor, and the server prints its lifecycle" {
    start_server
    visit
    finish server
    [ "$status" -eq 0 ]
    expect "socket   descriptor 3: active
bind     descriptor 3: active
         named $DIR/s
listen   descriptor 3: passive
         up to 5 clients may wait
accept   descriptor 4: active
close    descriptor 4
unlink   $DIR/s
close    descriptor 3"
    [ ! -e "$DIR/s" ]
}

@test "04: accept() blocks until a client connects" {
    start_server
    asleep server
    [[ $(said server) != *accept* ]]
    visit
    await server "accept   descriptor 4"
    finish server
    [ "$status" -eq 0 ]
}

@test "04: the call in which the server sleeps is accept() (strace)" {
    need Linux strace
    start server strace -o "$DIR/trace" -e trace=accept,accept4 "$server" "$DIR/s"
    await server "clients may wait"
    until [ -s "$DIR/trace" ]; do :; done
    asleep server
    [[ $(cat "$DIR/trace") == "accept(3, NULL, NULL"* ]]
    [[ $(cat "$DIR/trace") != *=* ]]
    visit
    finish server
    [[ $(cat "$DIR/trace") == *"= 4"* ]]
}

@test "04: accept() without listen() fails at once with EINVAL" {
    variant 04-accept/server.c '/if (listen(/,/die("listen"/d'
    refuses 1 "server: accept: $DIR/s: Invalid argument" "$DIR/variant" "$DIR/s"
}

@test "04: the listening descriptor stays open, and accepts the next client" {
    start_server 3
    visit
    await server "close    descriptor 4"
    [ "$(uname)" != Linux ] || [ "$(kernel_row "$DIR/s")" = "00010000 01" ]
    visit
    await server "accept   descriptor 4"
    await server "close    descriptor 4"
    asleep server
    visit
    finish server
    [ "$status" -eq 0 ]
    [ "$(grep -c '^accept   descriptor 4: active$' <<<"$output")" -eq 3 ]
}

@test "04: clients that connected before accept() are accepted" {
    start_server 2
    send STOP server
    start early "$client" "$DIR/s"
    await early connect
    start late "$client" "$DIR/s"
    await late connect
    [[ $(said server) != *accept* ]]
    send CONT server
    finish server
    [ "$status" -eq 0 ]
    [ "$(grep -c '^accept ' <<<"$output")" -eq 2 ]
}

@test "04: a client's descriptor that is not closed stays in use, so the next one is 5" {
    variant 04-accept/server.c -e '/if (close(client) == -1)/,/printf("close/d'
    start server "$DIR/variant" "$DIR/s" 2
    await server "clients may wait"
    visit
    visit
    finish server
    [[ $output == *"accept   descriptor 4"*"accept   descriptor 5"* ]]
}

@test "04: on the listening descriptor, reading fails with EINVAL, and writing with ENOTCONN" {
    need Linux
    variant 04-accept/server.c \
        's/= accept(listener, NULL, NULL);/= (int)read(listener, \&i, 1);/'
    refuses 1 "Invalid argument" "$DIR/variant" "$DIR/s"
    variant 04-accept/server.c \
        's/= accept(listener, NULL, NULL);/= (int)send(listener, "x", 1, 0);/'
    refuses 1 "Transport endpoint is not connected" "$DIR/variant" "$DIR/s"
}

@test "04: accept() on a descriptor that is not a socket fails with ENOTSOCK" {
    variant 04-accept/server.c 's/accept(listener, NULL, NULL)/accept(0, NULL, NULL)/'
    refuses 1 "server: accept: $DIR/s: Socket operation on non-socket" "$DIR/variant" "$DIR/s"
}

@test "04: CLIENTS is a whole number from 1 up; anything else is a usage error" {
    for wrong in x 0 -1 1x '' ' 1' +1 1.0 0x1 99999999999999999999; do
        refuses 2 "usage: $server PATH [CLIENTS]" "$server" "$DIR/s" "$wrong"
    done
    refuses 2 "usage: " "$server"
    refuses 2 "usage: " "$server" ""
    refuses 2 "usage: " "$server" "$DIR/s" 1 1
}

@test "04: the server accepts CLIENTS clients, with or without leading zeros, and exits" {
    start_server 002
    visit
    visit
    finish server
    [ "$status" -eq 0 ]
    [ "$(grep -c '^accept ' <<<"$output")" -eq 2 ]
    [ ! -e "$DIR/s" ]
}

@test "04: not yet possible: a client is closed without an answer" {
    start_server
    run -1 "$ROOT/06-readwrite/client" "$DIR/s" <<<"hello"
    finish server
    [ "$status" -eq 0 ]
}

# bats test_tags=behaviour:35
@test "04: without standard input, output or error, no client gets a line of the server's output" {
    need python3
    local closed
    for closed in "<&-" ">&-" "2>&-" "<&- >&-" "<&- >&- 2>&-"; do
        start server bash -c "exec '$server' '$DIR/s' $closed"
        until [ -S "$DIR/s" ] && run "${CLIENTS[@]}" hear "$DIR/s" && [ "$status" -eq 0 ]; do
            :
        done
        expect "b''"
        finish server
        [ "$status" -eq 0 ]
        [ ! -e "$DIR/s" ]
    done
}
