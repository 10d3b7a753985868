#!/usr/bin/env bats
# 07-multiclient/bench: its numbers are true, and it finds every mistake of a server.

load ../lib/helper
setup() {
    open_stage
    folder=$ROOT/07-multiclient
}
teardown() { close_stage; }

# number NAME - prints that number of a result in JSON.
number() {
    sed -n 's/.*"'"$1"'": \([-0-9.]*\).*/\1/p' <<<"$output"
}

# start_impostor ACTION - a server of lib/impostors.py.
start_impostor() {
    start server "${IMPOSTORS[@]}" "$1" "$DIR/s"
    await server "listen"
}

@test "bench: every mode counts what it did and exits with status 0, with each of our servers" {
    for program in server $DESIGNS; do
        start_quiet "$program"
        for mode in pingpong bulk connect; do
            run "$folder/bench" -j -c 20 -a 10 -d 0.02 -m "$mode" "$DIR/s"
            [ "$status" -eq 0 ] || complain "status 0" "$status: $output" "$program, $mode"
            [ "$(number per_second)" -gt 0 ] ||
                complain "more than 0 a second" "$output" "$program, $mode"
            contains '"refused": 0, "lost": 0, "wrong": 0}' "$program, $mode"
        done
        run -0 "$folder/bench" -d 0.05 "$DIR/s"
        [[ $output == *"pingpong, 1 clients, 1 active, 0 turns, 64 bytes: "*"/s, "*" MB/s; p50 "*\
"; 0 refused, 0 lost, 0 wrong" ]]
        leave_by TERM
    done
}

@test "bench: a wrong byte is found, with exit status 1" {
    need python3
    start_impostor flips-a-bit
    run -1 "$folder/bench" -j -d 0.05 "$DIR/s"
    [ "$(number wrong)" -gt 0 ] || complain "wrong replies" "$output" bench
}

# bats test_tags=tools
@test "bench: a reply that belongs to another client or an earlier message is found" {
    need python3
    start_impostor mixes-up
    run -1 "$folder/bench" -j -c 2 -s 1000 -d 0.05 "$DIR/s"
    [ "$(number wrong)" -gt 0 ] || complain "wrong replies" "$output" bench
}

# bats test_tags=tools
@test "bench: clients that the server closes are counted as lost, at once" {
    need python3
    start_impostor hangs-up
    run -1 "$folder/bench" -j -c 5 -d 60 "$DIR/s"
    [ "$(number lost)" -eq 5 ] || complain "5 lost" "$output" bench
    [ "$(number per_second)" -eq 0 ]
}

# bats test_tags=tools
@test "bench: connections that are refused because the server has left are counted" {
    need python3
    start_impostor exits-midway
    run -1 "$folder/bench" -j -m connect -d 0.2 "$DIR/s"
    [ "$(number refused)" -gt 0 ] || complain "refused connections" "$output" bench
}

# bats test_tags=tools
@test "bench: it gives up on a server that does not answer, with exit status 1" {
    start server "$ROOT/03-listen/server" "$DIR/s"
    await server "press Enter"
    start bench "$folder/bench" "$DIR/s"
    asleep bench
    send ALRM bench # as its own alarm would after 20 seconds
    finish bench
    [ "$status" -eq 1 ]
    expect "bench: the server does not answer"
}

@test "bench: without a server it names the path, with status 1; a usage error has status 2" {
    refuses 1 "bench: connect: $DIR/s: No such file or directory" "$folder/bench" "$DIR/s"
    for wrong in "" "-c 0 s" "-c x s" "-c -1 s" "-c 65537 s" "-a 2 s" "-s 0 s" "-s 65537 s" \
        "-d 0 s" "-d 1x s" "-d 4000 s" "-d nan s" "-t -1 s" "-t x s" "-m fast s" \
        "-m fast -m fast s" "-x s" "s t"; do
        # shellcheck disable=SC2086 # several words
        refuses 2 "usage: " "$folder/bench" $wrong
    done
    refuses 2 "usage: " "$folder/bench" ""
    refuses 1 "path too long: at most " "$folder/bench" "$DIR/$(printf 'a%.0s' $(seq 150))"
}

