#!/usr/bin/env bats
# 07-multiclient: many clients at the same time, by fork, threads, poll and epoll,
# and the client. What the complete server does beyond that is in
# 07-behaviours.bats. The numbers in brackets are those of the list in README.md.

load ../lib/helper
setup() { open_stage; }
teardown() { close_stage; }

folder=$ROOT/07-multiclient
client=$folder/client
small=$DESIGNS
all="$DESIGNS server"

@test "07: an idle client does not make the next one wait, in each server" {
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

@test "07: 100 clients at once, each gets its own bytes back, in the four designs" {
    need python3
    for program in $small; do
        start_server "$program"
        run "${CLIENTS[@]}" crowd "$DIR/s" 100
        expect "100 served"
        leave_by INT
    done
}

@test "07: sizes around the buffers, and every byte value, come back the same, in each server" {
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

@test "07: fork: children are reaped, and no process keeps a descriptor that is not its own" {
    need Linux python3
    start_server server-fork
    "${CLIENTS[@]}" crowd "$DIR/s" 50
    start guest "$client" "$DIR/s"
    type_in guest hello
    await guest hello
    local parent child end=$((SECONDS + PATIENCE))
    parent=$(pid server)
    # The 50 clients are served, but a child ends, and is cleared away, a moment later.
    until child=$(pgrep -P "$parent") && [ "$(wc -w <<<"$child")" -eq 1 ] || [ "$SECONDS" -gt "$end" ]; do :; done
    [ "$(wc -w <<<"$child")" -eq 1 ] || complain "one child, no zombie" "$(ps -o pid,state,cmd --ppid "$parent")" server
    [ "$(readlink "/proc/$parent"/fd/* | grep -c socket)" -eq 1 ]
    [ "$(readlink "/proc/$child"/fd/* | grep -c socket)" -eq 1 ]
    eof guest
    finish guest
    leave_by TERM
}

@test "07: thread: 20 clients at the same instant, and each thread has its own" {
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

@test "07: fork: a child that is ended by a signal leaves the name alone" {
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

@test "07: a signal that comes before the path is bound: status 0, nothing left behind, in each server" {
    need Linux strace
    for program in $all; do
        # strace sends the signal. ASan's leak checker does not work under it.
        run alone env ASAN_OPTIONS=detect_leaks=0 strace -qq -o /dev/null -e trace=socket -e inject=socket:signal=TERM:when=1 \
            "$folder/$program" "$DIR/s"
        [ "$status" -eq 0 ]
        [ ! -e "$DIR/s" ]
    done
}

@test "07: the four designs start as 06 does: an existing path is an error and stays" {
    start_server
    for program in $small; do
        refuses 1 "server: bind: $DIR/s: Address already in use" "$folder/$program" "$DIR/s"
    done
    leave_by TERM
}

@test "07 (34): the client: no input, no output, status 0" {
    start_server
    run "$client" "$DIR/s" </dev/null
    [ "$status" -eq 0 ]
    expect ""
    leave_by TERM
}

@test "07 (33): the client: it tells a server that left early from one that finished" {
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

@test "07 (33): the client: of what a server sends unasked, it counts no more than was sent" {
    need python3
    start server "${IMPOSTORS[@]}" greeter "$DIR/s"
    await server listening
    start guest "$client" "$DIR/s"
    type_in guest "hello"
    finish guest
    [ "$status" -eq 1 ]
    expect "welcomeclient: the server left: 6 of 6 bytes came back"
}

@test "07 (31): the client: it names the path and what is wrong with it: nothing there, nobody listens, no socket, no right" {
    need Linux
    refuses 1 "client: connect: $DIR/s: No such file or directory" "$client" "$DIR/s"
    [[ $output == *"client: has the server been started, with this very path?" ]]
    start stranger "$ROOT/02-bind/server" "$DIR/s"
    await stranger "press Enter"
    refuses 1 "client: connect: $DIR/s: Connection refused" "$client" "$DIR/s"
    [[ $output == *"client: the socket is there, but no server listens: has it exited?" ]]
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

@test "07: elsewhere than on Linux, server-epoll says that it needs Linux" {
    variant 07-multiclient/server-epoll.c 's/^#if !defined __linux__.*/#if 1/'
    refuses 1 "server: epoll needs Linux, and gcc or clang" "$DIR/variant" "$DIR/s"
}

@test "07 (34): the client: an output that closes or takes nothing ends it" {
    need Linux
    start_server
    run bash -c "yes | '$client' '$DIR/s' 2>/dev/null | head -n 1"
    expect "y"
    run bash -c "'$client' '$DIR/s' <<<hello >/dev/full"
    [ "$status" -eq 1 ]
    expect "client: write: standard output: No space left on device"
    leave_by TERM
}

@test "07 (35): the client: without standard input or output it mixes up no descriptors" {
    start_server
    run bash -c "exec '$client' '$DIR/s' <&-"
    [ "$status" -eq 0 ]
    expect ""
    run bash -c "exec '$client' '$DIR/s' <<<hello >&-"
    [ "$status" -eq 1 ]
    expect "client: write: standard output: Bad file descriptor"
    run bash -c "exec '$client' '$DIR/s' <&- >&- 2>&-"
    [ "$status" -eq 0 ]
    leave_by TERM
}

@test "07 (36): the client: at a terminal it goes line by line, and Ctrl-D ends it after the last reply" {
    need python3
    start_server
    start terminal "${STARTERS[@]}" at-terminal "$client" "$DIR/s"
    await terminal one
    await terminal two
    await terminal "status 0"
    leave_by TERM
}

@test "07: the client with -v tells its calls, the server with -q nothing" {
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

@test "07: socat, nc, ncat and python3 are clients like any other, for each server" {
    need socat nc ncat python3
    for program in $all; do
        start_server "$program"
        run socat -t 5 - "UNIX-CONNECT:$DIR/s" <<<"hello from socat"
        expect "hello from socat"
        run nc -N -U "$DIR/s" <<<"hello from nc"
        expect "hello from nc"
        run ncat -U "$DIR/s" <<<"hello from ncat"
        expect "hello from ncat"
        run "${CLIENTS[@]}" say "$DIR/s" "hello from python"
        expect "hello from python"
        leave_by TERM
        rm -f "$DIR/s.lock"
    done
}

@test "07: curl sends a request, gets it back, and its end when the server leaves" {
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

@test "07: socat is a server like any other" {
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

@test "07: wrong usage: status 2, nothing made" {
    refuses 2 "usage: $folder/server [-q] PATH" "$folder/server"
    refuses 2 "usage: $folder/server [-q] PATH" "$folder/server" ""
    refuses 2 "usage: $folder/server [-q] PATH" "$folder/server" -x "$DIR/s"
    refuses 2 "usage: $folder/server [-q] PATH" "$folder/server" "$DIR/s" 1
    refuses 2 "usage: $client [-v] PATH" "$client"
    refuses 2 "usage: $client [-v] PATH" "$client" ""
    refuses 2 "usage: $client [-v] PATH" "$client" -v
    refuses 2 "usage: $client [-v] PATH" "$client" -x "$DIR/s"
    for program in $small; do
        refuses 2 "usage: $folder/$program PATH" "$folder/$program"
        refuses 2 "usage: $folder/$program PATH" "$folder/$program" ""
        refuses 2 "usage: $folder/$program PATH" "$folder/$program" "$DIR/s" 1
    done
}
