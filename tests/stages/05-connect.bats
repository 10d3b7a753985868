#!/usr/bin/env bats
# 05-connect: the client, and the ways in which connect() fails.

load ../lib/helper
setup() { open_stage; }
teardown() { close_stage; }

server=$ROOT/05-connect/server
client=$ROOT/05-connect/client

@test "05: a new socket is active, so it can connect()" {
    start server "$server" "$DIR/s"
    await server "clients may wait"
    run -0 alone "$client" "$DIR/s" </dev/null
    expect "socket   descriptor 3: active
connect  descriptor 3: active
         press Enter to exit
close    descriptor 3"
    finish server
    [ "$status" -eq 0 ]
    [[ $output == *"accept   descriptor 4: active"* ]]
    [ ! -e "$DIR/s" ]
}

@test "05: the client sleeps until Enter is pressed" {
    start server "$ROOT/03-listen/server" "$DIR/s"
    await server "press Enter"
    start client "$client" "$DIR/s"
    await client "press Enter"
    asleep client
    press client
    finish client
    [ "$status" -eq 0 ]
}

@test "05: connect() succeeds after listen() and before accept()" {
    start server "$server" "$DIR/s"
    await server "clients may wait"
    send STOP server
    start client "$client" "$DIR/s"
    await client "connect  descriptor 3"
    [[ $(said server) != *accept* ]]
    send CONT server
    await server "accept   descriptor 4"
    press client
    finish client
    [ "$status" -eq 0 ]
    finish server
    [ "$status" -eq 0 ]
}

@test "05: a path that does not exist is ENOENT, with advice" {
    refuses 1 "client: connect: $DIR/s: No such file or directory" "$client" "$DIR/s"
    [[ $output == *"is a server running with this path?" ]]
}

@test "05: a path on which no server listens is ECONNREFUSED, with advice" {
    start server "$ROOT/02-bind/server" "$DIR/s"
    await server "press Enter"
    refuses 1 "client: connect: $DIR/s: Connection refused" "$client" "$DIR/s"
    [[ $output == *"it is a socket, but no server is listening" ]]
    send KILL server
    finish server
    refuses 1 "Connection refused" "$client" "$DIR/s"
}

@test "05: the client says so if a file at the path is not a socket" {
    need Linux
    echo text >"$DIR/file"
    mkfifo "$DIR/fifo"
    for path in "$DIR/file" "$DIR/fifo" "$DIR" /dev/null; do
        refuses 1 "client: connect: $path: Connection refused" "$client" "$path"
        [[ $output == *"client: there is a file, but it is not a socket" ]]
    done
}

@test "05: a socket without write permission is EACCES, with advice" {
    need root setpriv
    chmod 755 "$DIR"
    start server "$ROOT/03-listen/server" "$DIR/s"
    await server "press Enter"
    chmod 600 "$DIR/s"
    refuses 1 "client: connect: $DIR/s: Permission denied" "${AS_NOBODY[@]}" "$client" "$DIR/s"
    [[ $output == *"client: you need permission to write to the socket, and to search its folder" ]]
    chmod 222 "$DIR/s"
    run -0 "${AS_NOBODY[@]}" "$client" "$DIR/s" </dev/null
}

@test "05: a file in the middle of the path is ENOTDIR, and a datagram socket EPROTOTYPE" {
    need Linux python3
    echo text >"$DIR/file"
    refuses 1 "Not a directory" "$client" "$DIR/file/s"
    start datagram "${IMPOSTORS[@]}" datagram "$DIR/d"
    await datagram bound
    refuses 1 "Protocol wrong type for socket" "$client" "$DIR/d"
}

@test "05: a passive socket cannot connect()" {
    need Linux python3
    start server "$ROOT/03-listen/server" "$DIR/s"
    await server "press Enter"
    run "${CLIENTS[@]}" passive "$DIR/s"
    expect "Invalid argument"
}

@test "05: for a path that is too long, the client names the limit, and tries no shorter one" {
    long=$DIR/$(printf 'a%.0s' $(seq 150))
    refuses 1 "client: $long: path too long: at most " "$client" "$long"
}

@test "05: a usage error has exit status 2" {
    refuses 2 "usage: $client PATH" "$client"
    refuses 2 "usage: $client PATH" "$client" ""
    refuses 2 "usage: $client PATH" "$client" "$DIR/s" "$DIR/s"
    refuses 2 "usage: $server PATH [CLIENTS]" "$server"
    refuses 2 "usage: $server PATH [CLIENTS]" "$server" ""
    refuses 2 "usage: $server PATH [CLIENTS]" "$server" "$DIR/s" 1 1
}

@test "05: the server still accepts CLIENTS clients, one after another" {
    for wrong in 0 x 99999999999999999999; do
        refuses 2 "usage: $server PATH [CLIENTS]" "$server" "$DIR/s" "$wrong"
    done
    start server "$server" "$DIR/s" 2
    await server "clients may wait"
    "$client" "$DIR/s" </dev/null
    "$client" "$DIR/s" </dev/null
    finish server
    [ "$status" -eq 0 ]
    [ "$(grep -c '^accept ' <<<"$output")" -eq 2 ]
}

@test "05: when the client calls close(), the server reads the end" {
    need python3
    start server "${IMPOSTORS[@]}" reader "$DIR/s"
    await server listening
    "$client" "$DIR/s" </dev/null
    await server "read b''"
}

# bats test_tags=behaviour:35
@test "05: without standard input or output, the client sends nothing to the server" {
    need python3
    local closed
    for closed in "<&-" ">&-" "<&- >&-" "<&- >&- 2>&-"; do
        start server "${IMPOSTORS[@]}" reader "$DIR/s"
        await server listening
        run -0 bash -c "exec '$client' '$DIR/s' $closed" </dev/null
        await server "read b''"
        finish server
        rm "$DIR/s"
    done
}
