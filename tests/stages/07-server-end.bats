#!/usr/bin/env bats
# How the complete server leaves, and what it prints. A tag says which behaviour of the list
# in tests/README.md a test proves.

load ../lib/helper
setup_file() {
    build_both
    build_patient
}
setup() { open_stage; }
teardown() { close_stage; }

# shellcheck disable=SC2034 # servers.bash uses it
folder=$ROOT/07-multiclient

# ---- Leaving ------------------------------------------------------------------------

# bats test_tags=behaviour:37
@test "07: TERM, INT and HUP end the server with status 0; its path is gone, its lock file stays" {
    need python3
    for server in $BOTH; do
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
    for server in $BOTH; do
        start_server "$server"
        send STOP server
        send TERM server
        send HUP server
        leave_by CONT
    done
}

# bats test_tags=behaviour:37
@test "07: a signal that was ignored at startup stays ignored" {
    need nohup
    start server bash -c "trap '' INT; exec nohup '$(program server)' '$DIR/s'"
    await server "listen "
    send HUP server
    send INT server
    answers
    leave_by TERM
}

# bats test_tags=behaviour:37
@test "07: every server exits on signals that were blocked when it started" {
    need python3
    local number
    for server in server $DESIGNS; do
        for number in TERM INT HUP; do
            start server python3 -Sc 'import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
os.execv(sys.argv[1], sys.argv[1:])' "$(program "$server")" "$DIR/s"
            await server "listen "
            leave_by "$number"
        done
        rm -f "$DIR/s.lock"
    done
}

# bats test_tags=behaviour:37
@test "07: a blocked signal that came before the start ends every server with status 0" {
    need python3
    for server in server $DESIGNS; do
        start server python3 -Sc 'import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
os.kill(os.getpid(), signal.SIGTERM)
os.execv(sys.argv[1], sys.argv[1:])' "$(program "$server")" "$DIR/s"
        finish server
        [ "$status" -eq 0 ] || complain "exit status 0" "$status: $output" "$server"
        [ ! -e "$DIR/s" ] || complain "no $DIR/s" "it is there" "$server"
    done
}

# build_patient - builds a server that would wait for its clients for ten minutes, and one like
# it that does not know Linux.
build_patient() {
    local system
    for system in linux elsewhere; do
        DIR=$BATS_FILE_TMPDIR variant 07-multiclient/server.c "s/__linux__/__${system}__/
            s/define PATIENCE 2000 /define PATIENCE 600000 /"
        mv "$BATS_FILE_TMPDIR/variant" "$BATS_FILE_TMPDIR/patient-$system"
    done
}

# patient [SYSTEM] - starts the one for that system, linux or elsewhere.
patient() {
    start server "$BATS_FILE_TMPDIR/patient-${1-linux}" "$DIR/s"
    await server "listen "
}

# bats test_tags=behaviour:37
@test "07: while leaving, the server exits as soon as all clients have left" {
    local system
    for system in linux elsewhere; do
        patient "$system"
        answers
        send TERM server
        ends_within 10
        rm "$DIR/s.lock"
    done
}

# bats test_tags=behaviour:38
@test "07: a client whose reply is pending when a signal comes gets all of it, then end of file" {
    need python3
    local system
    for system in linux elsewhere; do
        patient "$system"
        start guest "${CLIENTS[@]}" owed "$DIR/s"
        await guest stuck
        send TERM server
        await server "close "
        press guest
        await guest "all of it"
        finish guest
        ends_within 10
        rm "$DIR/s.lock"
    done
}

# bats test_tags=behaviour:38
@test "07: replies that are due are delivered before the server exits, then end of file" {
    need python3
    for server in $BOTH; do
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
        await guest "and still listened to"
        finish guest
        finish server
        [ "$status" -eq 0 ]
    done
}

# bats test_tags=behaviour:38
@test "07: 200 clients that are waiting in the queue when a signal comes are still answered" {
    need python3
    for server in $BOTH; do
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
@test "07: while a client delays the exit, a second signal ends the server almost at once" {
    need python3
    patient
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

# bats test_tags=behaviour:38
@test "07: a second signal never makes the server wait longer for its clients" {
    need python3
    variant 07-multiclient/server.c -e 's/define HURRY 100 /define HURRY 30000 /'
    start server "$DIR/variant" "$DIR/s"
    await server "listen "
    start rude "${CLIENTS[@]}" stuck "$DIR/s" 1
    await rude stuck
    send TERM server
    await server "close "
    send TERM server
    ends_within 10
    send KILL rude
    finish rude
}

# bats test_tags=behaviour:38
@test "07: two signals for one event do not cost a client its replies" {
    need python3
    # A server whose moment is long enough for the test, and which says when it begins.
    variant 07-multiclient/server.c -e 's/define HURRY 100 /define HURRY 60000 /' \
        -e 's/define PATIENCE 2000 /define PATIENCE 600000 /' \
        -e 's/leave_by = now() + HURRY;/print_call("hurry", 0), &/'
    start server "$DIR/variant" "$DIR/s"
    await server "listen "
    start guest "${CLIENTS[@]}" owed "$DIR/s"
    await guest stuck
    send TERM server
    await server "close "
    asleep server
    send TERM server
    await server "hurry "
    press guest
    await guest "all of it"
    finish guest
    finish server
    [ "$status" -eq 0 ]
}

# bats test_tags=behaviour:39
@test "07: if its path or folder is gone or replaced, the server exits silently with status 0" {
    local way
    for way in path folder file; do
        mkdir -p "$DIR/folder"
        start server "$(program server)" "$DIR/folder/s"
        await server "listen "
        case $way in
        path) rm "$DIR/folder/s" ;;
        folder) rm -r "$DIR/folder" ;;
        file) rm -r "$DIR/folder" && touch "$DIR/folder" ;;
        esac
        send TERM server
        finish server
        [ "$status" -eq 0 ] || complain "exit status 0" "$status: $output" "$way"
        [[ $output != *"server:"* ]] || complain "no message" "$output" "$way"
        rm -rf "$DIR/folder"
    done
}

