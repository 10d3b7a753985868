#!/usr/bin/env bats
# 07-multiclient: many clients at the same time, by fork, threads, poll and epoll, and the
# client. The files 07-server-*.bats have what the complete server does beyond that. A tag
# says which behaviour of the list in tests/README.md a test proves.

load ../lib/helper
setup() { open_stage; }
teardown() { close_stage; }

folder=$ROOT/07-multiclient
client=$folder/client
small=$DESIGNS
all="$DESIGNS server"

@test "07: every server answers a client while another one is idle" {
    for program in $all; do
        start_server "$program"
        start first "$client" "$DIR/s"
        type_in first one
        await first one
        run "$client" "$DIR/s" <<<"two"
        expect "two"
        type_in first "one again"
        await first "one again"
        eof first
        finish first
        [ "$status" -eq 0 ]
        leave_by TERM
        rm -f "$DIR/s.lock"
    done
}

@test "07: in whatever order clients leave, every server still answers the others" {
    local order name
    for program in $all; do
        start_server "$program"
        for order in "one two three" "two three one" "three one two"; do
            for name in one two three; do
                start "$name" "$client" "$DIR/s"
                type_in "$name" "$name"
                await "$name" "$name"
            done
            for name in $order; do
                type_in "$name" "$name again"
                await "$name" "$name again"
                eof "$name"
                finish "$name"
                [ "$status" -eq 0 ]
            done
        done
        leave_by TERM
        rm -f "$DIR/s.lock"
    done
}

@test "07: a new client that is silent does not stop a server that has just lost another" {
    local name
    for program in $all; do
        start_server "$program"
        for name in first second; do
            start "$name" "$client" "$DIR/s"
            type_in "$name" "$name"
            await "$name" "$name"
        done
        # The new client gets the place of the last one, which has left.
        eof second
        finish second
        await server "close "
        start third "$client" -v "$DIR/s"
        await third "connect "
        type_in first "first again"
        await first "first again"
        eof third
        finish third
        eof first
        finish first
        leave_by TERM
        rm -f "$DIR/s.lock"
    done
}

@test "07: clients that close without reading their replies leave no descriptor in a server" {
    need Linux python3
    local before
    for program in $small; do
        start_server "$program"
        asleep server
        before=$(descriptors)
        "${CLIENTS[@]}" abandon "$DIR/s" 50
        until [ "$(descriptors)" -eq "$before" ]; do answers; done
        leave_by TERM
    done
}

@test "07: clients that close without reading their replies end no server" {
    need python3
    for program in $all; do
        start_server "$program"
        run "${CLIENTS[@]}" abandon "$DIR/s" 20
        run "$client" "$DIR/s" <<<"still there?"
        expect "still there?"
        leave_by TERM
        rm -f "$DIR/s.lock"
    done
}

@test "07: in the four designs, each of 100 clients at once gets its own bytes back" {
    need python3
    for program in $small; do
        start_server "$program"
        run "${CLIENTS[@]}" crowd "$DIR/s" 100
        expect "100 served"
        leave_by INT
    done
}

# bats test_tags=behaviour:23
@test "07: every server returns data around its buffers' sizes unchanged" {
    for program in $all; do
        start_server "$program"
        for size in 0 1 4095 4096 4097 65535 65536 65537 1048576; do
            head -c "$size" /dev/urandom >"$DIR/sent"
            "$client" "$DIR/s" <"$DIR/sent" >"$DIR/back"
            same "$DIR/sent" "$DIR/back"
        done
        leave_by HUP
    done
}

@test "07: server-fork reaps its children, and no process keeps a descriptor it does not need" {
    need Linux python3
    start_server server-fork
    "${CLIENTS[@]}" crowd "$DIR/s" 50
    start guest "$client" "$DIR/s"
    type_in guest hello
    await guest hello
    local parent child end=$((SECONDS + PATIENCE))
    parent=$(pid server)
    # The 50 clients are served, but their children exit and are reaped a moment later.
    until child=$(pgrep -P "$parent") && [ "$(wc -w <<<"$child")" -eq 1 ]; do
        [ "$SECONDS" -le "$end" ] ||
            complain "one child, no zombie" "$(ps -o pid,state,cmd --ppid "$parent")" server
    done
    [ "$(readlink "/proc/$parent"/fd/* | grep -c socket)" -eq 1 ]
    [ "$(readlink "/proc/$child"/fd/* | grep -c socket)" -eq 1 ]
    eof guest
    finish guest
    leave_by TERM
}

