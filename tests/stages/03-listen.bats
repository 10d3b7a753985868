#!/usr/bin/env bats
# 03-listen: a passive socket, and the queue of clients that wait for accept().

load ../lib/helper
setup() { open_stage; }
teardown() { close_stage; }

server=$ROOT/03-listen/server
client=$ROOT/05-connect/client

# start_listening - starts the server, which listens and never accepts, until Enter.
start_listening() {
    start server "$server" "$DIR/s"
    await server "press Enter"
}

@test "03: listen() makes the socket passive (SO_ACCEPTCONN)" {
    run -0 alone "$server" "$DIR/s" </dev/null
    expect "socket   descriptor 3: active
bind     descriptor 3: active
         named $DIR/s
listen   descriptor 3: passive
         up to 5 clients may wait
         press Enter to exit
unlink   $DIR/s
close    descriptor 3"
    [ ! -e "$DIR/s" ]
}

@test "03: the kernel shows a listening socket with a backlog of 5 (ss)" {
    need Linux ss
    start_listening
    [ "$(kernel_row "$DIR/s")" = "00010000 01" ]
    run ss -xlH src "$DIR/s"
    [[ $output == *LISTEN*" 0 "*" 5 "* ]]
}

@test "03: connect() succeeds before accept() is called, and the client waits in the queue" {
    start_listening
    start client "$client" "$DIR/s"
    await client "connect  descriptor 3"
    if command -v ss >/dev/null; then
        run ss -xlH src "$DIR/s"
        [[ $output == *LISTEN*" 1 "*" 5 "* ]]
    fi
    asleep server
    press client
    finish client
    [ "$status" -eq 0 ]
}

# fill_queue - connects as many clients as a backlog of 5 admits: on Linux, one more.
fill_queue() {
    local n
    for n in 1 2 3 4 5 6; do
        start "client$n" "$client" "$DIR/s"
        await "client$n" connect
    done
}

@test "03: with a backlog of 5, the seventh connect() blocks, and fails when the listener closes" {
    need Linux
    start_listening
    fill_queue
    start client7 "$client" "$DIR/s"
    await client7 "socket"
    asleep client7
    [[ $(said client7) != *connect* ]]
    send KILL server # so that it cannot remove the path
    finish server
    finish client7
    [ "$status" -eq 1 ]
    [[ $output == *"client: connect: $DIR/s: Connection refused"* ]]
}

@test "03: a full queue answers a non-blocking connect() with EAGAIN" {
    need Linux python3
    start_listening
    fill_queue
    run "${CLIENTS[@]}" impatient "$DIR/s"
    expect "Resource temporarily unavailable"
}

@test "03: a client that was never accepted reads an error when the listener closes" {
    start_listening
    start client "$ROOT/06-readwrite/client" "$DIR/s"
    type_in client hello
    asleep client
    press server
    finish server
    finish client
    [ "$status" -eq 1 ]
    [[ $output == "client: read: server: Connection reset by peer" ]]
}

@test "03: bytes written before accept() wait in the kernel, and are read after it" {
    need python3
    start server "$ROOT/06-readwrite/server" "$DIR/s"
    await server "clients may wait"
    asleep server
    send STOP server
    start early "${CLIENTS[@]}" early "$DIR/s"
    await early written
    [[ $(said server) != *accept* ]]
    send CONT server
    await early "back: early words"
    finish server
    [ "$status" -eq 0 ]
}

@test "03: listen() without bind() fails with EINVAL (Linux)" {
    need Linux
    variant 03-listen/server.c -e '/if (bind(listener/,/die("lstat", path);/d'
    refuses 1 "server: listen: $DIR/s: Invalid argument" "$DIR/variant" "$DIR/s"
}

@test "03: a start that fails after bind() leaves no name behind" {
    variant 03-listen/server.c 's/listen(listener, BACKLOG)/listen(-1, BACKLOG)/'
    refuses 1 "server: listen: $DIR/s: Bad file descriptor" "$DIR/variant" "$DIR/s"
    [ ! -e "$DIR/s" ]
}

@test "03: without listen(), a client is refused" {
    variant 03-listen/server.c '/if (listen(/,/die("listen"/d'
    start server "$DIR/variant" "$DIR/s"
    await server "press Enter"
    refuses 1 "Connection refused" "$client" "$DIR/s"
}

@test "03: an existing name is an error, and stays" {
    start_listening
    refuses 1 "Address already in use" "$server" "$DIR/s"
    [ -S "$DIR/s" ]
}

@test "03: a usage error has exit status 2, and creates nothing" {
    refuses 2 "usage: $server PATH" "$server"
    refuses 2 "usage: $server PATH" "$server" ""
    refuses 2 "usage: $server PATH" "$server" "$DIR/s" 1
}

@test "03: not yet possible: a client gets no answer" {
    start_listening
    start client "$ROOT/06-readwrite/client" -v "$DIR/s"
    await client connect
    type_in client hello
    asleep client
    [[ $(said client) != *read* ]]
}
