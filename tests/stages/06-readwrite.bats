#!/usr/bin/env bats
# 06-readwrite: bytes, both ways; the ends; one client at a time.

load ../lib/helper
setup() { open_stage; }
teardown() { close_stage; }

server=$ROOT/06-readwrite/server
client=$ROOT/06-readwrite/client

# start_server CLIENTS - one that has come to accept().
start_server() {
    start server "$server" "$DIR/s" "$@"
    await server "clients may wait"
}

@test "06: what goes in comes back, and the output is the lifecycle" {
    start_server
    run alone "$client" "$DIR/s" <<<"hello"
    [ "$status" -eq 0 ]
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

@test "06: with -v the client tells its calls, on standard error" {
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

@test "06: 0, 1, 4095, 4096, 4097 bytes and 3 MiB of every value come back the same" {
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

@test "06: a stream has no boundaries: two writes of 5 are one read of 10" {
    need Linux strace python3
    export ASAN_OPTIONS=detect_leaks=0 # it cannot look for leaks under strace
    start first strace -f -o "$DIR/trace" -e trace=read,accept "$server" "$DIR/s" 2
    await first "clients may wait"
    start blocker "$client" "$DIR/s" # one at a time: so the next one's bytes wait
    await first "accept"
    "${CLIENTS[@]}" two-writes "$DIR/s"
    eof blocker
    finish first
    [ "$status" -eq 0 ]
    [[ $(cat "$DIR/trace") == *'read(4, "one..two..", 4096)'*"= 10"* ]]
}

@test "06: read() returns 0 at the end: half close, then the last replies, then the end" {
    need python3
    start_server
    run "${CLIENTS[@]}" last-words "$DIR/s"
    expect "last words 0"
    finish server
    [[ $output == *"echo     10 bytes"* ]]
}

@test "06: a server that does not know read() == 0 spins on it" {
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

@test "06: one client at a time: the second waits for its reply until the first has gone" {
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

@test "06: a client that goes without reading does not end the server" {
    need python3
    start_server 2
    start rude "${CLIENTS[@]}" rude "$DIR/s"
    await rude full
    asleep server
    press rude
    await server "server: write: client: " # EPIPE, or ECONNRESET in mid-write
    run "$client" "$DIR/s" <<<"next"
    expect "next"
    finish server
    [ "$status" -eq 0 ]
}

@test "06: without ignoring SIGPIPE, that client kills the server: status 141" {
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

@test "06: if the server goes, the client says so: status 1" {
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

@test "06: a reply that ends too early is no success" {
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

@test "06: a server that ends in the middle of a reply is no success either" {
    need python3
    start server "${IMPOSTORS[@]}" breaks-off "$DIR/s"
    await server listening
    run "$client" "$DIR/s" <<<"hello"
    [ "$status" -eq 1 ]
    expect "helclient: the server left: 3 bytes of its reply are missing"
}

@test "06: a standard output that takes nothing is an error" {
    need Linux
    start_server
    run bash -c "'$client' '$DIR/s' <<<hello >/dev/full"
    [ "$status" -eq 1 ]
    expect "client: write: standard output: No space left on device"
    finish server
    [ "$status" -eq 0 ]
}

@test "06: an input that cannot be read is an error" {
    start_server
    run "$client" "$DIR/s" </tmp
    [ "$status" -eq 1 ]
    expect "client: read: standard input: Is a directory"
}

@test "06: wrong usage: status 2, nothing made" {
    for wrong in x 0 -1 1x '' 99999999999999999999; do
        refuses 2 "usage: $server PATH [CLIENTS]" "$server" "$DIR/s" "$wrong"
    done
    refuses 2 "usage: $client [-v] PATH" "$client"
    refuses 2 "usage: $client [-v] PATH" "$client" ""
    refuses 2 "usage: $client [-v] PATH" "$client" -x "$DIR/s"
}

@test "06: started without standard input or output, neither side mixes up descriptors" {
    local closed
    for closed in "<&-" ">&-" "<&- >&-" "<&- >&- 2>&-"; do
        start server bash -c "exec '$server' '$DIR/s' $closed"
        until [ -S "$DIR/s" ] && run "$client" "$DIR/s" <<<hello && [ "$status" -eq 0 ]; do :; done
        expect hello
        finish server
        [ "$status" -eq 0 ]
    done
    start_server 3
    run bash -c "exec '$client' '$DIR/s' <&-"
    [ "$status" -eq 0 ]
    expect ""
    run bash -c "exec '$client' '$DIR/s' <<<hello >&-"
    [ "$status" -eq 1 ]
    expect "client: write: standard output: Bad file descriptor"
    run bash -c "exec '$client' '$DIR/s' <&- >&- 2>&-"
    [ "$status" -eq 0 ]
    finish server
    [ "$status" -eq 0 ]
}

@test "06: the client works with a standard input and output that are non-blocking" {
    need Linux python3
    head -c 3000000 /dev/urandom >"$DIR/sent"
    start_server
    run "${STARTERS[@]}" nonblocking "$client" "$DIR/s" "$DIR/sent"
    expect "True 0"
    finish server
    [ "$status" -eq 0 ]
}

@test "06: at its end the server leaves a path alone that is another file by now" {
    start_server
    ln "$DIR/s" "$DIR/other" # by this name clients still find it
    rm "$DIR/s"
    echo precious >"$DIR/s"
    run "$client" "$DIR/other" <<<hello
    expect hello
    finish server
    [ "$status" -eq 0 ]
    [ "$(cat "$DIR/s")" = precious ]
    [[ $output != *unlink* ]]
}
