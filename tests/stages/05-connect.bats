#!/usr/bin/env bats
# 05-connect: the client's side, and the ways in which it fails.

load ../lib/helper
setup() { open_stage; }
teardown() { close_stage; }

server=$ROOT/05-connect/server
client=$ROOT/05-connect/client

@test "05: a new socket is active, so it can connect()" {
    start server "$server" "$DIR/s"
    await server "clients may wait"
    run alone "$client" "$DIR/s" </dev/null
    [ "$status" -eq 0 ]
    expect "socket   descriptor 3: active
connect  descriptor 3: active
         press Enter to end
close    descriptor 3"
    finish server
    [ "$status" -eq 0 ]
    [[ $output == *"accept   descriptor 4: active"* ]]
    [ ! -e "$DIR/s" ]
}

@test "05: it waits for Enter, asleep, and then goes on" {
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

@test "05: no such path: ENOENT, with advice" {
    refuses 1 "client: connect: $DIR/s: No such file or directory" "$client" "$DIR/s"
    [[ $output == *"has the server been started, with this very path?" ]]
}

@test "05: a path that is there but nobody listens on: ECONNREFUSED, with advice" {
    start server "$ROOT/02-bind/server" "$DIR/s"
    await server "press Enter"
    refuses 1 "client: connect: $DIR/s: Connection refused" "$client" "$DIR/s"
    [[ $output == *"the socket is there, but no server listens: has it exited?" ]]
    send KILL server
    finish server
    refuses 1 "Connection refused" "$client" "$DIR/s"
}

@test "05: what is at the path is not a socket: it says so" {
    need Linux
    echo text >"$DIR/file"
    mkfifo "$DIR/fifo"
    for path in "$DIR/file" "$DIR/fifo" "$DIR" /dev/null; do
        refuses 1 "client: connect: $path: Connection refused" "$client" "$path"
        [[ $output == *"client: there is a file, but it is not a socket" ]]
    done
}

@test "05: no right to write to the socket: EACCES, with advice" {
    need root setpriv
    chmod 755 "$DIR"
    start server "$ROOT/03-listen/server" "$DIR/s"
    await server "press Enter"
    chmod 600 "$DIR/s"
    refuses 1 "client: connect: $DIR/s: Permission denied" "${AS_NOBODY[@]}" "$client" "$DIR/s"
    [[ $output == *"client: you may not write to that socket, or not search its folder" ]]
    chmod 222 "$DIR/s"
    run "${AS_NOBODY[@]}" "$client" "$DIR/s" </dev/null
    [ "$status" -eq 0 ]
}

@test "05: a file in the middle of the path: ENOTDIR; another kind of socket: EPROTOTYPE" {
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

@test "05: a path that is too long names the limit, and no shorter path is tried" {
    long=$DIR/$(printf 'a%.0s' $(seq 150))
    refuses 1 "client: $long: path too long: at most " "$client" "$long"
}

@test "05: wrong usage: status 2" {
    refuses 2 "usage: $client PATH" "$client"
    refuses 2 "usage: $client PATH" "$client" ""
    refuses 2 "usage: $client PATH" "$client" "$DIR/s" "$DIR/s"
}

@test "05: the server is that of 04: CLIENTS, one after another" {
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

@test "05: close() at the client's end: the other side reads the end" {
    need python3
    start server "${IMPOSTORS[@]}" reader "$DIR/s"
    await server listening
    "$client" "$DIR/s" </dev/null
    await server "read b''"
}

@test "05: the client, started without standard input or output, sends the server nothing" {
    need python3
    local closed
    for closed in "<&-" ">&-" "<&- >&-" "<&- >&- 2>&-"; do
        start server "${IMPOSTORS[@]}" reader "$DIR/s"
        await server listening
        run bash -c "exec '$client' '$DIR/s' $closed" </dev/null
        [ "$status" -eq 0 ]
        await server "read b''"
        finish server
        rm "$DIR/s"
    done
}
