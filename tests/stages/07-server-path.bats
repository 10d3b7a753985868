#!/usr/bin/env bats
# How the complete server starts: its path, and who may connect. A tag says which behaviour
# of the list in tests/README.md a test proves.

load ../lib/helper
setup_file() { build_both; }
setup() { open_stage; }
teardown() { close_stage; }

folder=$ROOT/07-multiclient
client=$folder/client

# ---- The path -----------------------------------------------------------------

# bats test_tags=behaviour:1
@test "07: on a fresh path, the server serves a client" {
    for server in $BOTH; do
        start_server "$server"
        answers
        leave_by TERM
    done
}

# bats test_tags=behaviour:2
@test "07: the next start takes over a stale path, left by kill -9" {
    for _ in 1 2 3; do
        start_server
        answers
        send KILL server
        finish server
        [ -S "$DIR/s" ]
    done
    start_server
    answers
    leave_by TERM
}

@test "07: having taken over a stale path, the server has one socket, its listener" {
    need Linux
    start_server
    send KILL server
    finish server
    start_server
    [ "$(readlink "/proc/$(pid server)"/fd/* | grep -c socket)" -eq 1 ] ||
        complain "one socket" "$(readlink "/proc/$(pid server)"/fd/*)" server
    leave_by TERM
}

# bats test_tags=behaviour:3
@test "07: a second server exits and names the first, which keeps its path and clients" {
    start_server
    inode=$(ls -i "$DIR/s")
    refuses 1 "server: $DIR/s: in use by process $(pid server)" "$(program server)" "$DIR/s"
    [ "$(ls -i "$DIR/s")" = "$inode" ]
    answers
    leave_by TERM
}

# bats test_tags=behaviour:4
@test "07: of many servers started at once on a stale path, exactly one owns it" {
    need Linux python3 # SO_PEERCRED
    for _ in 1 2 3; do
        start_server server
        send KILL server
        finish server
        run "${RACES[@]}" race "$DIR/s" 40 "$(program server)" "$(program server-list)"
        expect "1 owner, and it answers"
    done
}

# bats test_tags=behaviour:5
@test "07: ten loops of start, TERM and KILL never leave two servers, or one without its path" {
    need python3
    run "${RACES[@]}" loops "$DIR/s" 10 0.5 "$(program server)" "$(program server-list)"
    contains "never two, never one without its path"
}

# bats test_tags=behaviour:6
@test "07: a path that is a file, a folder or a link is refused, and no lock file appears" {
    local name
    echo precious >"$DIR/file"
    mkdir "$DIR/folder"
    ln -s file "$DIR/filelink"
    ln -s folder "$DIR/folderlink"
    ln -s nowhere "$DIR/dangling"
    for name in file folder filelink folderlink dangling; do
        refuses 1 "server: $DIR/$name: there is a file, but it is not a socket" \
            "$(program server)" "$DIR/$name"
    done
    [ "$(cat "$DIR/file")" = precious ]
    [ "$(readlink "$DIR/dangling")" = nowhere ]
}

# bats test_tags=behaviour:6
@test "07: a path that ends in a slash or a dot is refused before anything is created" {
    local path
    mkdir "$DIR/folder"
    cd "$DIR/folder"
    for path in . .. ./ "$DIR/folder/" "$DIR/folder/." "$DIR/new/" "$DIR/new/." /; do
        refuses 1 "server: " "$(program server)" "$path"
    done
    [ ! -e /.lock ]
}

# bats test_tags=behaviour:7
@test "07: the path of a running server without a lock is refused, and that server goes on" {
    start stranger "$ROOT/03-listen/server" "$DIR/s"
    await stranger "press Enter"
    start second "$(program server)" "$DIR/s"
    finish second
    [ "$status" -eq 1 ]
    [[ $output == *"server: $DIR/s: another server answers there"* ]]
    run -0 "$ROOT/05-connect/client" "$DIR/s" </dev/null
    press stranger
    finish stranger
    [ "$status" -eq 0 ]
}

