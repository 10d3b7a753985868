#!/usr/bin/env bats
# What the complete server must do. A tag says which behaviour of the list in
# tests/README.md a test proves. The tests in which a call has to fail are in
# tests/faults/, those that take minutes in tests/stress/.
#
# Most tests run twice: with the server as it is, which waits with epoll on Linux, and with
# server-list, which waits with poll() as on other systems.

load ../lib/helper
setup_file() {
    if [ -n "${UDS_SERVER_LIST-}" ]; then # built for another processor
        ln -s "$UDS_SERVER_LIST" "$UDS_SERVER_LIST.program" "$BATS_FILE_TMPDIR"
    else
        build_server_list "$BATS_FILE_TMPDIR"
    fi
}
setup() { open_stage; }
teardown() { close_stage; }

folder=$ROOT/07-multiclient
client=$folder/client
both="server server-list"

# answers - a server at the path echoes.
answers() {
    run "$client" "$DIR/s" <<<"anybody there?"
    expect "anybody there?"
}

# ends_within SECONDS - the server exits by then, with status 0, and its path is gone.
ends_within() {
    local since=$SECONDS
    finish server
    [ "$status" -eq 0 ] || complain "exit status 0" "$status: $output" server
    at_most "$1" "$((SECONDS - since))" "the seconds until the server exits"
    [ ! -e "$DIR/s" ]
}

# ---- The path -----------------------------------------------------------------

# bats test_tags=behaviour:1
@test "07: a fresh path serves a client" {
    for server in $both; do
        start_server "$server"
        answers
        leave_by TERM
    done
}

# bats test_tags=behaviour:2
@test "07: the next start takes over a stale path, left by kill -9" {
    for server in $both $both $both; do
        start_server "$server"
        answers
        send KILL server
        finish server
        [ -S "$DIR/s" ]
    done
    start_server server
    answers
    leave_by TERM
}

# bats test_tags=behaviour:3
@test "07: a second server exits and names the first, which keeps its path and clients" {
    for server in $both; do
        start_server "$server"
        inode=$(ls -i "$DIR/s")
        for second in $both; do
            refuses 1 "server: $DIR/s: in use by process $(pid server)" \
                "$(program "$second")" "$DIR/s"
        done
        [ "$(ls -i "$DIR/s")" = "$inode" ]
        answers
        leave_by TERM
    done
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
    local name server
    echo precious >"$DIR/file"
    mkdir "$DIR/folder"
    ln -s file "$DIR/filelink"
    ln -s folder "$DIR/folderlink"
    ln -s nowhere "$DIR/dangling"
    for server in $both; do
        for name in file folder filelink folderlink dangling; do
            refuses 1 "server: $DIR/$name: what is there is not a socket" \
                "$(program "$server")" "$DIR/$name"
        done
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
    for server in $both; do
        start stranger "$ROOT/03-listen/server" "$DIR/s"
        await stranger "press Enter"
        start second "$(program "$server")" "$DIR/s"
        finish second
        [ "$status" -eq 1 ]
        [[ $output == *"server: $DIR/s: another server answers there"* ]]
        run -0 "$ROOT/05-connect/client" "$DIR/s" </dev/null
        press stranger
        finish stranger
        [ "$status" -eq 0 ]
    done
}

# bats test_tags=behaviour:7
@test "07: a server without a lock counts as running even if its backlog is full" {
    need Linux python3
    for server in $both; do
        start stranger "${IMPOSTORS[@]}" full-backlog "$DIR/s"
        await stranger full
        start second "$(program "$server")" "$DIR/s"
        finish second
        [ "$status" -eq 1 ]
        [[ $output == *"another server answers there"* ]]
        send KILL stranger
        finish stranger
        rm "$DIR/s"
    done
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
    for server in $both; do
        refuses 1 "server: open: $DIR/s.lock: " "$(program "$server")" "$DIR/s"
    done
    [ ! -e "$DIR/target" ]
}

# bats test_tags=behaviour:10
@test "07: the longest path works, one more byte is refused, an empty path is a usage error" {
    local room long
    long=$DIR/$(printf 'a%.0s' $(seq 120))
    for server in $both; do
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
        rm "${long:0:room}.lock"
    done
    refuses 2 "usage: " "$client" ""
}

