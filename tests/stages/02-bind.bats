#!/usr/bin/env bats
# 02-bind: a name in the file system, and what outlives what.

load ../lib/helper
setup() { open_stage; }
teardown() { close_stage; }

server=$ROOT/02-bind/server
client=$ROOT/05-connect/client

# A server of stage 02 that has its name and waits for Enter.
start_bound() {
    start server "$server" "$DIR/s"
    await server "press Enter"
}

@test "02: bind() makes a file of type s, size 0" {
    start_bound
    [ -S "$DIR/s" ]
    [ ! -s "$DIR/s" ]
    [[ $(ls -l "$DIR/s") == s* ]]
}

@test "02: its output is the lifecycle, and at its end the name is gone" {
    run alone "$server" "$DIR/s" </dev/null
    [ "$status" -eq 0 ]
    expect "socket   descriptor 3
bind     descriptor 3
         named $DIR/s
         press Enter to end
unlink   $DIR/s
close    descriptor 3"
    [ ! -e "$DIR/s" ]
}

@test "02: it waits for Enter, asleep, and then goes on" {
    start_bound
    asleep server
    [ -S "$DIR/s" ]
    press server
    finish server
    [ "$status" -eq 0 ]
    [ ! -e "$DIR/s" ]
}

@test "02: the kernel has the name, and the socket is not passive" {
    need Linux
    start_bound
    [ "$(kernel_row "$DIR/s")" = "00000000 01" ]
}

@test "02: a second bind() to the name: EADDRINUSE, and the first one keeps it" {
    start_bound
    inode=$(ls -i "$DIR/s")
    refuses 1 "server: bind: $DIR/s: Address already in use" "$server" "$DIR/s"
    [[ $output == *"left by a dead server? Then: rm $DIR/s"* ]]
    [ "$(ls -i "$DIR/s")" = "$inode" ]
    press server
    finish server
    [ "$status" -eq 0 ]
}

@test "02: EADDRINUSE whatever has the name: a file, a folder, a dangling link" {
    echo precious >"$DIR/file"
    mkdir "$DIR/folder"
    ln -s nowhere "$DIR/link"
    for name in file folder link; do
        refuses 1 "Address already in use" "$server" "$DIR/$name"
    done
    [ "$(cat "$DIR/file")" = precious ]
    [ "$(readlink "$DIR/link")" = nowhere ]
}

@test "02: the name outlives its socket, until somebody removes it" {
    start_bound
    send KILL server
    finish server
    [ -S "$DIR/s" ]
    refuses 1 "Address already in use" "$server" "$DIR/s"
    rm "$DIR/s"
    run alone "$server" "$DIR/s" </dev/null
    [ "$status" -eq 0 ]
}

@test "02: close() leaves the name, unlink() removes it" {
    variant 02-bind/server.c '/if (unlink(path) == -1)/,/printf("unlink/d'
    run alone "$DIR/variant" "$DIR/s" </dev/null
    [ "$status" -eq 0 ]
    [[ ${lines[4]} == "close    descriptor 3" ]]
    [ -S "$DIR/s" ]
}

@test "02: a client of a bound socket that nobody listens on: ECONNREFUSED" {
    start_bound
    refuses 1 "Connection refused" "$client" "$DIR/s"
}

@test "02: a stale name refuses clients in the same way" {
    start_bound
    send KILL server
    finish server
    refuses 1 "Connection refused" "$client" "$DIR/s"
}

@test "02: the longest path fits; a byte more is an error, and no shorter name is made" {
    need python3
    longest=$DIR/$(printf 'a%.0s' $(seq 200))
    room=$("${CLIENTS[@]}" room "$longest")
    run alone "$server" "${longest:0:room}" </dev/null
    [ "$status" -eq 0 ]
    refuses 1 "server: ${longest:0:room+1}: path too long: at most $room bytes fit" "$server" "${longest:0:room+1}"
    refuses 1 "path too long" "$server" "$longest"
}

@test "02: no such folder: ENOENT, with advice" {
    refuses 1 "server: bind: $DIR/no/s: No such file or directory" "$server" "$DIR/no/s"
    [[ $output == *"a part of that path does not exist" ]]
}

@test "02: a folder that one may not write to: EACCES, with advice" {
    need root setpriv
    mkdir "$DIR/closed"
    chmod 755 "$DIR" "$DIR/closed"
    refuses 1 "server: bind: $DIR/closed/s: Permission denied" "${AS_NOBODY[@]}" "$server" "$DIR/closed/s"
    [[ $output == *"server: you may not create files in that folder" ]]
}

@test "02: a relative path and one with spaces work" {
    cd "$DIR"
    start server "$server" "a name"
    await server "press Enter"
    [ -S "$DIR/a name" ]
    press server
    finish server
    [ ! -e "$DIR/a name" ]
}

@test "02: no path, an empty one, two: usage, status 2, nothing made" {
    refuses 2 "usage: $server PATH" "$server"
    refuses 2 "usage: $server PATH" "$server" ""
    refuses 2 "usage: $server PATH" "$server" "$DIR/s" "$DIR/t"
}

@test "02: at its end it leaves the path alone if that is gone, or leads to another file by now" {
    local other
    for other in nothing file socket; do
        start_bound
        rm "$DIR/s"
        case $other in
        file) echo precious >"$DIR/s" ;;
        socket)
            start second "$server" "$DIR/s"
            await second "press Enter"
            ;;
        esac
        press server
        finish server
        [ "$status" -eq 0 ]
        [[ $output == *"press Enter to end"$'\n'"close    descriptor 3" ]]
        case $other in
        nothing) [ ! -e "$DIR/s" ] ;;
        file) [ "$(cat "$DIR/s")" = precious ] && rm "$DIR/s" ;;
        socket)
            [ -S "$DIR/s" ]
            press second
            finish second
            [ ! -e "$DIR/s" ]
            ;;
        esac
    done
}

@test "02: if its path cannot be removed, it says so: status 1" {
    need root setpriv
    mkdir "$DIR/folder"
    chmod 755 "$DIR"
    chmod 777 "$DIR/folder"
    start server "${AS_NOBODY[@]}" "$server" "$DIR/folder/s"
    await server "press Enter"
    chmod 755 "$DIR/folder"
    press server
    finish server
    [ "$status" -eq 1 ]
    [[ $output == *"server: unlink: $DIR/folder/s: Permission denied"* ]]
}
