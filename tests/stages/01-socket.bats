#!/usr/bin/env bats
# 01-socket: what socket() returns, and what the kernel creates.

load ../lib/helper
setup() { open_stage; }
teardown() { close_stage; }

server=$ROOT/01-socket/server

@test "01: socket() returns a descriptor, and close() gives it back" {
    run -0 alone "$server" </dev/null
    expect "socket   descriptor 3
         press Enter to exit
close    descriptor 3"
}

@test "01: the descriptor is the lowest free number: 4 if 3 is taken, 0 if input is closed" {
    run sh -c "exec '$server' 3</dev/null 4>&-" </dev/null
    [[ ${lines[0]} == "socket   descriptor 4" ]]
    run sh -c "exec '$server' <&- 3>&- 4>&-"
    [[ ${lines[0]} == "socket   descriptor 0" ]]
}

@test "01: behind the descriptor is a socket of the kernel (/proc/PID/fd)" {
    need Linux
    start server "$server"
    await server "press Enter"
    [[ $(readlink "/proc/$(pid server)/fd/3") == "socket:["*"]" ]]
}

@test "01: the new socket has no name and no peer, and does not listen" {
    need Linux
    start server "$server"
    await server "press Enter"
    inode=$(readlink "/proc/$(pid server)/fd/3" | tr -dc 0-9)
    run awk -v inode="$inode" '$7 == inode { print $4, $5, $6, $8 }' /proc/net/unix
    expect "00000000 0001 01 "
}

@test "01: no file appears" {
    cd "$DIR"
    "$server" </dev/null
    [ -z "$(files)" ]
}

@test "01: the server sleeps until Enter is pressed" {
    start server "$server"
    await server "press Enter"
    asleep server
    [[ $output != *close* ]]
    press server
    finish server
    [ "$status" -eq 0 ]
    [[ $output == *"close    descriptor 3" ]]
}

@test "01: the end of its input counts as Enter" {
    start server "$server"
    await server "press Enter"
    eof server
    finish server
    [ "$status" -eq 0 ]
}

@test "01: when socket() fails, the message names the call, its object and the reason" {
    variant 01-socket/server.c 's/socket(AF_UNIX, SOCK_STREAM, 0)/socket(AF_UNIX, 99, 0)/'
    refuses 1 "server: socket: AF_UNIX: " "$DIR/variant"
}

@test "01: an argument is a usage error, with exit status 2" {
    refuses 2 "usage: $server" "$server" "$DIR/s"
}

@test "01: not yet possible: a client cannot find the server" {
    start server "$server"
    await server "press Enter"
    refuses 1 "No such file or directory" "$ROOT/05-connect/client" "$DIR/s"
}