# bats test_tags=behaviour:10
@test "07: relative paths and paths with spaces work" {
    cd "$DIR"
    for server in $both; do
        start server "$(program "$server")" "a name"
        await server "listen "
        run "$client" "./a name" <<<hello
        expect hello
        send TERM server
        finish server
        [ "$status" -eq 0 ]
        [ ! -e "a name" ]
    done
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
            start server "${AS_NOBODY[@]}" bash -c "umask $mask; exec '$(program server)' '$DIR/s'"
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
    [[ $output == *"server: the file belongs to user 0, who may remove it while no server \
runs; or choose a path in a folder of your own" ]]
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
@test "07: the path has mode 0600 whatever the umask, which the process then has back" {
    for server in $both; do
        umask 000
        start_server "$server"
        umask 022
        [[ $(ls -l "$DIR/s") == srw-------* ]]
        [[ $(ls -l "$DIR/s.lock") == -rw-------* ]]
        [ "$(uname)" != Linux ] || [[ $(grep Umask "/proc/$(pid server)/status") == *0000 ]]
        leave_by TERM
    done
}

# bats test_tags=behaviour:14
@test "07: the constant MODE says who may connect: with 0666, every user" {
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
@test "07: another user never gets in while the path is created" {
    need root python3
    chmod 755 "$DIR"
    start intruder "${CLIENTS[@]}" hammer "$DIR/s"
    await intruder hammering
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        for server in $both; do
            start server bash -c "umask 000; exec '$(program "$server")' '$DIR/s'"
            await server "listen "
            leave_by TERM
        done
    done
    press intruder
    finish intruder
    [[ $output == *"tries, 0 got in" ]]
}

# bats test_tags=behaviour:16
@test "07: the server never calls chmod(), and every descriptor is close-on-exec" {
    need Linux strace
    for server in $both; do
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

# ---- New clients ----------------------------------------------------------------

# ticks - prints the CPU time that the server has used, in ticks of 10 ms.
ticks() {
    awk '{ print $14 + $15 }' "/proc/$(pid server)/stat"
}

# bats test_tags=behaviour:17
@test "07: out of descriptors, the server serves its clients without spinning, then the others" {
    need Linux python3
    for server in $both; do
        start server bash -c "ulimit -n 32; exec '$(program "$server")' '$DIR/s'"
        await server "listen "
        start crowd "${CLIENTS[@]}" more-than-fit "$DIR/s" 100
        await crowd "first served"
        before=$(ticks)
        sleep 0.5 # measured in this time: 3 ticks are 30 ms of CPU
        at_most 3 "$(($(ticks) - before))" "the ticks of CPU of an idle $server"
        press crowd
        await crowd "all served"
        leave_by TERM
    done
}

# bats test_tags=behaviour:17
@test "07: out of descriptors, the server serves the next client as soon as another leaves" {
    need Linux python3
    local system
    for system in linux elsewhere; do
        # By the clock, it would take ten minutes.
        variant 07-multiclient/server.c -e 's/define PAUSE 100 /define PAUSE 600000 /' \
            -e "s/__linux__/__${system}__/"
        start server bash -c "ulimit -n 32; exec '$DIR/variant' '$DIR/s'"
        await server "listen "
        start crowd "${CLIENTS[@]}" more-than-fit "$DIR/s" 100
        await crowd "first served"
        press crowd
        await crowd "all served"
        leave_by TERM
        rm "$DIR/s.lock"
    done
}

# bats test_tags=behaviour:19
@test "07: 1,000 connections one after another leave no descriptor behind" {
    need Linux python3
    for server in $both; do
        start_quiet "$server"
        answers
        before=$(descriptors)
        "${CLIENTS[@]}" visits "$DIR/s" 1000
        answers
        [ "$(descriptors)" -eq "$before" ]
        leave_by TERM
    done
}

# bats test_tags=behaviour:21
@test "07: every server lets in all of 50 clients that connect at once without waiting" {
    need Linux python3
    for server in $both $DESIGNS; do
        start_server "$server"
        send STOP server # so that all of them wait in the backlog at once
        start crowd "${CLIENTS[@]}" at-once "$DIR/s" 50
        await crowd "50 of 50 connected"
        send CONT server
        await crowd "50 of 50 served"
        finish crowd
        leave_by TERM
        rm -f "$DIR/s.lock"
    done
}

# bats test_tags=behaviour:22
@test "07: when the descriptor limit is lowered below those in use, no client is cut off" {
    need Linux python3 prlimit
    start_quiet server
    start crowd "${CLIENTS[@]}" two-rounds "$DIR/s" 40
    await crowd before
    prlimit --pid "$(pid server)" --nofile=16:16
    press crowd
    await crowd after
    finish crowd
    [ "$status" -eq 0 ]
    leave_by TERM
}

# bats test_tags=behaviour:22
@test "07: when the descriptor limit is raised beyond its tables, further clients are closed" {
    need Linux python3 prlimit
    variant 07-multiclient/server.c 's/define MOST 1048576/define MOST 16/'
    start server "$DIR/variant" "$DIR/s"
    await server "listen "
    prlimit --pid "$(pid server)" --nofile=64:64
    run -0 "${CLIENTS[@]}" count-served "$DIR/s" 30
    [ "$output" -gt 0 ] && [ "$output" -lt 16 ] || complain "1 to 15 served" "$output" server
    answers
    leave_by TERM
}

# ---- Data -------------------------------------------------------------------------

# bats test_tags=behaviour:23
@test "07: sizes around the buffers come back unchanged, with poll() and with epoll" {
    for server in $both; do
        start_server "$server"
        for size in 0 1 4095 4096 65535 65536 65537 1048576; do
            head -c "$size" /dev/urandom >"$DIR/sent"
            "$client" "$DIR/s" <"$DIR/sent" >"$DIR/back"
            same "$DIR/sent" "$DIR/back"
        done
        leave_by TERM
    done
}

# bats test_tags=behaviour:23, behaviour:32, scaled
@test "07: many MiB from a file, from a pipe and to a slow reader come back unchanged" {
    need python3
    local size
    size=$(scale 16 100)
    head -c $((size * 1048576)) /dev/urandom >"$DIR/sent"
    for server in $both; do
        start_server "$server"
        "$client" "$DIR/s" <"$DIR/sent" >"$DIR/back"
        same "$DIR/sent" "$DIR/back"
        # shellcheck disable=SC2002 # a pipe is what is tested
        cat "$DIR/sent" | "$client" "$DIR/s" | "${CLIENTS[@]}" slow-copy >"$DIR/back"
        same "$DIR/sent" "$DIR/back"
        leave_by TERM
    done
}

# bats test_tags=behaviour:25
@test "07: after a half close, the client gets everything, and then the end" {
    need python3
    for server in $both; do
        start_server "$server"
        run "${CLIENTS[@]}" half-close "$DIR/s"
        expect all
        leave_by TERM
    done
}

# bats test_tags=behaviour:26
@test "07: a client that never reads costs one buffer at most, and the others are answered" {
    need Linux python3
    [ -z "${UDS_SANITIZED-}" ] || skip "sanitizers keep freed memory"
    for server in $both; do
        start_server "$server"
        answers
        for count in 1 100; do
            before=$(memory)
            start rude "${CLIENTS[@]}" stuck "$DIR/s" "$count"
            await rude stuck
            grown=$(($(memory) - before))
            at_most $((count * 68 + 64)) "$grown" "the KiB of $count clients of $server"
            answers
            send KILL rude
            finish rude
            answers
        done
        leave_by TERM
    done
}

# bats test_tags=behaviour:27
@test "07: clients that are killed or close without reading leave no descriptor behind" {
    need Linux python3
    for server in $both; do
        start_server "$server"
        answers
        before=$(descriptors)
        "${CLIENTS[@]}" abandon "$DIR/s" 50
        # The client is killed by SIGPIPE, with data in both directions.
        bash -c "head -c 100M /dev/zero | '$client' '$DIR/s'" 2>/dev/null |
            head -c 1000000 >/dev/null || true
        answers
        until [ "$(descriptors)" -eq "$before" ]; do answers; done
        leave_by TERM
    done
}

# bats test_tags=behaviour:28
@test "07: four clients at full speed do not starve one that asks now and then" {
    need python3
    for server in $both; do
        start_server "$server"
        start_busy fast1 fast2 fast3 fast4
        run -0 "${CLIENTS[@]}" questions "$DIR/s" 200
        [ "${lines[0]}" = "200 answers" ]
        send KILL server
        for n in 1 2 3 4; do finish "fast$n"; done
        finish server
    done
}

# bats test_tags=behaviour:29
@test "07: a client that is stopped midway and continued gets everything" {
    head -c 20000000 /dev/urandom >"$DIR/sent"
    mkfifo "$DIR/go"
    for server in $both; do
        start_server "$server"
        start slow bash -c "'$client' '$DIR/s' <'$DIR/sent' |
            { head -c 1000000; echo half >&2; read -r _ <'$DIR/go'; cat; } >'$DIR/back'
            echo done"
        await slow half
        answers
        echo >"$DIR/go"
        await slow "done"
        same "$DIR/sent" "$DIR/back"
        leave_by TERM
    done
}

# bats test_tags=behaviour:30
@test "07: each of 1,000 clients at once gets its own bytes back" {
    need python3
    for server in $both; do
        start_quiet "$server"
        run "${CLIENTS[@]}" crowd "$DIR/s" 1000
        expect "1000 served"
        leave_by TERM
    done
}

# bats test_tags=behaviour:30, scaled
@test "07: 1,000 clients fall quiet and speak again in random order, and every byte is right" {
    need Linux python3
    local before turns
    turns=$(scale 3000 10000)
    for server in $both; do
        start_quiet "$server"
        answers
        before=$(descriptors)
        run "${CLIENTS[@]}" in-turn "$DIR/s" 1000 "$turns"
        expect "every byte right"
        until [ "$(descriptors)" -eq "$before" ]; do answers; done
        leave_by TERM
    done
}

# bats test_tags=behaviour:30
@test "07: a client is busy, then quiet, then busy for good, and every byte is right" {
    need Linux python3
    for server in $both; do
        start_server "$server"
        run "${CLIENTS[@]}" busy-then-quiet "$DIR/s"
        expect "every byte right"
        leave_by TERM
    done
}

# A protocol as the comment on answer() allows it: "d9" drops client 9, "t9" sends to it.
OTHERS='s/return send_reply(descriptor, data, size);/'\
'int other = atoi(data + 1); '\
'if (data[0] == 100) drop_client(other); '\
'else if (data[0] != 116) return send_reply(descriptor, data, size); '\
'else if (!send_reply(other, data, size)) drop_client(other); '\
'return true;/'

@test "07: a protocol of one's own may drop another client, or send to it" {
    need Linux python3
    local system
    for system in linux elsewhere; do
        variant 07-multiclient/server.c -e "$OTHERS" -e "s/__linux__/__${system}__/"
        start server "$DIR/variant" -q "$DIR/s"
        until_served
        start crowd "${CLIENTS[@]}" drop-each-other "$DIR/s" "$(pid server)"
        await crowd busy
        send STOP server
        press crowd
        await crowd sent
        send CONT server
        await crowd "left 10 t"
        finish crowd
        [ "$status" -eq 0 ]
        leave_by TERM
        rm "$DIR/s.lock"
    done
}

@test "07: a protocol of one's own may send again while bytes are pending" {
    need Linux python3
    local system reply='send_reply(descriptor, data, size)' replies
    replies=$reply
    for _ in 2 3 4 5 6 7 8; do replies="$replies \\&\\& $reply"; done
    for system in linux elsewhere; do
        variant 07-multiclient/server.c -e "s/return $reply;/return $replies;/" \
            -e "s/__linux__/__${system}__/"
        start server "$DIR/variant" -q "$DIR/s"
        until_served
        # Stopped while the message is sent, it reads it as a whole.
        send STOP server
        becomes T server
        start guest "${CLIENTS[@]}" eight-replies "$DIR/s"
        await guest sent
        send CONT server
        asleep server # the kernel has no room for all of them
        press guest
        await guest "all eight came"
        finish guest
        leave_by TERM
        rm "$DIR/s.lock"
    done
}

# ---- Leaving ------------------------------------------------------------------------

# bats test_tags=behaviour:37
@test "07: TERM, INT and HUP end the server with status 0; its path is gone, its lock file stays" {
    need python3
    for server in $both; do
        for signal in TERM INT HUP; do
            start server "${STARTERS[@]}" hears-sigint "$(program "$server")" "$DIR/s"
            await server "listen "
            answers
            leave_by "$signal"
            [ -f "$DIR/s.lock" ]
        done
    done
}

# bats test_tags=behaviour:37
@test "07: two signals at once end the server with status 0, and the path is gone" {
    for server in $both; do
        start_server "$server"
        send STOP server
        send TERM server
        send HUP server
        leave_by CONT
    done
}

# bats test_tags=behaviour:37
@test "07: a signal that was ignored when it was started stays ignored" {
    need nohup
    start server bash -c "trap '' INT; exec nohup '$(program server)' '$DIR/s'"
    await server "listen "
    send HUP server
    send INT server
    answers
    leave_by TERM
}

# bats test_tags=behaviour:38
@test "07: replies that are due are delivered before the server exits, and then a clean end" {
    need python3
    for server in $both; do
        start_server "$server"
        start guest "${CLIENTS[@]}" stay-for-reply "$DIR/s"
        await guest hello
        send STOP server
        press guest
        await guest sent
        send TERM server
        send CONT server
        await guest "then 200000 and the end"
        asleep server # it has half-closed, and waits until the guest does the same
        press guest
        finish guest
        finish server
        [ "$status" -eq 0 ]
    done
}

# bats test_tags=behaviour:38
@test "07: 200 clients that wait in the queue when a signal comes are still answered" {
    need python3
    for server in $both; do
        start_quiet "$server"
        send STOP server
        start guests "${CLIENTS[@]}" queue "$DIR/s" 200
        await guests queued
        send TERM server
        send CONT server
        await guests "all answered"
        finish server
        [ "$status" -eq 0 ]
    done
}

# bats test_tags=behaviour:38
@test "07: a client that never reads delays the exit by two seconds at most" {
    need python3
    start_server
    start rude "${CLIENTS[@]}" stuck "$DIR/s" 1
    await rude stuck
    send TERM server
    ends_within 3
    send KILL rude
    finish rude
}

# bats test_tags=behaviour:38
@test "07: while a client delays the exit, a second signal ends the server at once" {
    need python3
    variant 07-multiclient/server.c 's/define PATIENCE 2000 /define PATIENCE 600000 /'
    start server "$DIR/variant" "$DIR/s"
    await server "listen "
    start rude "${CLIENTS[@]}" stuck "$DIR/s" 1
    await rude stuck
    send TERM server
    await server "close "
    [ ! -e "$DIR/s" ]
    asleep server
    send TERM server
    ends_within 2
    send KILL rude
    finish rude
}

# bats test_tags=behaviour:39
@test "07: with its path or folder gone or replaced, the server exits with status 0, silently" {
    local way
    for server in $both; do
        for way in path folder file; do
            mkdir -p "$DIR/folder"
            start server "$(program "$server")" "$DIR/folder/s"
            await server "listen "
            case $way in
            path) rm "$DIR/folder/s" ;;
            folder) rm -r "$DIR/folder" ;;
            file) rm -r "$DIR/folder" && touch "$DIR/folder" ;;
            esac
            send TERM server
            finish server
            [ "$status" -eq 0 ] || complain "exit status 0" "$status: $output" "$server, $way"
            [[ $output != *"server:"* ]] || complain "no message" "$output" "$server, $way"
            rm -rf "$DIR/folder"
        done
    done
}