# bats test_tags=tools
@test "bench: a result that cannot be written is an error, and never reaches the server" {
    need python3
    local way
    start_server server
    for way in ">/dev/full" ">&-" "<&- >&- 2>&-"; do
        run bash -c "'$folder/bench' -d 0.05 '$DIR/s' $way"
        [ "$status" -eq 1 ] || complain "exit status 1" "$status: $output" "bench $way"
        [[ $way == *2* || $output == *"bench: write: standard output: "* ]]
    done
    run bash -c "'$folder/bench' -d 0.05 '$DIR/s' <&- 2>&-"
    [[ "$status $output" == "0 "*" 0 wrong" ]] ||
        complain "exit status 0, 0 wrong" "$status: $output" bench
    leave_by TERM
}

# bats test_tags=scaled
@test "bench: with many clients, 10 of them active or 10 in turn, every byte is right" {
    local size
    size=$(scale 300 5000)
    need_descriptors $((size + 100))
    for program in server ${DESIGNS#*poll}; do
        # server-epoll does not raise its own limit.
        ulimit -Sn "$(ulimit -Hn)"
        start_quiet "$program"
        for turns in 0 1 100; do
            run "$folder/bench" -c "$size" -a 10 -t "$turns" -d "$(scale 0.03 0.1)" "$DIR/s"
            [ "$status" -eq 0 ] || complain "status 0" "$status: $output" "$program"
            [[ $output == *"$size clients connected, $size of them served once"* ]]
        done
        leave_by TERM
    done
}

@test "07: an idle client that was served once costs the server 32 bytes at most" {
    need Linux
    [ -z "${UDS_SANITIZED-}" ] || skip "sanitizers keep freed memory"
    local clients=5000 before
    need_descriptors 5100
    start_quiet server
    "$folder/bench" -c 10 -d 0.05 "$DIR/s" 2>/dev/null
    before=$(memory)
    start load "$folder/bench" -c "$clients" -a 1 -d 60 "$DIR/s"
    await load "$clients clients connected, $clients of them served once"
    grown=$((($(memory) - before) * 1024))
    # The kernel counts pages, and each of the two tables may have one more or less.
    at_most $((clients * 32 + 8192)) "$grown" "the bytes of $clients clients"
    [ "$grown" -ge $((clients * 8)) ] ||
        complain "some bytes for each of $clients clients" "$grown" server
    send KILL load
    finish load
    echo "# server: $((grown / clients)) bytes a client" >&3
    leave_by TERM
}

@test "07: a round trip costs the server one read, one write and at most one wait" {
    need Linux strace
    [ -z "${UDS_SANITIZED-}" ] || skip "the sanitizers make calls of their own"
    start server strace -f -c -U name,calls -o "$DIR/calls" "$folder/server" -q "$DIR/s"
    until "$folder/client" "$DIR/s" </dev/null 2>/dev/null; do :; done
    run -0 "$folder/bench" -j -c 10 -d 0.5 "$DIR/s"
    kill -TERM "$(pgrep -P "$(pid server)")"
    finish server
    # Each round trip is a read, a write, and a share of a wait with epoll or poll, before
    # which the server may have yielded. All other calls belong to the start or to a client.
    awk '{ calls[$1] = $2 } END {
        for (name in calls)
            if (name !~ /^(syscall|total|-+|read|write|poll|epoll_wait|sched_yield)$/)
                others += calls[name]
        trips = calls["write"]
        waits = calls["epoll_wait"] + calls["poll"]
        print trips, "round trips,", calls["read"], "reads,", waits, "waits,", others, "others"
        exit !(trips > 500 && calls["read"] - trips < 30 && waits <= trips && \
            calls["sched_yield"] < waits && others < 200)
    }' "$DIR/calls" >"$DIR/sum" ||
        complain "read = write, and less of the others" "$(cat "$DIR/sum" "$DIR/calls")" strace
}
