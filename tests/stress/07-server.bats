#!/usr/bin/env bats
# What takes minutes: the tests of stages/07-server-*.bats with larger numbers.

load ../lib/helper
setup_file() { build_server_list "$BATS_FILE_TMPDIR"; }
setup() { open_stage; }
teardown() { close_stage; }

folder=$ROOT/07-multiclient
client=$folder/client
both="server server-list"

# bats test_tags=behaviour:2
@test "torture: 100 of 100 starts take over a path left by kill -9" {
    for n in $(seq 50); do
        for server in $both; do
            start_server "$server"
            [ $((n % 10)) -ne 0 ] || [ "$("$client" "$DIR/s" <<<hello)" = hello ]
            send KILL server
            finish server
        done
    done
}

# bats test_tags=behaviour:4
@test "torture: of 200 servers started at once on a stale path, one owns it, in 20 of 20 rounds" {
    need Linux python3 # SO_PEERCRED
    for n in $(seq 20); do
        start_server server
        send KILL server
        finish server
        run "${RACES[@]}" race "$DIR/s" 200 "$(program server)" "$(program server-list)"
        [ "$output" = "1 owner, and it answers" ] ||
            complain "1 owner, and it answers" "$output" "round $n"
    done
}

# bats test_tags=behaviour:5
@test "torture: 30 loops of start, TERM and KILL never leave two servers, or one without its path" {
    need python3
    run "${RACES[@]}" loops "$DIR/s" 30 10 "$(program server)" "$(program server-list)"
    contains "never two, never one without its path"
}

# bats test_tags=behaviour:15
@test "torture: another user who keeps trying never gets in during 3,000 starts" {
    need root python3
    chmod 755 "$DIR"
    start intruder "${CLIENTS[@]}" hammer "$DIR/s"
    await intruder hammering
    run "${RACES[@]}" starts "$DIR/s" 3000 "$(program server)" "$(program server-list)"
    expect "3000 starts"
    press intruder
    finish intruder
    [[ $output == *"tries, 0 got in" ]]
    echo "# intruder: ${output##*$'\n'}" >&3
}

# bats test_tags=behaviour:41
@test "torture: server-fork and server-thread exit cleanly on SIGINT, 100 of 100 times" {
    need Linux python3
    for server in server-fork server-thread; do
        run "${RACES[@]}" interrupts "$DIR/s" 100 "$folder/$server"
        expect "100 of 100 left in order"
    done
}

# bats test_tags=behaviour:19
@test "torture: 10,000 connections one after another leave no descriptor behind" {
    need Linux python3
    for server in $both; do
        start_quiet "$server"
        before=$(descriptors)
        "${CLIENTS[@]}" visits "$DIR/s" 10000
        "$client" "$DIR/s" </dev/null
        [ "$(descriptors)" -eq "$before" ]
        leave_by TERM
    done
}

# bats test_tags=behaviour:26
@test "torture: 500 clients that never read cost 500 buffers at most" {
    need Linux python3
    for server in $both; do
        start_quiet "$server"
        before=$(memory)
        start rude "${CLIENTS[@]}" stuck "$DIR/s" 500
        await rude stuck
        grown=$(($(memory) - before))
        at_most $((500 * 68 + 64)) "$grown" "the KiB of 500 clients of $server"
        send KILL rude
        leave_by TERM
    done
}

# bats test_tags=behaviour:28
@test "torture: beside four clients at full speed, 99 of 100 answers come within 50 ms" {
    need python3
    for server in $both; do
        start_server "$server"
        start_busy fast1 fast2 fast3 fast4
        run -0 "${CLIENTS[@]}" questions "$DIR/s" 1000
        echo "# $server: p99 ${lines[1]} ms" >&3
        [ "${lines[1]%.*}" -lt 50 ]
        send KILL server
        for n in 1 2 3 4; do finish "fast$n"; done
        finish server
        rm -f "$DIR/s"
    done
}

# bats test_tags=behaviour:30
@test "torture: with 10,000 clients connected and 1,000 active, every byte is right" {
    need python3
    need_descriptors 10100
    for server in $both; do
        start_quiet "$server"
        run "${CLIENTS[@]}" mostly-idle "$DIR/s" 10000
        expect "every byte right"
        leave_by TERM
    done
}

# bats test_tags=behaviour:44
@test "torture: valgrind finds no error and no leak in the server and the client" {
    need Linux valgrind python3
    [ -z "${UDS_SANITIZED-}" ] || skip "the sanitizers watch already"
    local checks="-q --error-exitcode=9 --leak-check=full"
    head -c 3000000 /dev/urandom >"$DIR/sent"
    for server in $both; do
        UNDER="valgrind $checks --track-fds=yes --log-file=$DIR/valgrind" start_server "$server"
        "${CLIENTS[@]}" crowd "$DIR/s" 100
        run "${CLIENTS[@]}" half-close "$DIR/s"
        expect all
        start rude "${CLIENTS[@]}" stuck "$DIR/s" 10
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

# bats test_tags=behaviour:44
@test "torture: valgrind finds no error and no leak in the data tests" {
    need Linux valgrind python3
    # Not 26 and 28, which measure memory and time: valgrind needs much of both.
    local behaviour filters=() checks="-q --error-exitcode=9 --leak-check=full --track-fds=yes"
    for behaviour in 23 25 27 29 30; do filters+=(--filter-tags "behaviour:$behaviour"); done
    UNDER="valgrind $checks --log-file=$DIR/valgrind.%p" \
        run "$ROOT/tests/run-bats" "${filters[@]}" "$ROOT/tests/stages/07-server-clients.bats"
    [ "$status" -eq 0 ] || complain "status 0" "$output" valgrind
    [[ $output == *"ok 5 "* ]]
    [ "$(cat "$DIR"/valgrind.* | grep -c 'AF_UNIX socket')" -eq 0 ] ||
        complain "no socket left open" "$(cat "$DIR"/valgrind.*)" valgrind
}
