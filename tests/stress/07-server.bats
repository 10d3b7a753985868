#!/usr/bin/env bats
# What takes long: the points of 07-behaviours.bats in their full numbers.

load ../lib/helper
setup_file() { build_server_list "$BATS_FILE_TMPDIR"; }
setup() { open_stage; }
teardown() { close_stage; }

folder=$ROOT/07-multiclient
client=$folder/client
both="server server-list"

@test "torture (2): kill -9 and restart, 100 of 100" {
    for n in $(seq 50); do
        for server in $both; do
            start_server "$server"
            [ $((n % 10)) -ne 0 ] || [ "$("$client" "$DIR/s" <<<hello)" = hello ]
            send KILL server
            finish server
        done
    done
}

@test "torture (4): 200 servers of both kinds at once on a stale path, 20 rounds: one owner each" {
    for n in $(seq 20); do
        start_server server
        send KILL server
        finish server
        run "${RACES[@]}" race "$DIR/s" 200 "$(program server)" "$(program server-list)"
        [ "$output" = "1 owner, and it answers" ] || complain "1 owner, and it answers" "$output" "round $n"
    done
}

@test "torture (5): 30 loops of start, TERM or KILL for 10 s: never two alive, never one without its path" {
    run "${RACES[@]}" loops "$DIR/s" 30 10 "$(program server)" "$(program server-list)"
    [[ $output == *"never two, never one without its path" ]] || complain "no violation" "$output" loops
}

@test "torture (15): 3,000 starts while another user hammers: nobody gets in" {
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

@test "torture (41): fork and threads: SIGINT to all their processes while 60 clients arrive, 100 times" {
    for server in server-fork server-thread; do
        run "${RACES[@]}" interrupts "$DIR/s" 100 "$folder/$server"
        expect "100 of 100 left in order"
    done
}

@test "torture (19): 10,000 connections one after another leave no descriptor behind" {
    for server in $both; do
        start_quiet "$server"
        before=$(descriptors)
        "${CLIENTS[@]}" visits "$DIR/s" 10000
        "$client" "$DIR/s" </dev/null
        [ "$(descriptors)" -eq "$before" ]
        leave_by TERM
    done
}

@test "torture (26): 500 clients that never read cost 500 buffers at most" {
    for server in $both; do
        start_quiet "$server"
        before=$(memory)
        start rude "${CLIENTS[@]}" stuck "$DIR/s" 500
        await rude stuck
        grown=$(($(memory) - before))
        [ "$grown" -le $((500 * 68 + 64)) ] || complain "$((500 * 68 + 64)) KiB at most" "$grown KiB" "$server"
        send KILL rude
        leave_by TERM
    done
}

@test "torture (28): beside four clients at full speed, 99 of 100 answers come within 50 ms" {
    for server in $both; do
        start_server "$server"
        for n in 1 2 3 4; do
            start "fast$n" bash -c "yes | '$client' '$DIR/s' | (read -r line; echo \"\$line\"; cat >/dev/null)"
            await "fast$n" y
        done
        run -0 "${CLIENTS[@]}" questions "$DIR/s" 1000
        echo "# $server: p99 ${lines[1]} ms" >&3
        [ "${lines[1]%.*}" -lt 50 ]
        send KILL server
        for n in 1 2 3 4; do finish "fast$n"; done
        finish server
        rm -f "$DIR/s"
    done
}

@test "torture (30): 10,000 clients connected, 1,000 of them active: every byte right" {
    [ "$(ulimit -Hn)" = unlimited ] || [ "$(ulimit -Hn)" -ge 10100 ] || skip "too few descriptors: ulimit -Hn"
    for server in $both; do
        start_quiet "$server"
        run "${CLIENTS[@]}" mostly-idle "$DIR/s" 10000
        expect "every byte right"
        leave_by TERM
    done
}

@test "torture (44): the tests of the data, under valgrind: no error, no leak, no descriptor, no byte lost" {
    need valgrind
    # Not (26) and (28): they measure memory and answers, and valgrind takes of both.
    UNDER="valgrind -q --error-exitcode=9 --leak-check=full --track-fds=yes --log-file=$DIR/valgrind.%p" \
        run "$ROOT/tests/run-bats" -f '^07 \((23|25|27|29|30)' "$ROOT/tests/stages/07-server.bats"
    [ "$status" -eq 0 ] || complain "status 0" "$output" valgrind
    [[ $output == *"ok 5 "* ]]
    [ "$(cat "$DIR"/valgrind.* | grep -c 'AF_UNIX socket')" -eq 0 ] || complain "no socket left open" "$(cat "$DIR"/valgrind.*)" valgrind
}