@test "07: server-thread gives each of 20 clients at once its own thread" {
    need python3
    start_server server-thread
    for _ in 1 2 3 4 5; do
        run "${CLIENTS[@]}" crowd "$DIR/s" 20
        expect "20 served"
    done
    for _ in $(seq 100); do await server "close "; done
    [ "$(uname)" != Linux ] || [ "$(readlink "/proc/$(pid server)"/fd/* | grep -c socket)" -eq 1 ]
    leave_by TERM
}

@test "07: server-thread keeps no stack of a thread that has ended" {
    need Linux
    [ -z "${UDS_SANITIZED-}" ] || skip "sanitizers map memory of their own"
    local before
    start_server server-thread
    answers
    before=$(wc -l <"/proc/$(pid server)/maps")
    for _ in $(seq 20); do answers; done
    at_most 10 $(($(wc -l <"/proc/$(pid server)/maps") - before)) "mappings left by 20 threads"
    leave_by TERM
}

@test "07: a child of server-fork that is killed by a signal leaves the path alone" {
    need Linux
    start_server server-fork
    start guest "$client" "$DIR/s"
    type_in guest hello
    await guest hello
    kill -TERM "$(pgrep -P "$(pid server)")"
    finish guest
    [ "$status" -eq 1 ]
    run "$client" "$DIR/s" <<<"still there"
    expect "still there"
    leave_by TERM
}

# bats test_tags=behaviour:41
@test "07: a signal before bind() ends every server with status 0, and nothing is left" {
    need Linux strace
    for program in $all; do
        signalled socket "$program"
    done
}

@test "07: in the four designs an existing path is an error, and stays" {
    start_server
    for program in $small; do
        refuses 1 "server: bind: $DIR/s: Address already in use" "$folder/$program" "$DIR/s"
    done
    leave_by TERM
}

# bats test_tags=behaviour:34
@test "07: without input the client prints nothing and exits with status 0" {
    start_server
    run -0 "$client" "$DIR/s" </dev/null
    expect ""
    leave_by TERM
}

# bats test_tags=behaviour:33
@test "07: the client reports a server that left early, and how many bytes came back" {
    start_server
    start guest "$client" "$DIR/s"
    type_in guest hello
    await guest hello
    send KILL server
    finish server
    finish guest
    [ "$status" -eq 1 ]
    expect "hello
client: the server left: 6 of 6 bytes came back"
}

# bats test_tags=behaviour:33
@test "07: the client never counts more bytes back than it has sent" {
    need python3
    start server "${IMPOSTORS[@]}" greeter "$DIR/s"
    await server listening
    start guest "$client" "$DIR/s"
    type_in guest "hello"
    finish guest
    [ "$status" -eq 1 ]
    expect "welcomeclient: the server left: 6 of 6 bytes came back"
}

# bats test_tags=behaviour:31
@test "07: the client names the path and why it cannot connect" {
    need Linux
    refuses 1 "client: connect: $DIR/s: No such file or directory" "$client" "$DIR/s"
    [[ $output == *"client: is a server running with this path?" ]]
    start stranger "$ROOT/02-bind/server" "$DIR/s"
    await stranger "press Enter"
    refuses 1 "client: connect: $DIR/s: Connection refused" "$client" "$DIR/s"
    [[ $output == *"client: it is a socket, but no server is listening" ]]
    echo text >"$DIR/file"
    for path in "$DIR/file" "$DIR" /dev/null; do
        refuses 1 "client: connect: $path: Connection refused" "$client" "$path"
        [[ $output == *"client: there is a file, but it is not a socket" ]]
    done
    long=$DIR/$(printf 'a%.0s' $(seq 150))
    refuses 1 "client: $long: path too long: at most " "$client" "$long"
    [ "$(id -u)" = 0 ] || return 0
    chmod 755 "$DIR"
    chmod 600 "$DIR/s"
    refuses 1 "client: connect: $DIR/s: Permission denied" "${AS_NOBODY[@]}" "$client" "$DIR/s"
}

@test "07: server-epoll says that it needs Linux" {
    variant 07-multiclient/server-epoll.c 's/^#if !defined __linux__.*/#if 1/'
    refuses 1 "server: epoll needs Linux, and gcc or clang" "$DIR/variant" "$DIR/s"
}

# bats test_tags=behaviour:34
@test "07: the client exits if its standard output is closed or full" {
    need Linux
    start_server
    run bash -c "yes | '$client' '$DIR/s' 2>/dev/null | head -n 1"
    expect "y"
    run -1 bash -c "'$client' '$DIR/s' <<<hello >/dev/full"
    expect "client: write: standard output: No space left on device"
    leave_by TERM
}

