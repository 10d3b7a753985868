#!/usr/bin/env bats
# What the complete server must do. The numbers in brackets are those of the list in
# tests/README.md. Points that need a call to fail are in faults.bats, those that
# take long in tests/stress.
#
# Most tests play the server twice: as it is on Linux, and with everybody in the list
# of poll(), as it is elsewhere.

load ../lib/helper
setup_file() {
    if [ -n "${UDS_SERVER_LIST-}" ]; then # for another processor
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

# answers - the path leads to a server that echoes.
answers() {
    run "$client" "$DIR/s" <<<"anybody there?"
    expect "anybody there?"
}

# ends_within SECONDS - the server has exited by then, with status 0, and its path is gone.
ends_within() {
    local since=$SECONDS
    finish server
    [ "$status" -eq 0 ] || complain "exit status 0" "$status: $output" server
    [ $((SECONDS - since)) -le "$1" ] || complain "$1 s at most" "$((SECONDS - since)) s" server
    [ ! -e "$DIR/s" ]
}

# ---- The path -----------------------------------------------------------------

@test "07 (1): a fresh path serves a client" {
    for server in $both; do
        start_server "$server"
        answers
        leave_by TERM
    done
}

@test "07 (2): after kill -9 the next start takes the path over and serves" {
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

@test "07 (3): a second server is refused and says by whom; the first one keeps path and clients" {
    for server in $both; do
        start_server "$server"
        inode=$(ls -i "$DIR/s")
        for second in $both; do
            refuses 1 "server: $DIR/s: in use by process $(pid server)" "$(program "$second")" "$DIR/s"
        done
        [ "$(ls -i "$DIR/s")" = "$inode" ]
        answers
        leave_by TERM
    done
}

@test "07 (4): many starts at the same instant on a stale path: one owner, and the path leads to it" {
    for _ in 1 2 3; do
        start_server server
        send KILL server
        finish server
        run "${RACES[@]}" race "$DIR/s" 40 "$(program server)" "$(program server-list)"
        expect "1 owner, and it answers"
    done
}

@test "07 (5): starts, TERMs and KILLs in ten loops on one path: never two alive, never one without its path" {
    run "${RACES[@]}" loops "$DIR/s" 10 1 "$(program server)" "$(program server-list)"
    [[ $output == *"never two, never one without its path" ]] || complain "no violation" "$output" loops
}

@test "07 (6): a file, a folder, a link to either, a dangling link: refused, left as they are, no lock file beside them" {
    local name server
    echo precious >"$DIR/file"
    mkdir "$DIR/folder"
    ln -s file "$DIR/filelink"
    ln -s folder "$DIR/folderlink"
    ln -s nowhere "$DIR/dangling"
    for server in $both; do
        for name in file folder filelink folderlink dangling; do
            refuses 1 "server: $DIR/$name: what is there is not a socket" "$(program "$server")" "$DIR/$name"
        done
    done
    [ "$(cat "$DIR/file")" = precious ]
    [ "$(readlink "$DIR/dangling")" = nowhere ]
}

@test "07 (6): a path that ends in a slash, or is a dot or two, is refused before anything is created" {
    local path
    mkdir "$DIR/folder"
    cd "$DIR/folder"
    for path in . .. ./ "$DIR/folder/" "$DIR/folder/." "$DIR/new/" "$DIR/new/." /; do
        refuses 1 "server: " "$(program server)" "$path"
    done
    [ ! -e /.lock ]
}

@test "07 (7): a live stranger's socket, which knows no lock, is refused and goes on" {
    for server in $both; do
        start stranger "$ROOT/03-listen/server" "$DIR/s"
        await stranger "press Enter"
        start second "$(program "$server")" "$DIR/s"
        finish second
        [ "$status" -eq 1 ]
        [[ $output == *"server: $DIR/s: another server answers there"* ]]
        run "$ROOT/05-connect/client" "$DIR/s" </dev/null
        [ "$status" -eq 0 ]
        press stranger
        finish stranger
        [ "$status" -eq 0 ]
    done
}

@test "07 (7): a stranger whose backlog is full is alive too" {
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

@test "07 (7): a socket of another kind is refused, and the message names the call that failed" {
    need Linux python3
    start stranger "${IMPOSTORS[@]}" datagram "$DIR/s"
    await stranger bound
    touch "$DIR/s.lock"
    refuses 1 "server: connect: $DIR/s: Protocol wrong type for socket" "$(program server)" "$DIR/s"
}

@test "07 (9): a lock planted as a link is refused, and its target is not made" {
    ln -s "$DIR/target" "$DIR/s.lock"
    for server in $both; do
        refuses 1 "server: open: $DIR/s.lock: " "$(program "$server")" "$DIR/s"
    done
    [ ! -e "$DIR/target" ]
}

@test "07 (10): an empty path is usage; the longest fits, a byte more names the limit and makes nothing" {
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

@test "07 (10): relative paths and spaces work" {
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

@test "07 (10): an option behind the path is wrong usage, in the server, the client and bench alike" {
    refuses 2 "usage: " "$(program server)" "$DIR/s" -q
    refuses 2 "usage: " "$client" "$DIR/s" -v
    refuses 2 "usage: " "$folder/bench" "$DIR/s" -j
}

@test "07 (11): started with whatever umask, stopped, and started again by the same user: works" {
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

@test "07 (12): another user's lock file: the message says whose it is, and what to do" {
    need root setpriv
    touch "$DIR/s.lock"
    chmod 600 "$DIR/s.lock"
    chmod 777 "$DIR"
    refuses 1 "server: open: $DIR/s.lock: Permission denied" "${AS_NOBODY[@]}" "$(program server)" "$DIR/s"
    [[ $output == *"server: it is the file of user 0, who can remove it if no server runs; or choose a path in a folder of your own" ]]
}

@test "07 (13): in a 32-bit build, too, inode numbers have 64 bits" {
    local source multiarch
    need Linux gcc
    # The headers are enough: nothing is linked, and nothing is run.
    mkdir "$DIR/gnu"
    touch "$DIR/gnu/stubs-32.h"
    multiarch=/usr/include/$(gcc -print-multiarch)
    for source in "$ROOT"/0[2-7]-*/server*.c; do
        cp "$source" "$DIR/wide.c"
        echo '_Static_assert(sizeof(long) == 4 && sizeof((struct stat *)0)->st_ino == 8, "st_ino");' >>"$DIR/wide.c"
        gcc -m32 -isystem "$multiarch" -isystem "$DIR" -fsyntax-only "$DIR/wide.c" || complain "64 bits" "fewer" "$source"
    done
}

# ---- Permissions ----------------------------------------------------------------

@test "07 (14): the path is 0600 whatever the umask, and the process has its umask back" {
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

@test "07 (14): MODE says who may connect: with 0666 everybody may" {
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

@test "07 (15): while the path is made, another user never gets in" {
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

@test "07 (16): no chmod of the path, and every descriptor is close-on-exec" {
    need Linux strace
    for server in $both; do
        start server strace -D -f -o "$DIR/trace" -e trace=chmod,fchmod,fchmodat "$(program "$server")" "$DIR/s"
        await server "listen "
        run cat "$DIR/trace"
        expect ""
        send TERM server
        finish server
        # Without what this test's own starters have left open.
        start server bash -c "for n in {3..255}; do eval \"exec \$n>&-\"; done; exec '$(program "$server")' '$DIR/s'"
        await server "listen "
        start guest "$client" "$DIR/s"
        await server "accept "
        [ "$(descriptors)" -ge 8 ] # 0 to 2, the pipe, the lock, the listener, the client
        for number in "/proc/$(pid server)"/fd/*; do
            [ "${number##*/}" -gt 2 ] || continue
            flags=$(awk '/^flags/ { print $2 }' "/proc/$(pid server)/fdinfo/${number##*/}")
            [ $((0$flags & 02000000)) -ne 0 ] || complain "close-on-exec" "$flags" "$number -> $(readlink "$number")"
        done
        eof guest
        finish guest
        leave_by TERM
    done
}

# ---- New clients ----------------------------------------------------------------

@test "07 (17): out of descriptors it lives, rests, serves whom it has, and takes the waiting when others leave" {
    need Linux python3
    for server in $both; do
        start server bash -c "ulimit -n 32; exec '$(program "$server")' '$DIR/s'"
        await server "listen "
        start crowd "${CLIENTS[@]}" more-than-fit "$DIR/s" 100
        await crowd "first served"
        before=$(awk '{ print $14 + $15 }' "/proc/$(pid server)/stat")
        sleep 0.5
        after=$(awk '{ print $14 + $15 }' "/proc/$(pid server)/stat")
        [ $((after - before)) -le 3 ] || complain "at most 3 ticks (30 ms) of CPU in half a second" "$((after - before))" "$server"
        press crowd
        await crowd "all served"
        leave_by TERM
    done
}

@test "07 (19): 1,000 connections one after another leave no descriptor behind" {
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

@test "07 (21): 50 clients that connect at once and do not wait: 50 of 50 get in, in each server of this stage" {
    need Linux python3
    for server in $both $DESIGNS; do
        start_server "$server"
        send STOP server # so that all of them are in the backlog together
        start crowd "${CLIENTS[@]}" at-once "$DIR/s" 50
        await crowd "50 of 50 connected"
        send CONT server
        await crowd "50 of 50 served"
        finish crowd
        leave_by TERM
        rm -f "$DIR/s.lock"
    done
}

@test "07 (22): the limit of descriptors is lowered below what it has: no client is cut off" {
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

@test "07 (22): the limit of descriptors is raised beyond its tables: a client without an entry is hung up on" {
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

@test "07 (23): sizes around the buffers and every byte value come back the same" {
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

@test "07 (23, 32): 100 MiB from a file, from a pipe, and to a slow reader come back the same" {
    need python3
    head -c 104857600 /dev/urandom >"$DIR/sent"
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

@test "07 (25): half close: send, shut down, then read everything, then the end" {
    need python3
    for server in $both; do
        start_server "$server"
        run "${CLIENTS[@]}" half-close "$DIR/s"
        expect all
        leave_by TERM
    done
}

@test "07 (26): a client that never reads costs one buffer at most; 100 of them, 100; the others are answered" {
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
            [ "$grown" -le $((count * 68 + 64)) ] || complain "$((count * 68 + 64)) KiB at most" "$grown" "$server, $count clients"
            answers
            send KILL rude
            finish rude
            answers
        done
        leave_by TERM
    done
}

@test "07 (27): clients killed with data both ways, or that close without reading: it lives, descriptors freed" {
    need Linux python3
    for server in $both; do
        start_server "$server"
        answers
        before=$(descriptors)
        "${CLIENTS[@]}" abandon "$DIR/s" 50
        bash -c "head -c 100M /dev/zero | '$client' '$DIR/s'" 2>/dev/null | head -c 1000000 >/dev/null || true
        answers
        until [ "$(descriptors)" -eq "$before" ]; do answers; done
        leave_by TERM
    done
}

@test "07 (28): four clients at full speed do not starve one that asks now and then" {
    need python3
    for server in $both; do
        start_server "$server"
        for n in 1 2 3 4; do
            start "fast$n" bash -c "yes | '$client' '$DIR/s' | (read -r line; echo \"\$line\"; cat >/dev/null)"
            await "fast$n" y
        done
        run -0 "${CLIENTS[@]}" questions "$DIR/s" 200
        [ "${lines[0]}" = "200 answers" ]
        send KILL server
        for n in 1 2 3 4; do finish "fast$n"; done
        finish server
    done
}

@test "07 (29): a client that is stopped midway and goes on is complete; the others do not notice" {
    head -c 20000000 /dev/urandom >"$DIR/sent"
    mkfifo "$DIR/go"
    for server in $both; do
        start_server "$server"
        start slow bash -c "'$client' '$DIR/s' <'$DIR/sent' | (head -c 1000000; echo half >&2; read -r _ <'$DIR/go'; cat) >'$DIR/back'; echo done"
        await slow half
        answers
        echo >"$DIR/go"
        await slow "done"
        same "$DIR/sent" "$DIR/back"
        leave_by TERM
    done
}

@test "07 (30): 1,000 clients at once, each gets its own bytes" {
    need python3
    for server in $both; do
        start_quiet "$server"
        run "${CLIENTS[@]}" crowd "$DIR/s" 1000
        expect "1000 served"
        leave_by TERM
    done
}

@test "07 (30): 1,000 clients fall quiet and speak again, in random order, 10,000 times: every byte right, nobody starves" {
    need Linux python3
    local before
    for server in $both; do
        start_quiet "$server"
        answers
        before=$(descriptors)
        run "${CLIENTS[@]}" in-turn "$DIR/s" 1000 10000
        expect "every byte right"
        until [ "$(descriptors)" -eq "$before" ]; do answers; done
        leave_by TERM
    done
}

@test "07 (30): a client that is busy, then quiet, then busy for good: every byte is right" {
    need Linux python3
    for server in $both; do
        start_server "$server"
        run "${CLIENTS[@]}" busy-then-quiet "$DIR/s"
        expect "every byte right"
        leave_by TERM
    done
}

# What the comment on answer() allows: "d9" drops client 9, "t9" sends to it.
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

# ---- Leaving ------------------------------------------------------------------------

@test "07 (37): TERM, INT, HUP: status 0, the path gone, the lock file left (started in the background)" {
    need python3
    for server in $both; do
        for signal in TERM INT HUP; do
            # A shell's background job ignores SIGINT, and so would the server.
            start server "${STARTERS[@]}" hears-sigint "$(program "$server")" "$DIR/s"
            await server "listen "
            answers
            leave_by "$signal"
            [ -f "$DIR/s.lock" ]
        done
    done
}

@test "07 (37): two signals before it looks: status 0, the path gone" {
    for server in $both; do
        start_server "$server"
        send STOP server
        send TERM server
        send HUP server
        leave_by CONT
    done
}

@test "07 (37): a signal that was ignored when it was started stays ignored: nohup, and a background job" {
    need nohup
    start server bash -c "trap '' INT; exec nohup '$(program server)' '$DIR/s'"
    await server "listen "
    send HUP server
    send INT server
    answers
    leave_by TERM
}

@test "07 (38): replies still due are delivered, then a clean end" {
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
        asleep server # it half-closed, and waits for the guest to do the same
        press guest
        finish guest
        finish server
        [ "$status" -eq 0 ]
    done
}

@test "07 (38): 200 clients in the queue at the end are still answered" {
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

@test "07 (38): a client that never reads delays the end by two seconds at most" {
    need python3
    start_server
    start rude "${CLIENTS[@]}" stuck "$DIR/s" 1
    await rude stuck
    send TERM server
    ends_within 3
    send KILL rude
    finish rude
}

@test "07 (38): while a client that never reads delays the end, a second signal ends it at once" {
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

@test "07 (39): the path deleted, or its folder, or its folder replaced by a file: status 0, and no message" {
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

@test "07 (40): each server leaves the path alone at its end if it is another file by now" {
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

@test "07 (41): fork and threads: SIGINT to all their processes while clients arrive: status 0, no message, path gone" {
    need Linux python3
    for server in server-fork server-thread; do
        run "${RACES[@]}" interrupts "$DIR/s" 10 "$(program "$server")"
        expect "10 of 10 left in order"
    done
}

@test "07 (41): a signal in the middle of bind(): status 0, and the path is removed, in each server of this stage" {
    need Linux strace
    for server in $both $DESIGNS; do
        # strace sends the signal. ASan's leak checker does not work under it.
        run alone env ASAN_OPTIONS=detect_leaks=0 strace -qq -o /dev/null -e trace=bind -e inject=bind:signal=TERM:when=1 \
            "$(program "$server")" "$DIR/s"
        [ "$status" -eq 0 ] || complain "exit status 0" "$status: $output" "$server"
        [ ! -e "$DIR/s" ] || complain "no $DIR/s" "it is there" "$server"
    done
}

# ---- Output -------------------------------------------------------------------------

@test "07 (42): nobody reads its output, a pipe or a FIFO: it goes on serving, and TERM ends it" {
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

@test "07 (42): nobody reads its terminal, cooked, raw or stopped: it goes on serving, and TERM ends it" {
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

@test "07 (42): its terminal is another user's, who lets nobody open it: it prints there and serves" {
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

@test "07 (43): its output reaches a file size limit, a full disk, or is closed: it goes on serving, and clients get no message" {
    need Linux python3
    local way
    for way in "ulimit -f 1; exec %s >'$DIR/out'" "exec %s >/dev/full" "exec %s >&-" "exec %s <&- >&- 2>&-"; do
        # shellcheck disable=SC2059 # the way is a format
        start server bash -c "$(printf "$way" "'$(program server)' '$DIR/s'")"
        until_served
        "${CLIENTS[@]}" visits-in-groups "$DIR/s" 200
        answers
        send TERM server
        ends_within 2
    done
}

@test "07 (35): started without standard input, output and error, it mixes up no descriptors" {
    for server in $both; do
        rm -f "$DIR/s"
        start server bash -c "exec '$(program "$server")' '$DIR/s' <&- >&- 2>&-"
        until_served
        answers
        leave_by TERM
    done
}

# ---- Hygiene ------------------------------------------------------------------------

@test "07 (44): the server and the client under valgrind: no error, no leak, no byte lost" {
    need Linux valgrind python3
    [ -z "${UDS_SANITIZED-}" ] || skip "the sanitizers watch already"
    head -c 3000000 /dev/urandom >"$DIR/sent"
    for server in $both; do
        UNDER="valgrind -q --error-exitcode=9 --leak-check=full --track-fds=yes --log-file=$DIR/valgrind" \
            start_server "$server"
        "${CLIENTS[@]}" crowd "$DIR/s" 100
        "$client" "$DIR/s" <"$DIR/sent" >"$DIR/back"
        same "$DIR/sent" "$DIR/back"
        run "${CLIENTS[@]}" half-close "$DIR/s"
        expect all
        start rude "${CLIENTS[@]}" stuck "$DIR/s" 10
        await rude stuck
        send KILL rude
        finish rude
        valgrind -q --error-exitcode=9 --leak-check=full "$client" "$DIR/s" <"$DIR/sent" >"$DIR/back"
        same "$DIR/sent" "$DIR/back"
        leave_by TERM
        # What may be open at the end: what it was started with, the lock, the
        # pipe, epoll's; no client and no listener.
        [ "$(grep -c 'AF_UNIX socket' "$DIR/valgrind")" -eq 0 ] || complain "no socket left open" "$(cat "$DIR/valgrind")" "$server"
    done
}