# bats test_tags=behaviour:40
@test "07: every server leaves its path alone if another file has replaced it" {
    for server in $both $DESIGNS; do
        for way in gone file socket; do
            start_server "$server"
            rm -f "$DIR/s" "$DIR/s.lock"
            case $way in
            file) echo precious >"$DIR/s" ;;
            socket)
                start second "$ROOT/03-listen/server" "$DIR/s"
                await second "press Enter"
                ;;
            esac
            send TERM server
            finish server
            [ "$status" -eq 0 ] || complain "exit status 0" "$status: $output" "$server, $way"
            [[ $output != *"server:"* ]] || complain "no message" "$output" "$server, $way"
            case $way in
            gone) [ ! -e "$DIR/s" ] ;;
            file) [ "$(cat "$DIR/s")" = precious ] && rm "$DIR/s" ;;
            socket)
                press second
                finish second
                [[ $output == *unlink* ]]
                ;;
            esac
        done
    done
}

# bats test_tags=behaviour:41
@test "07: server-fork and server-thread exit in order on SIGINT while clients arrive" {
    need Linux python3
    for server in server-fork server-thread; do
        run "${RACES[@]}" interrupts "$DIR/s" 10 "$(program "$server")"
        expect "10 of 10 left in order"
    done
}

# bats test_tags=behaviour:41
@test "07: a signal during bind() ends every server with status 0, and the path is gone" {
    need Linux strace
    for server in $both $DESIGNS; do
        signalled bind "$server"
    done
}