# bats test_tags=behaviour:35
@test "07: without standard input or output, the client does not mix up descriptors" {
    start_server
    run -0 bash -c "exec '$client' '$DIR/s' <&-"
    expect ""
    run -1 bash -c "exec '$client' '$DIR/s' <<<hello >&-"
    expect "client: write: standard output: Bad file descriptor"
    run -0 bash -c "exec '$client' '$DIR/s' <&- >&- 2>&-"
    leave_by TERM
}

# bats test_tags=behaviour:36
@test "07: at a terminal the client works line by line, and Ctrl-D ends it after the last reply" {
    need python3
    start_server
    start terminal "${STARTERS[@]}" at-terminal "$client" "$DIR/s"
    await terminal one
    await terminal two
    await terminal "status 0"
    leave_by TERM
}

@test "07: the client prints its calls with -v, and the server prints nothing with -q" {
    start server "$folder/server" -q "$DIR/s"
    until [ -S "$DIR/s" ] && "$client" "$DIR/s" </dev/null 2>/dev/null; do :; done
    run alone "$client" -v "$DIR/s" </dev/null
    expect "socket   descriptor 3
connect  descriptor 3
shutdown descriptor 3
close    descriptor 3"
    send TERM server
    finish server
    [ "$status" -eq 0 ]
    expect ""
}

@test "07: every server serves socat, and the complete one nc, ncat and python3 as well" {
    need socat nc ncat python3
    for program in $all; do
        start_server "$program"
        run socat -t 5 - "UNIX-CONNECT:$DIR/s" <<<"hello from socat"
        expect "hello from socat"
        if [ "$program" = server ]; then
            run nc -N -U "$DIR/s" <<<"hello from nc"
            expect "hello from nc"
            run ncat -U "$DIR/s" <<<"hello from ncat"
            expect "hello from ncat"
            run "${CLIENTS[@]}" say "$DIR/s" "hello from python"
            expect "hello from python"
        fi
        leave_by TERM
        rm -f "$DIR/s.lock"
    done
}

@test "07: curl gets its request back, and the end when the server exits" {
    need curl
    for program in server ${small#*thread}; do
        start_server "$program"
        start curl curl -sN --http0.9 --unix-socket "$DIR/s" http://echo/anything
        await curl "GET /anything HTTP/1.1"
        await curl "Host: echo"
        leave_by TERM
        finish curl
        [ "$status" -eq 0 ]
    done
}

@test "07: the client works with socat as its server" {
    need socat
    start server socat "UNIX-LISTEN:$DIR/s" PIPE
    until [ -S "$DIR/s" ]; do :; done
    until run "$client" "$DIR/s" <<<"hello" && [[ $output != *refused* ]]; do :; done
    expect "hello"
    finish server
    head -c 3000000 /dev/urandom >"$DIR/sent"
    start server socat "UNIX-LISTEN:$DIR/s,fork" EXEC:cat
    until [ -S "$DIR/s" ] && "$client" "$DIR/s" </dev/null 2>/dev/null; do :; done
    "$client" "$DIR/s" <"$DIR/sent" >"$DIR/back"
    same "$DIR/sent" "$DIR/back"
}

@test "07: a usage error has exit status 2, and creates nothing" {
    refuses 2 "usage: $folder/server [-q] PATH" "$folder/server"
    refuses 2 "usage: $folder/server [-q] PATH" "$folder/server" ""
    refuses 2 "usage: $folder/server [-q] PATH" "$folder/server" -x "$DIR/s"
    refuses 2 "usage: $folder/server [-q] PATH" "$folder/server" "$DIR/s" 1
    refuses 2 "usage: $client [-v] PATH" "$client"
    refuses 2 "usage: $client [-v] PATH" "$client" ""
    refuses 2 "usage: $client [-v] PATH" "$client" -v
    refuses 2 "usage: $client [-v] PATH" "$client" -x "$DIR/s"
    refuses 2 "usage: $client [-v] PATH" "$client" "$DIR/s" "$DIR/s"
    for program in $small; do
        refuses 2 "usage: $folder/$program PATH" "$folder/$program"
        refuses 2 "usage: $folder/$program PATH" "$folder/$program" ""
        refuses 2 "usage: $folder/$program PATH" "$folder/$program" "$DIR/s" 1
    done
}
