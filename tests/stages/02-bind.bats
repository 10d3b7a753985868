#!/usr/bin/env bats
# 02-bind: a name in the file system, which outlives its socket.

load ../lib/helper
setup() { open_stage; }
teardown() { close_stage; }

server=$ROOT/02-bind/server
client=$ROOT/05-connect/client

# start_bound - starts the server, and waits until it has bound its path.
start_bound() {
    start server "$server" "$DIR/s"
    await server "press Enter"
}

@test "02: bind() creates a file of type s and size 0" {
    start_bound
    [ -S "$DIR/s" ]
    [ ! -s "$DIR/s" ]
    [[ $(ls -l "$DIR/s") == s* ]]
}

@test "02: the server prints its lifecycle, and removes its name when it exits" {
    run -0 alone "$server" "$DIR/s" </dev/null
    expect "socket   descriptor 3
bind     descriptor 3
         named $DIR/s
         press Enter to exit
unlink   $DIR/s
close    descriptor 3"
    [ ! -e "$DIR/s" ]
}

@test "02: the server sleeps until Enter is pressed" {
    start_bound
    asleep server
    [ -S "$DIR/s" ]
    press server
    finish server
    [ "$status" -eq 0 ]
    [ ! -e "$DIR/s" ]
}

@test "02: the kernel knows the name, and the socket is not passive" {
    need Linux
    start_bound
    [ "$(kernel_row "$DIR/s")" = "00000000 01" ]
}

@test "02: a second bind() to a name fails with EADDRINUSE, and the first socket keeps the name" {
    start_bound
    inode=$(ls -i "$DIR/s")
    refuses 1 "server: bind: $DIR/s: Address already in use" "$server" "$DIR/s"
    [[ $output == *"if no server is using it: rm $DIR/s"* ]]
    [ "$(ls -i "$DIR/s")" = "$inode" ]
    press server
    finish server
    [ "$status" -eq 0 ]
}

@test "02: bind() fails with EADDRINUSE for a file, a folder and a dangling link as well" {
    echo precious >"$DIR/file"
    mkdir "$DIR/folder"
    ln -s nowhere "$DIR/link"
    for name in file folder link; do
        refuses 1 "Address already in use" "$server" "$DIR/$name"
    done
    [ "$(cat "$DIR/file")" = precious ]
    [ "$(readlink "$DIR/link")" = nowhere ]
}

@test "02: the name outlives its socket until it is removed" {
    start_bound
    send KILL server
    finish server
    [ -S "$DIR/s" ]
    refuses 1 "Address already in use" "$server" "$DIR/s"
    rm "$DIR/s"
    run -0 alone "$server" "$DIR/s" </dev/null
}

@test "02: close() leaves the name, and unlink() removes it" {
    variant 02-bind/server.c '/if (unlink(path) == -1)/,/printf("unlink/d'
    run -0 alone "$DIR/variant" "$DIR/s" </dev/null
    [[ ${lines[4]} == "close    descriptor 3" ]]
    [ -S "$DIR/s" ]
}

@test "02: a bound socket that does not listen refuses a client with ECONNREFUSED" {
    start_bound
    refuses 1 "Connection refused" "$client" "$DIR/s"
}

@test "02: a stale name refuses a client with ECONNREFUSED" {
    start_bound
    send KILL server
    finish server
    refuses 1 "Connection refused" "$client" "$DIR/s"
}

@test "02: the longest path fits; one more byte is an error, and no shorter name is created" {
    need python3
    longest=$DIR/$(printf 'a%.0s' $(seq 200))
    room=$("${CLIENTS[@]}" room "$longest")
    run -0 alone "$server" "${longest:0:room}" </dev/null
    local too_long=${longest:0:room+1}
    refuses 1 "server: $too_long: path too long: at most $room bytes fit" "$server" "$too_long"
    refuses 1 "path too long" "$server" "$longest"
}

@test "02: a missing folder is ENOENT, with advice" {
    refuses 1 "server: bind: $DIR/no/s: No such file or directory" "$server" "$DIR/no/s"
    [[ $output == *"a part of that path does not exist" ]]
}

@test "02: a folder without write permission is EACCES, with advice" {
    need root setpriv
    mkdir "$DIR/closed"
    chmod 755 "$DIR" "$DIR/closed"
    refuses 1 "server: bind: $DIR/closed/s: Permission denied" \
        "${AS_NOBODY[@]}" "$server" "$DIR/closed/s"
    [[ $output == *"server: you may not create files in that folder" ]]
}

@test "02: a relative path with a space works" {
    cd "$DIR"
    start server "$server" "a name"
    await server "press Enter"
    [ -S "$DIR/a name" ]
    press server
    finish server
    [ ! -e "$DIR/a name" ]
}

@test "02: no path, an empty path and two paths are usage errors, and create nothing" {
    refuses 2 "usage: $server PATH" "$server"
    refuses 2 "usage: $server PATH" "$server" ""
    refuses 2 "usage: $server PATH" "$server" "$DIR/s" "$DIR/t"
}

# bats test_tags=behaviour:40
@test "02: the server exits quietly if its path is gone, and leaves a file that replaced it" {
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
        [[ $output == *"press Enter to exit"$'\n'"close    descriptor 3" ]]
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

@test "02: a path that cannot be removed is reported, with exit status 1" {
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