# bats test_tags=behaviour:7
@test "07: a server without a lock counts as running even if its backlog is full" {
    need Linux python3
    start stranger "${IMPOSTORS[@]}" full-backlog "$DIR/s"
    await stranger full
    start second "$(program server)" "$DIR/s"
    finish second
    [ "$status" -eq 1 ]
    [[ $output == *"another server answers there"* ]]
    send KILL stranger
    finish stranger
}

# bats test_tags=behaviour:7
@test "07: a datagram socket at the path is refused, and the message names the failed call" {
    need Linux python3
    start stranger "${IMPOSTORS[@]}" datagram "$DIR/s"
    await stranger bound
    touch "$DIR/s.lock"
    refuses 1 "server: connect: $DIR/s: Protocol wrong type for socket" "$(program server)" "$DIR/s"
}

# bats test_tags=behaviour:9
@test "07: a lock file that is a link is refused, and its target is not created" {
    ln -s "$DIR/target" "$DIR/s.lock"
    refuses 1 "server: open: $DIR/s.lock: " "$(program server)" "$DIR/s"
    [ ! -e "$DIR/target" ]
}

# bats test_tags=behaviour:10
@test "07: the longest path works, one more byte is refused, an empty path is a usage error" {
    local room long
    long=$DIR/$(printf 'a%.0s' $(seq 120))
    for server in server $DESIGNS; do
        refuses 2 "usage: " "$(program "$server")" ""
        refuses 1 "server: $long: path too long: at most " "$(program "$server")" "$long"
        room=${output##*at most }
        room=${room% bytes fit}
        refuses 1 "path too long: at most $room bytes fit" "$(program "$server")" "${long:0:room+1}"
        refuses 1 "path too long: at most $room bytes fit" "$client" "${long:0:room+1}"
        start server "$(program "$server")" "${long:0:room}"
        await server "listen "
        run "$client" "${long:0:room}" <<<hello
        expect hello
        send TERM server
        finish server
        [ "$status" -eq 0 ]
        rm -f "${long:0:room}.lock"
    done
    refuses 2 "usage: " "$client" ""
}

# bats test_tags=behaviour:10
@test "07: relative paths and paths with spaces work" {
    cd "$DIR"
    start server "$(program server)" "a name"
    await server "listen "
    run "$client" "./a name" <<<hello
    expect hello
    send TERM server
    finish server
    [ "$status" -eq 0 ]
    [ ! -e "a name" ]
}

# bats test_tags=behaviour:10
@test "07: an option after the path is a usage error in the server, the client and bench" {
    refuses 2 "usage: " "$(program server)" "$DIR/s" -q
    refuses 2 "usage: " "$client" "$DIR/s" -v
    refuses 2 "usage: " "$folder/bench" "$DIR/s" -j
}

# bats test_tags=behaviour:11
@test "07: started with any umask, the server can be stopped and started again by its user" {
    need root setpriv
    local mask
    chmod 777 "$DIR"
    for mask in 0200 0400 0600 0277 0777; do
        for _ in 1 2; do
            # shellcheck disable=SC2016 # the inner shell expands it
            start server bash -c 'umask "$1" && shift && exec "$@"' - "$mask" \
                "${AS_NOBODY[@]}" "$(program server)" "$DIR/s"
            await server "listen "
            [[ $(ls -l "$DIR/s") == srw-------* ]]
            [[ $(ls -l "$DIR/s.lock") == -rw-------* ]]
            answers
            leave_by TERM
        done
        rm "$DIR/s.lock"
    done
}

# bats test_tags=behaviour:12
@test "07: for another user's lock file, the message names the user and says what to do" {
    need root setpriv
    touch "$DIR/s.lock"
    chmod 600 "$DIR/s.lock"
    chmod 777 "$DIR"
    refuses 1 "server: open: $DIR/s.lock: Permission denied" \
        "${AS_NOBODY[@]}" "$(program server)" "$DIR/s"
    [[ $output == *"server: the lock file belongs to user 0: ask that user to remove it while \
no server runs, or choose a path in a folder of your own" ]]
}

# bats test_tags=behaviour:13
@test "07: inode numbers have 64 bits in a 32-bit build" {
    local source multiarch
    need Linux gcc
    # The headers are enough, because nothing is linked and nothing is run.
    mkdir "$DIR/gnu"
    touch "$DIR/gnu/stubs-32.h"
    multiarch=/usr/include/$(gcc -print-multiarch)
    for source in "$ROOT"/0[2-7]-*/server*.c; do
        cp "$source" "$DIR/wide.c"
        echo '_Static_assert(sizeof(long) == 4, "32 bits");' >>"$DIR/wide.c"
        echo '_Static_assert(sizeof((struct stat *)0)->st_ino == 8, "st_ino");' >>"$DIR/wide.c"
        gcc -m32 -isystem "$multiarch" -isystem "$DIR" -fsyntax-only "$DIR/wide.c" ||
            complain "64 bits" "fewer" "$source"
    done
}

# ---- Permissions ----------------------------------------------------------------

# bats test_tags=behaviour:14
@test "07: the path has mode 0600 whatever the umask, and the process gets its umask back" {
    umask 000
    start_server
    umask 022
    [[ $(ls -l "$DIR/s") == srw-------* ]]
    [[ $(ls -l "$DIR/s.lock") == -rw-------* ]]
    [ "$(uname)" != Linux ] || [[ $(grep Umask "/proc/$(pid server)/status") == *0000 ]]
    leave_by TERM
}

# bats test_tags=behaviour:14
@test "07: the constant MODE decides who may connect: with 0666, everyone may" {
    need root setpriv
    chmod 755 "$DIR"
    variant 07-multiclient/server.c 's/define MODE 0600/define MODE 0666/'
    start server "$DIR/variant" "$DIR/s"
    await server "listen "
    [[ $(ls -l "$DIR/s") == srw-rw-rw-* ]]
    run "${AS_NOBODY[@]}" "$client" "$DIR/s" <<<hello
    expect hello
    leave_by TERM
}

# bats test_tags=behaviour:15
@test "07: another user never gets in while the path is being created" {
    need root python3
    chmod 755 "$DIR"
    start intruder "${CLIENTS[@]}" hammer "$DIR/s"
    await intruder hammering
    for _ in 1 2 3 4 5; do
        start server bash -c "umask 000; exec '$(program server)' '$DIR/s'"
        await server "listen "
        leave_by TERM
    done
    press intruder
    finish intruder
    [[ $output == *"tries, 0 got in" ]]
}

# bats test_tags=behaviour:16
@test "07: the server never calls chmod(), and every descriptor above 2 is close-on-exec" {
    need Linux strace
    for server in $BOTH; do
        start server strace -D -f -o "$DIR/trace" -e trace=chmod,fchmod,fchmodat \
            "$(program "$server")" "$DIR/s"
        await server "listen "
        run cat "$DIR/trace"
        expect ""
        send TERM server
        finish server
        # Descriptors that the tests were started with must not count.
        # shellcheck disable=SC2016 # the inner shell expands it
        start server bash -c 'for n in {3..255}; do eval "exec $n>&-"; done; exec "$@"' - \
            "$(program "$server")" "$DIR/s"
        await server "listen "
        start guest "$client" "$DIR/s"
        await server "accept "
        [ "$(descriptors)" -ge 8 ] # 0 to 2, the pipe, the lock, the listener, the client
        for number in "/proc/$(pid server)"/fd/*; do
            [ "${number##*/}" -gt 2 ] || continue
            flags=$(awk '/^flags/ { print $2 }' "/proc/$(pid server)/fdinfo/${number##*/}")
            [ $((0$flags & 02000000)) -ne 0 ] ||
                complain "close-on-exec" "$flags" "$number -> $(readlink "$number")"
        done
        eof guest
        finish guest
        leave_by TERM
    done
}
