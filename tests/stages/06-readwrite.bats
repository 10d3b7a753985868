#!/usr/bin/env bats
# 06-readwrite: bytes in both directions, the end of a connection, one client at a time.

load ../lib/helper
setup() { open_stage; }
teardown() { close_stage; }

server=$ROOT/06-readwrite/server
client=$ROOT/06-readwrite/client

# start_server [CLIENTS] - starts the server, and waits until it calls accept().
start_server() {
    start server "$server" "$DIR/s" "$@"
    await server "clients may wait"
}

@test "06: the bytes come back, and the server prints its lifecycle" {
    start_server
    run -0 alone "$client" "$DIR/s" <<<"hello"
    expect "hello"
    finish server
    [ "$status" -eq 0 ]
    expect "socket   descriptor 3: active
bind     descriptor 3: active
         named $DIR/s
listen   descriptor 3: passive
         up to 5 clients may wait
accept   descriptor 4: active
echo     6 bytes
close    descriptor 4
unlink   $DIR/s
close    descriptor 3"
    [ ! -e "$DIR/s" ]
}

@test "06: with -v the client prints its calls on standard error" {
    start_server
    alone "$client" -v "$DIR/s" <<<"hello" >"$DIR/out" 2>"$DIR/err"
    [ "$(cat "$DIR/out")" = hello ]
    output=$(cat "$DIR/err")
    expect "socket   descriptor 3: active
connect  descriptor 3: active
read     6 bytes
shutdown descriptor 3: active
close    descriptor 3"
}

@test "06: data around the buffer's size, and 3 MiB, come back unchanged" {
    start_server 6
    for size in 0 1 4095 4096 4097 3145728; do
        head -c "$size" /dev/urandom >"$DIR/sent"
        "$client" "$DIR/s" <"$DIR/sent" >"$DIR/back"
        same "$DIR/sent" "$DIR/back"
    done
    finish server
    [ "$status" -eq 0 ]
    [[ $output == *"echo     3145728 bytes"* ]]
}

@test "06: a stream has no boundaries: two writes of 5 bytes are one read of 10" {
    need Linux strace python3
    export ASAN_OPTIONS=detect_leaks=0 # the leak checker does not work under strace
    start first strace -f -o "$DIR/trace" -e trace=read,accept "$server" "$DIR/s" 2
    await first "clients may wait"
    start blocker "$client" "$DIR/s" # one client at a time, so the bytes of the next one wait
    await first "accept"
    "${CLIENTS[@]}" two-writes "$DIR/s"
    eof blocker
    finish first
    [ "$status" -eq 0 ]
    [[ $(cat "$DIR/trace") == *'read(4, "one..two..", 4096)'*"= 10"* ]]
}

@test "06: after a half close come the last reply and the end, where read() returns 0" {
    need python3
    start_server
    run "${CLIENTS[@]}" last-words "$DIR/s"
    expect "last words 0"
    finish server
    [[ $output == *"echo     10 bytes"* ]]
}

@test "06: a server that ignores read() == 0 spins" {
    variant 06-readwrite/server.c 's/sizeof buffer)) != 0)/sizeof buffer)) > -2)/'
    start server "$DIR/variant" "$DIR/s"
    await server "clients may wait"
    "$client" "$DIR/s" <<<"hello" &
    reader=$!
    await server "accept"
    becomes R server
    kill -0 "$(pid server)"
    [[ $(said server) != *"close    descriptor 4"* ]]
    send KILL server
    wait "$reader"
}

@test "06: one client at a time: the second waits for its reply until the first has left" {
    start_server 2
    start first "$client" "$DIR/s"
    type_in first one
    await first one
    start second "$client" "$DIR/s"
    type_in second two
    asleep second
    [[ $(said second) != *two* ]]
    type_in first "one again"
    await first "one again"
    [[ $(said second) != *two* ]]
    eof first
    await second two
    eof second
    finish first
    finish second
    finish server
    [ "$status" -eq 0 ]
}

@test "06: a slow reader gets everything, and the server waits for it" {
    need python3
    start_server
    start slow "${CLIENTS[@]}" slow "$DIR/s"
    await server "accept"
    asleep server
    press slow
    await slow same
    finish server
    [ "$status" -eq 0 ]
}

@test "06: a client that leaves without reading does not stop the server" {
    need python3
    start_server 2
    start rude "${CLIENTS[@]}" rude "$DIR/s"
    await rude full
    asleep server
    press rude
    await server "server: write: client: " # EPIPE, or ECONNRESET during a write
    run "$client" "$DIR/s" <<<"next"
    expect "next"
    finish server
    [ "$status" -eq 0 ]
}