# bats test_tags=behaviour:40
@test "07: every server leaves its path alone if another file has replaced it" {
    for server in server $DESIGNS; do
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

# bats test_tags=behaviour:40
@test "07: a file that differs only in its device or its number is not the server's path" {
    local field
    for server in server $DESIGNS; do
        variant "07-multiclient/$server.c" \
            's/bound_path = path;/& getenv("DEV") ? bound_file.st_dev++ : bound_file.st_ino++;/'
        for field in st_dev st_ino; do
            if [ "$field" = st_dev ]; then export DEV=yes; else unset DEV; fi
            start server "$DIR/variant" "$DIR/s"
            await server "listen "
            send TERM server
            finish server
            [ "$status" -eq 0 ] || complain "exit status 0" "$status: $output" "$server, $field"
            [ -S "$DIR/s" ] || complain "$DIR/s" "it is gone" "$server, $field"
            rm -f "$DIR/s" "$DIR/s.lock"
        done
    done
}

# bats test_tags=behaviour:40
@test "07: a file that appears at the path while the server waits for its clients stays" {
    need python3
    local system
    for system in linux elsewhere; do
        patient "$system"
        ln "$DIR/s" "$DIR/kept"
        start rude "${CLIENTS[@]}" stuck "$DIR/s" 1
        await rude stuck
        send TERM server
        await server "close "
        # A new file may get the inode number of the old one. This link certainly has it.
        ln "$DIR/kept" "$DIR/s"
        send KILL rude
        finish rude
        finish server
        [ "$status" -eq 0 ]
        [ -S "$DIR/s" ] || complain "$DIR/s" "it is gone" "$system"
        rm "$DIR/s" "$DIR/kept" "$DIR/s.lock"
    done
}

# bats test_tags=behaviour:41
@test "07: server-fork and server-thread exit cleanly on SIGINT while clients arrive" {
    need Linux python3
    for server in server-fork server-thread; do
        run "${RACES[@]}" interrupts "$DIR/s" 5 "$(program "$server")"
        expect "5 of 5 left in order"
    done
}

# bats test_tags=behaviour:41
@test "07: a signal during bind() ends every server with status 0, and the path is gone" {
    need Linux strace
    for server in server $DESIGNS; do
        signalled bind "$server"
    done
}

# ---- Output -------------------------------------------------------------------------

# bats test_tags=behaviour:42
@test "07: a FIFO that is never read does not keep the server from serving or exiting" {
    need python3
    mkfifo "$DIR/full"
    start server bash -c "exec 9<>'$DIR/full'; exec '$(program server)' '$DIR/s' >&9"
    until_served
    "${CLIENTS[@]}" visits-in-groups "$DIR/s" 160
    answers
    send TERM server
    ends_within 2
}

# bats test_tags=behaviour:42
@test "07: a terminal that is never read does not keep the server from serving or exiting" {
    need Linux python3
    local way
    for way in cooked raw stopped; do
        start server "${STARTERS[@]}" unread-terminal "$way" "$(program server)" "$DIR/s"
        await server started
        # shellcheck disable=SC2154 # await sets it
        local process=${line#started }
        until_served
        "${CLIENTS[@]}" visits-in-groups "$DIR/s" 160
        answers
        kill -TERM "$process"
        ends_within 2
    done
}

# bats test_tags=behaviour:42
@test "07: the server serves, and prints to a terminal that it has no permission to open" {
    need Linux python3 root setpriv
    chmod 777 "$DIR"
    start server "${STARTERS[@]}" strange-terminal "${AS_NOBODY[@]}" "$(program server)" "$DIR/s"
    await server started
    # shellcheck disable=SC2154 # await sets it
    local process=${line#started }
    answers
    kill -TERM "$process"
    ends_within 2
}

# bats test_tags=behaviour:43
@test "07: what the server prints never reaches a client, even if its output is full or closed" {
    need Linux python3
    local way
    for way in "ulimit -f 1; exec %s >'$DIR/out'" "exec %s >/dev/full" "exec %s >&-" \
        "exec %s <&- >&- 2>&-"; do
        # shellcheck disable=SC2059 # the way is a format
        start server bash -c "$(printf "$way" "'$(program server)' '$DIR/s'")"
        until_served
        "${CLIENTS[@]}" visits-in-groups "$DIR/s" 60
        answers
        send TERM server
        ends_within 2
    done
}

# bats test_tags=behaviour:35
@test "07: without standard input, output and error, the server does not mix up descriptors" {
    start server bash -c "exec '$(program server)' '$DIR/s' <&- >&- 2>&-"
    until_served
    answers
    leave_by TERM
}
