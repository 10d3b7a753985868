#!/usr/bin/env bats
# 04-accept: it blocks, and what it returns is a new descriptor.

load ../lib/helper
setup() { open_stage; }
teardown() { close_stage; }

server=$ROOT/04-accept/server
client=$ROOT/05-connect/client

# start_server CLIENTS - one that has come to accept().
start_server() {
    start server "$server" "$DIR/s" "$@"
    await server "clients may wait"
}

# visit - a client comes, and goes.
visit() {
    "$client" "$DIR/s" </dev/null
}

@test "04: accept() returns a new descriptor, and its output is the lifecycle" {
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

@test "04: accept() blocks: the process sleeps, then a client comes and it goes on" {
    start_server
    asleep server
    [[ $(said server) != *accept* ]]
    visit
    await server "accept   descriptor 4"
    finish server
    [ "$status" -eq 0 ]
}

@test "04: it is accept() in which it sleeps (the kernel's word)" {
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

@test "04: without listen(), accept() fails at once with EINVAL" {
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

@test "04: a client that connected before accept() is taken first" {
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

@test "04: a client that forgets to be closed keeps its number: the next gets 5" {
    variant 04-accept/server.c -e '/if (close(client) == -1)/,/printf("close/d'
    start server "$DIR/variant" "$DIR/s" 2
    await server "clients may wait"
    visit
    visit
    finish server
    [[ $output == *"accept   descriptor 4"*"accept   descriptor 5"* ]]
}

@test "04: talking on the listening descriptor fails: EINVAL to read, ENOTCONN to write" {
    need Linux
    variant 04-accept/server.c 's/int client = accept(listener, NULL, NULL);/int client = (int)read(listener, \&i, 1);/'
    refuses 1 "Invalid argument" "$DIR/variant" "$DIR/s"
    variant 04-accept/server.c -e 's/int client = accept(listener, NULL, NULL);/int client = (int)send(listener, "x", 1, 0);/'
    refuses 1 "Transport endpoint is not connected" "$DIR/variant" "$DIR/s"
}

@test "04: accept() on what is no socket: ENOTSOCK" {
    variant 04-accept/server.c 's/accept(listener, NULL, NULL)/accept(0, NULL, NULL)/'
    refuses 1 "server: accept: $DIR/s: Socket operation on non-socket" "$DIR/variant" "$DIR/s"
}

@test "04: CLIENTS is a whole number from 1 up; anything else is usage, and makes nothing" {
    for wrong in x 0 -1 1x '' ' 1' +1 1.0 0x1 99999999999999999999; do
        refuses 2 "usage: $server PATH [CLIENTS]" "$server" "$DIR/s" "$wrong"
    done
    refuses 2 "usage: " "$server"
    refuses 2 "usage: " "$server" ""
    refuses 2 "usage: " "$server" "$DIR/s" 1 1
}

@test "04: it takes the number of clients it was told, zeros in front or not, and leaves" {
    start_server 002
    visit
    visit
    finish server
    [ "$status" -eq 0 ]
    [ "$(grep -c '^accept ' <<<"$output")" -eq 2 ]
    [ ! -e "$DIR/s" ]
}

@test "04: what it cannot do yet: it hangs up without a word" {
    start_server
    run "$ROOT/06-readwrite/client" "$DIR/s" <<<"hello"
    [ "$status" -eq 1 ]
    finish server
    [ "$status" -eq 0 ]
}

@test "04: started without standard input, output or error, it sends no client what it prints" {
    need python3
    local closed
    for closed in "<&-" ">&-" "2>&-" "<&- >&-" "<&- >&- 2>&-"; do
        start server bash -c "exec '$server' '$DIR/s' $closed"
        until [ -S "$DIR/s" ] && run "${CLIENTS[@]}" hear "$DIR/s" && [ "$status" -eq 0 ]; do :; done
        expect "b''"
        finish server
        [ "$status" -eq 0 ]
        [ ! -e "$DIR/s" ]
    done
}
