#!/usr/bin/env bats
# How the complete server accepts and answers its clients. A tag says which behaviour of the
# list in tests/README.md a test proves. What takes minutes is in tests/stress/.

load ../lib/helper
setup_file() { build_both; }
setup() { open_stage; }
teardown() { close_stage; }

folder=$ROOT/07-multiclient
client=$folder/client

# ---- New clients ----------------------------------------------------------------

# ticks - prints the CPU time that the server has used, in ticks of 10 ms.
ticks() {
    awk '{ print $14 + $15 }' "/proc/$(pid server)/stat"
}

# bats test_tags=behaviour:17
@test "07: out of descriptors, the server serves its clients without spinning, then those waiting" {
    need Linux python3
    for server in $BOTH; do
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
    for server in $BOTH; do
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
@test "07: every server lets in 50 clients that make a non-blocking connect() at the same time" {
    need Linux python3
    for server in $BOTH $DESIGNS; do
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
@test "07: if the descriptor limit is raised beyond the tables, clients beyond it are dropped" {
    need Linux python3 prlimit
    variant 07-multiclient/server.c 's/define TABLE_SIZE 1048576/define TABLE_SIZE 16/'
    start server "$DIR/variant" "$DIR/s"
    await server "listen "
    prlimit --pid "$(pid server)" --nofile=64:64
    run -0 "${CLIENTS[@]}" count-served "$DIR/s" 30
    [ "$output" -gt 0 ] && [ "$output" -lt 16 ] || complain "1 to 15 served" "$output" server
    answers
    leave_by TERM
    [[ $output == *"descriptor 15"* && $output != *"descriptor 16"* ]] ||
        complain "15 as the highest descriptor" "$output" server
}

# bats test_tags=behaviour:17
@test "07: a descriptor limit beyond the tables is lowered to their size" {
    need Linux
    variant 07-multiclient/server.c 's/define TABLE_SIZE 1048576/define TABLE_SIZE 16/'
    # shellcheck disable=SC2016 # that shell expands it
    start server sh -c 'ulimit -Sn 64 && exec "$0" "$1"' "$DIR/variant" "$DIR/s"
    await server "listen "
    run awk '/^Max open files/ { print $4 }' "/proc/$(pid server)/limits"
    expect 16
    answers
    leave_by TERM
}

# ---- Data -------------------------------------------------------------------------

# bats test_tags=behaviour:23
@test "07: data around the buffers' sizes comes back unchanged, with poll() and with epoll" {
    for server in $BOTH; do
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
@test "07: many MiB come back unchanged from a file, through a pipe and with a slow reader" {
    need python3
    local size
    size=$(scale 16 100)
    head -c $((size * 1048576)) /dev/urandom >"$DIR/sent"
    for server in $BOTH; do
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
@test "07: after a half close, the client gets everything, and then end of file" {
    need python3
    for server in $BOTH; do
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
    for server in $BOTH; do
        start_server "$server"
        answers
        before=$(memory)
        for count in 1 40 40; do # those that have left count no more
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

# bats test_tags=behaviour:26
@test "07: a client that reads slowly costs one buffer at most, however often it is behind" {
    need Linux python3
    [ -z "${UDS_SANITIZED-}" ] || skip "sanitizers keep freed memory"
    for server in $BOTH; do
        start_server "$server"
        answers
        before=$(memory)
        head -c 16M /dev/zero | "$client" "$DIR/s" | "${CLIENTS[@]}" slow-copy >"$DIR/back"
        [ "$(wc -c <"$DIR/back")" -eq 16777216 ]
        at_most $((68 + 64)) $(($(memory) - before)) "the KiB of a client of $server"
        leave_by TERM
    done
}

# bats test_tags=behaviour:27
@test "07: clients that are killed or close without reading leave no descriptor behind" {
    need Linux python3
    for server in $BOTH; do
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

# bats test_tags=behaviour:27
@test "07: a client gets nothing of the replies that a client before it left behind" {
    need python3
    for server in $BOTH; do
        start_server "$server"
        start rude "${CLIENTS[@]}" stuck "$DIR/s" 1
        await rude stuck
        send KILL rude
        finish rude
        await server "close "
        # It has the same number in the server, and replies that are pending as well.
        run "${CLIENTS[@]}" half-close "$DIR/s"
        expect all
        leave_by TERM
    done
}

# bats test_tags=behaviour:28, scaled
@test "07: four clients at full speed do not starve one that sends occasionally" {
    need python3
    local count
    count=$(scale 20 200)
    for server in $BOTH; do
        start_server "$server"
        start_busy fast1 fast2 fast3 fast4
        run -0 "${CLIENTS[@]}" questions "$DIR/s" "$count"
        [ "${lines[0]}" = "$count answers" ]
        send KILL server
        for n in 1 2 3 4; do finish "fast$n"; done
        finish server
    done
}

# bats test_tags=behaviour:28
@test "07: of 200 clients that arrive at once, not all are accepted before another is served" {
    need Linux python3
    local line accepted
    for server in $BOTH; do
        start_server "$server"
        start friend "$client" -v "$DIR/s"
        type_in friend hello
        await friend hello
        send STOP server
        becomes T server
        start guests "${CLIENTS[@]}" queue "$DIR/s" 200
        await guests queued
        eof friend
        await friend "shutdown "
        send CONT server
        accepted=0
        while next_line server && [[ $line != "close "* ]]; do
            [[ $line != "accept "* ]] || accepted=$((accepted + 1))
        done
        at_most 100 "$accepted" "the clients accepted before the first close() of $server"
        await guests "all answered"
        finish guests
        finish friend
        leave_by TERM
    done
}

# bats test_tags=behaviour:29
@test "07: a client that is stopped midway and continued gets everything" {
    head -c 20000000 /dev/urandom >"$DIR/sent"
    mkfifo "$DIR/go"
    for server in $BOTH; do
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
    for server in $BOTH; do
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
    turns=$(scale 600 10000)
    for server in $BOTH; do
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
    for server in $BOTH; do
        start_server "$server"
        run "${CLIENTS[@]}" busy-then-quiet "$DIR/s"
        expect "every byte right"
        leave_by TERM
    done
}

# A protocol as the comment on answer() allows it: "d9" drops client 9, "d9,8" drops client 8
# as well, and "t9" sends to client 9.
OTHERS='s/return send_reply(descriptor, data, size);/'\
'char *end; int other = (int)strtol(data + 1, \&end, 10); '\
'if (data[0] == 100 \&\& *end == 44) drop_client(atoi(end + 1)); '\
'if (data[0] == 100) drop_client(other); '\
'else if (data[0] != 116) return send_reply(descriptor, data, size); '\
'else if (!send_reply(other, data, size)) drop_client(other); '\
'return true;/'

# own_protocol SYSTEM SED - starts the complete server with that change of its protocol; it waits
# with epoll, or, if SYSTEM is "elsewhere", with poll().
own_protocol() {
    rm -f "$DIR/s.lock"
    variant 07-multiclient/server.c -e "$2" -e "s/__linux__/__${1}__/"
    start server "$DIR/variant" "$DIR/s"
    await server "listen "
}

@test "07: a protocol of one's own may drop another client, or send to it" {
    need Linux python3
    local system
    for system in linux elsewhere; do
        own_protocol "$system" "$OTHERS"
        start crowd "${CLIENTS[@]}" drop-each-other "$DIR/s" "$(pid server)"
        await crowd "left 10 t"
        await crowd "and 12 of 12"
        finish crowd
        [ "$status" -eq 0 ]
        leave_by TERM
        # Each client is dropped once, and the listener is closed.
        [ "$(grep -c "^close" <<<"$output")" -eq $(($(grep -c "^accept" <<<"$output") + 1)) ] ||
            complain "as many clients closed as accepted" "$output" "$system"
    done
}

@test "07: a protocol of one's own may fork(), and a child's copies do not make the server spin" {
    need Linux pgrep
    local system
    for system in linux elsewhere; do
        own_protocol "$system" 's/return send_reply(d/if (fork() == 0) pause(); &/'
        start guest "$client" "$DIR/s"
        type_in guest hello
        await guest hello
        send KILL guest # the child's copy would keep the connection open for it
        finish guest
        await server "close "
        asleep server
        kill -KILL "$(pgrep -P "$(pid server)")"
        leave_by TERM
    done
}

# Another one: "t9" sends to client 9, and what is longer than a byte comes back eight times.
LATER='s/return send_reply(descriptor, data, size);/'\
'if (data[0] == 116) return send_reply(atoi(data + 1), data, size); '\
'for (int i = 1; i < 8 \&\& size > 1; i++) send_reply(descriptor, data, size); &/'

@test "07: what a protocol of one's own sends to a client comes after what is pending for it" {
    need Linux python3
    local system
    for system in linux elsewhere; do
        own_protocol "$system" "$LATER"
        start pair "${CLIENTS[@]}" not-overtaken "$DIR/s" "$(pid server)"
        await pair "all in order"
        finish pair
        leave_by TERM
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