@test "06: a server that does not ignore SIGPIPE is killed by such a client, with status 141" {
    need python3
    variant 06-readwrite/server.c '/signal(SIGPIPE, SIG_IGN)/d'
    start server "$DIR/variant" "$DIR/s" 2
    await server "clients may wait"
    send STOP server
    "${CLIENTS[@]}" leave "$DIR/s"
    send CONT server
    finish server
    [ "$status" -eq 141 ]
}

@test "06: the client reports that the server is gone, with exit status 1" {
    start_server
    start client "$client" "$DIR/s"
    type_in client one
    await client one
    send KILL server
    finish server
    type_in client two
    finish client
    [ "$status" -eq 1 ]
    [[ $output == *"client: write: server: Broken pipe" ]]
}

@test "06: a connection that is reset before the reply is an error" {
    start_server
    start client "$client" "$DIR/s"
    type_in client one
    await client one
    send STOP server
    type_in client two
    asleep client
    send KILL server
    finish client
    [ "$status" -eq 1 ]
    [[ $output == *"client: read: server: Connection reset by peer" ]]
}

@test "06: a reply that breaks off is an error" {
    need python3
    start server "${IMPOSTORS[@]}" breaks-off "$DIR/s"
    await server listening
    run -1 "$client" "$DIR/s" <<<"hello"
    expect "helclient: the server left: 3 bytes of its reply are missing"
}

@test "06: a full standard output is an error" {
    need Linux
    start_server
    run -1 bash -c "'$client' '$DIR/s' <<<hello >/dev/full"
    expect "client: write: standard output: No space left on device"
    finish server
    [ "$status" -eq 0 ]
}

@test "06: an input that cannot be read is an error" {
    start_server
    run -1 "$client" "$DIR/s" </tmp
    expect "client: read: standard input: Is a directory"
}

@test "06: a usage error has exit status 2, and creates nothing" {
    for wrong in x 0 -1 1x '' 99999999999999999999; do
        refuses 2 "usage: $server PATH [CLIENTS]" "$server" "$DIR/s" "$wrong"
    done
    refuses 2 "usage: $client [-v] PATH" "$client"
    refuses 2 "usage: $client [-v] PATH" "$client" ""
    refuses 2 "usage: $client [-v] PATH" "$client" -x "$DIR/s"
    refuses 2 "usage: $client [-v] PATH" "$client" "$DIR/s" "$DIR/s"
    refuses 2 "usage: $server PATH [CLIENTS]" "$server"
    refuses 2 "usage: $server PATH [CLIENTS]" "$server" ""
    refuses 2 "usage: $server PATH [CLIENTS]" "$server" "$DIR/s" 1 1
}

# bats test_tags=behaviour:35
@test "06: without standard input or output, neither side mixes up descriptors" {
    local closed
    for closed in "<&-" ">&-" "<&- >&-" "<&- >&- 2>&-"; do
        start server bash -c "exec '$server' '$DIR/s' $closed"
        until [ -S "$DIR/s" ] && run "$client" "$DIR/s" <<<hello && [ "$status" -eq 0 ]; do :; done
        expect hello
        finish server
        [ "$status" -eq 0 ]
    done
    start_server 3
    run -0 bash -c "exec '$client' '$DIR/s' <&-"
    expect ""
    run -1 bash -c "exec '$client' '$DIR/s' <<<hello >&-"
    expect "client: write: standard output: Bad file descriptor"
    run -0 bash -c "exec '$client' '$DIR/s' <&- >&- 2>&-"
    finish server
    [ "$status" -eq 0 ]
}

@test "06: the client works with non-blocking standard input and output" {
    need Linux python3
    head -c 3000000 /dev/urandom >"$DIR/sent"
    start_server
    run "${STARTERS[@]}" nonblocking "$client" "$DIR/s" "$DIR/sent"
    expect "True 0"
    finish server
    [ "$status" -eq 0 ]
}

# bats test_tags=behaviour:40
@test "06: the server leaves its path alone if another file has replaced it" {
    start_server
    ln "$DIR/s" "$DIR/other" # clients still reach it by this name
    rm "$DIR/s"
    echo precious >"$DIR/s"
    run "$client" "$DIR/other" <<<hello
    expect hello
    finish server
    [ "$status" -eq 0 ]
    [ "$(cat "$DIR/s")" = precious ]
    [[ $output != *unlink* ]]
}