# ---- Output -------------------------------------------------------------------------

# bats test_tags=behaviour:42
@test "07: a FIFO that is never read keeps the server neither from serving nor from exiting" {
    need python3
    for server in $both; do
        mkfifo "$DIR/full"
        start server bash -c "exec 9<>'$DIR/full'; exec '$(program "$server")' '$DIR/s' >&9"
        until_served
        "${CLIENTS[@]}" visits-in-groups "$DIR/s" 200
        answers
        send TERM server
        ends_within 2
        rm "$DIR/full"
    done
}

# bats test_tags=behaviour:42
@test "07: a terminal that is never read keeps the server neither from serving nor from exiting" {
    need Linux python3
    local way
    for way in cooked raw stopped; do
        start server "${STARTERS[@]}" unread-terminal "$way" "$(program server)" "$DIR/s"
        await server started
        # shellcheck disable=SC2154 # await sets it
        local process=${line#started }
        until_served
        "${CLIENTS[@]}" visits-in-groups "$DIR/s" 200
        answers
        kill -TERM "$process"
        ends_within 2
    done
}

# bats test_tags=behaviour:42
@test "07: the server prints at a terminal that it may not open, and serves" {
    need Linux python3 root
    chmod 777 "$DIR"
    start server "${STARTERS[@]}" strange-terminal "$(program server)" "$DIR/s"
    await server started
    # shellcheck disable=SC2154 # await sets it
    local process=${line#started }
    answers
    kill -TERM "$process"
    ends_within 2
}

# bats test_tags=behaviour:43
@test "07: an output that is full, at its size limit or closed never reaches a client" {
    need Linux python3
    local way
    for way in "ulimit -f 1; exec %s >'$DIR/out'" "exec %s >/dev/full" "exec %s >&-" \
        "exec %s <&- >&- 2>&-"; do
        # shellcheck disable=SC2059 # the way is a format
        start server bash -c "$(printf "$way" "'$(program server)' '$DIR/s'")"
        until_served
        "${CLIENTS[@]}" visits-in-groups "$DIR/s" 200
        answers
        send TERM server
        ends_within 2
    done
}

# bats test_tags=behaviour:35
@test "07: without standard input, output and error, the server mixes up no descriptors" {
    for server in $both; do
        rm -f "$DIR/s"
        start server bash -c "exec '$(program "$server")' '$DIR/s' <&- >&- 2>&-"
        until_served
        answers
        leave_by TERM
    done
}

# ---- Hygiene ------------------------------------------------------------------------

# bats test_tags=behaviour:44, scaled
@test "07: valgrind finds no error and no leak in the server and the client" {
    need Linux valgrind python3
    [ -z "${UDS_SANITIZED-}" ] || skip "the sanitizers watch already"
    local size checks="-q --error-exitcode=9 --leak-check=full"
    size=$(scale 1 10)
    head -c $((size * 300000)) /dev/urandom >"$DIR/sent"
    for server in $both; do
        UNDER="valgrind $checks --track-fds=yes --log-file=$DIR/valgrind" start_server "$server"
        "${CLIENTS[@]}" crowd "$DIR/s" $((size * 10))
        run "${CLIENTS[@]}" half-close "$DIR/s"
        expect all
        start rude "${CLIENTS[@]}" stuck "$DIR/s" "$size"
        await rude stuck
        send KILL rude
        finish rude
        # shellcheck disable=SC2086 # a list of options
        valgrind $checks "$client" "$DIR/s" <"$DIR/sent" >"$DIR/back"
        same "$DIR/sent" "$DIR/back"
        leave_by TERM
        # At the end it may have open what it was started with, the lock, the pipe and the
        # descriptor of epoll, but neither a client nor the listener.
        [ "$(grep -c 'AF_UNIX socket' "$DIR/valgrind")" -eq 0 ] ||
            complain "no socket left open" "$(cat "$DIR/valgrind")" "$server"
    done
}
