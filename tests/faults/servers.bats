#!/usr/bin/env bats
# Faults that take more than one call, or that must be watched closely: what the servers and
# the client of stages 06 and 07 do then. (every-call.bats makes each call fail once.)

# Each test is a process, and what it sets is not needed outside it.
# shellcheck disable=SC2030,SC2031,SC2154
load ../lib/helper
load play

setup_file() {
    [ "$(uname)" = Linux ] && command -v "${CC:-cc}" >/dev/null || return 0
    build_programs 06-readwrite 07-multiclient
}

setup() {
    open_faults
}

teardown() {
    [ -z "${DIR:-}" ] || close_stage
}

# complete COMMAND... - runs the command for the complete server as it is, and once more for
# the server that has all of its clients in the list of poll().
complete() {
    "$@" 07-multiclient/server
    "$@" 07-multiclient/server-list
}

# serve NAME PROGRAM FAULTS - starts a server in the background, waits until it listens on
# "$DIR/w/NAME", and lists its calls in "$BATS_TEST_TMPDIR/NAME.calls".
serve() {
    rm -f "$BATS_TEST_TMPDIR/$1.calls"
    start "$1" env LD_PRELOAD="$built/faults.so" FAULTS="$3" FAULTS_LIMIT=10 \
        FAULTS_LOG="$BATS_TEST_TMPDIR/$1.calls" "$built/$2" "$DIR/w/$1"
    await "$1" "listen"
}

# leaves NAME - sends the server SIGTERM: it must exit with status 0 and remove its path.
leaves() {
    send TERM "$1"
    finish "$1"
    [ "$status" -eq 0 ] || complain "exit status 0" "$status" "$output"
    [ ! -e "$DIR/w/$1" ] || complain "no $DIR/w/$1" "it is there" "$1"
}

# through SERVER-FAULTS CLIENT-FAULTS PROGRAM [ARGUMENT] - sends "$DIR/bytes" there and back.
# The complete server runs with -q, because its lines would be cut short as well.
through() {
    local quiet=
    case $3 in */server | */server-list) [ "${3%%-*}" = 06 ] || quiet=-q ;; esac
    # shellcheck disable=SC2086 # an option, or none
    start server env LD_PRELOAD="$built/faults.so" FAULTS="$1" FAULTS_LIMIT=30 \
        "$built/$3" $quiet "$path" "${@:4}"
    if [ -n "$quiet" ]; then
        until [ -S "$path" ] && "$client" "$path" </dev/null 2>/dev/null; do :; done
    else
        await server "listen "
    fi
    env LD_PRELOAD="$built/faults.so" FAULTS="$2" FAULTS_LIMIT=30 "$client" "$path" \
        <"$DIR/bytes" >"$DIR/back" 3>&- 4>&- || complain "exit status 0" "$?" "client, $2; $3, $1"
    same "$DIR/bytes" "$DIR/back"
    # The write() in its signal handler may be one of those that fail, and the signal is lost.
    process=$(pid server)
    look
    while [ -n "$state" ]; do
        [ "$state" != S ] || kill -TERM "$process"
        look
    done
    finish server
    [ "$status" -eq 0 ] || complain "exit status 0" "$status: $output" "$3, $1"
    [ ! -e "$path" ] || complain "no $path" "it is there" "$3, $1"
    rm -f "$path.lock"
}

# bats test_tags=behaviour:24
@test "faults: the bytes are right if calls are short or interrupted, or fail with EAGAIN" {
    local short="read:*:short,write:*:short"
    local interrupted="read:even:EINTR,write:even:EINTR,poll:even:EINTR,epoll_wait:even:EINTR"
    local not_ready="read:even:EAGAIN,write:every3:EAGAIN,poll:every3:EAGAIN"
    local few size
    few=$(scale 4500 50000)
    size=$(scale 100000 1000000)
    head -c "$few" /dev/urandom >"$DIR/bytes"
    complete through "$short" "$short"
    # It reads many bytes and can write one: the rest must not be lost.
    complete through "write:*:short" "write:*:short"
    head -c "$size" /dev/urandom >"$DIR/bytes"
    complete through "$interrupted" "$interrupted"
    complete through "$not_ready" "$not_ready"
    # The four designs block in write(), which then never fails with EAGAIN.
    for small in 07-multiclient/server-fork 07-multiclient/server-thread; do
        through "read:even:EINTR,write:even:EINTR" "" "$small"
    done
    for small in 07-multiclient/server-poll 07-multiclient/server-epoll; do
        through "read:even:EINTR,write:even:EINTR,poll:even:EINTR,epoll_wait:even:EINTR" "" "$small"
    done
    through "read:even:EINTR,write:even:EINTR" "" 06-readwrite/server 1
    head -c "$few" /dev/urandom >"$DIR/bytes"
    for small in 07-multiclient/server-{fork,thread,poll,epoll} "06-readwrite/server 1"; do
        # shellcheck disable=SC2086 # a program and its argument
        through "write:*:short" "" $small
    done
    # Some systems report ENOTCONN for a connection whose peer is gone.
    through "" "shutdown:1:+ENOTCONN" 07-multiclient/server
    # The client of 06 reads only after it has written a piece. 278 bytes, written one by
    # one, would fill the buffer (the kernel counts its own overhead): both would block.
    head -c 200 /dev/urandom >"$DIR/bytes"
    client=$built/06-readwrite/client
    through "" "write:*:short" 06-readwrite/server 1
    through "" "write:even:EINTR,poll:even:EINTR" 06-readwrite/server 1
}

# pauses PROGRAM - accept() fails three times with an error after which the server pauses. The
# client must be served, and the four tries must take at least 150 ms. Each of the errors gets
# a server, and all of these run at once.
pauses() {
    local error before after
    for error in EMFILE ENFILE ENOBUFS ENOMEM; do
        serve "$error" "$1" "accept:1-3:$error,accept4:1-3:$error"
    done
    before=$(date +%s%N)
    for error in EMFILE ENFILE ENOBUFS ENOMEM; do
        {
            peer "$DIR/w/$error" <"$DIR/words" >"$DIR/$error.got"
            date +%s%N >"$DIR/$error.after"
        } 3>&- 4>&- &
        eval "peer_$error=$!"
    done
    for error in EMFILE ENFILE ENOBUFS ENOMEM; do
        after=peer_$error
        wait "${!after}"
        same "$DIR/words" "$DIR/$error.got"
        after=$(cat "$DIR/$error.after")
        [ $(((after - before) / 1000000)) -ge 150 ] ||
            complain "at most 20 tries a second" \
                "4 in $(((after - before) / 1000000)) ms" "$1, $error"
        leaves "$error"
        [ "$(grep -c "^accept4* $error\$" "$BATS_TEST_TMPDIR/$error.calls")" -eq 3 ] ||
            complain "3 times accept $error" "$(cat "$BATS_TEST_TMPDIR/$error.calls")" "$1"
    done
}

# bats test_tags=behaviour:18
@test "faults: without descriptors or memory, accept() is tried at most 20 times a second" {
    complete pauses
}

# bats test_tags=behaviour:20
@test "faults: a pause in accepting begins and ends even if epoll_ctl() fails" {
    local which
    # The first calls of epoll_ctl() are for the pipe and for the listener. The third stops
    # watching the listener, when the pause begins; the fourth watches it again.
    for which in 3 4 4-6; do
        serve s 07-multiclient/server "accept4:1:ENFILE,epoll_ctl:$which:ENOMEM"
        run peer "$DIR/w/s" <"$DIR/words"
        expect "$WORDS"
        leaves s
        grep -q "epoll_ctl ENOMEM" "$BATS_TEST_TMPDIR/s.calls"
    done
}

# at_once PROGRAM - accept() fails because a client has already left: no reason to pause.
at_once() {
    local error
    for error in ECONNABORTED EINTR EPROTO; do
        serve "$error" "$1" "accept:1-3:$error,accept4:1-3:$error"
        run peer "$DIR/w/$error" <"$DIR/words"
        expect "$WORDS"
        leaves "$error"
        [ "$(grep -A 3 -m 1 "^accept" "$BATS_TEST_TMPDIR/$error.calls" | tr -d 4)" = "accept $error
accept $error
accept $error
accept" ] || complain "3 times accept $error, then accept" \
            "$(cat "$BATS_TEST_TMPDIR/$error.calls")" "$1"
    done
}

# bats test_tags=behaviour:18
@test "faults: after a connection that is gone already, the next one is accepted at once" {
    complete at_once
}

# bats test_tags=behaviour:20
@test "faults: a client that epoll has no memory for is dropped, and the next is served" {
    local faults
    # The third call of epoll_ctl() is for the first client. If its reply has to wait, the
    # fourth is for the moment when it can be written. (The fifth write() is the reply.)
    for faults in epoll_ctl:3:ENOMEM write:5:EAGAIN,epoll_ctl:4:ENOMEM; do
        serve s 07-multiclient/server "$faults"
        run -1 faulty "" "$client" "$path" <"$DIR/words"
        run -0 peer "$path" <"$DIR/words"
        expect "$WORDS"
        leaves s
        grep -q "epoll_ctl ENOMEM" "$BATS_TEST_TMPDIR/s.calls"
        # Each client is dropped once, and the listener is closed.
        [ "$(grep -c "^close" <<<"$output")" -eq $(($(grep -c "^accept" <<<"$output") + 1)) ] ||
            complain "as many clients closed as accepted" "$output" "$faults"
    done
}

# leaving_full PROGRAM - the server has stopped watching its listener, because it is out of
# descriptors, and then gets a signal to leave.
leaving_full() {
    serve s "$1" "accept:*:ENFILE,accept4:*:ENFILE"
    start guest "$client" "$path"
    until grep -q "^accept4* ENFILE" "$BATS_TEST_TMPDIR/s.calls"; do :; done
    leaves s
    finish guest
}

# bats test_tags=behaviour:17
@test "faults: a server that is out of descriptors exits cleanly" {
    complete leaving_full
}

# full_house SYSTEM - two clients are connected, one with a reply that is pending, and a third
# one waits in the backlog, because accept() fails, when the server gets a signal to leave. It would
# wait for its clients for longer than it may live. The first is stopped, so the server stays
# until that one goes on. (Each of the first two takes two calls of accept(): the second one finds
# no client.)
full_house() {
    local calls=$BATS_TEST_TMPDIR/calls
    variant 07-multiclient/server.c -e 's/define PATIENCE 2000 /define PATIENCE 600000 /' \
        -e "s/__linux__/__${1}__/"
    start server env LD_PRELOAD="$built/faults.so" FAULTS_LIMIT=10 FAULTS_LOG="$calls" \
        FAULTS=accept:5-9999:EMFILE,accept4:5-9999:EMFILE "$DIR/variant" "$path"
    await server "listen "
    start one "$client" "$path"
    type_in one one
    await one one
    start two "${CLIENTS[@]}" owed "$path"
    await two stuck
    start three "$client" -v "$path"
    await three "connect "
    until grep -q "^accept4* EMFILE" "$calls"; do :; done
    send STOP one
    send TERM server
    finish three
    [ "$status" -eq 1 ] || complain "exit status 1" "$status: $output" "three, $1"
    press two
    await two "all of it"
    finish two
    process=$(pid server)
    look
    [ -n "$state" ] || complain "a server that waits for one" "it has left" "$1"
    send CONT one
    finish one
    finish server
    [ "$status" -eq 0 ] || complain "exit status 0" "$status: $output" "$1"
    ! grep "not open" "$calls" || complain "no call with a closed descriptor" "one" "$1"
    rm "$path.lock" "$calls"
}

# bats test_tags=behaviour:17,behaviour:38
@test "faults: asked to leave without descriptors, the server lets go of all its clients at once" {
    need python3
    full_house linux
    full_house elsewhere
}

# skipped_line PROGRAM - a signal interrupts the poll() that asks whether printing would block.
skipped_line() {
    serve s "$1" "poll:1:EINTR"
    send TERM s
    finish s
    [[ "$status $output" == "0 "*"bind "*"listen "* && $output != *"socket "* ]] ||
        complain "exit status 0, and all lines but the first" "$status: $output" "$1"
}

# bats test_tags=behaviour:42
@test "faults: a line is left out if a signal interrupts the check that its output is ready" {
    complete skipped_line
}

# second_signal - the server has to leave, but a client does not read its reply. Before the
# server starts to wait for that client, it is stopped, and a second signal comes.
second_signal() {
    variant 07-multiclient/server.c 's/define PATIENCE 2000 /define PATIENCE 600000 /'
    start server env LD_PRELOAD="$built/faults.so" FAULTS=accept:3:stop,accept4:3:stop \
        FAULTS_LIMIT=10 "$DIR/variant" "$path"
    await server "listen "
    start rude "${CLIENTS[@]}" stuck "$path" 1
    await rude stuck
    send TERM server
    becomes T server ||
        complain "process state T, in the third accept()" "process state $state" server
    send TERM server
    send CONT server
    finish server
    [ "$status" -eq 0 ] || complain "exit status 0, at once" "$status: $output" server
    [ ! -e "$path" ]
    send KILL rude
    finish rude
}

# bats test_tags=behaviour:38
@test "faults: a second signal shortens the wait even right after the first" {
    need python3
    second_signal
}

# last_clients PROGRAM - the server, which leaves, is stopped while it accepts the last clients.
last_clients() {
    serve s "$1" "accept:1:stop,accept4:1:stop"
    send TERM s
    becomes T s || complain "process state T, in accept()" "process state $state" "$1"
    [ ! -e "$path" ] || complain "no $path" "it is there" "$1"
    send CONT s
    finish s
    [ "$status" -eq 0 ] || complain "exit status 0" "$status: $output" "$1"
}

# bats test_tags=behaviour:37
@test "faults: when a server that leaves accepts the last clients, its path is gone already" {
    complete last_clients
}

# one_signal SYSTEM FAULTS - a silent client is connected when one signal comes. The server says
# when it begins to hurry.
one_signal() {
    variant 07-multiclient/server.c -e 's/leave_by = now() + HURRY;/print_call("hurry", 0), &/' \
        -e "s/__linux__/__${1}__/"
    start server env LD_PRELOAD="$built/faults.so" FAULTS="$2" FAULTS_LIMIT=10 \
        "$DIR/variant" "$path"
    await server "listen "
    start guest "$client" -v "$path"
    await server "accept "
    send TERM server
    finish guest
    finish server
    [[ "$status $output" == "0 "*"close "* && $output != *"hurry "* ]] ||
        complain "exit status 0, and no hurry" "$status: $output" "$1, ${2:-no fault}"
    rm "$path.lock"
}

# bats test_tags=behaviour:38
@test "faults: the server does not hurry after one signal, even if its byte is read late" {
    local system
    for system in linux elsewhere; do
        one_signal "$system" ""
        one_signal "$system" read:1:EINTR # no client has sent anything: it reads the byte
    done
}

# no_byte PROGRAM - the read() of the byte that the signal handler has written is interrupted.
no_byte() {
    serve s "$1" ""
    leaves s
    local reads
    reads=$(grep -c "^read" "$BATS_TEST_TMPDIR/s.calls")
    serve s "$1" "read:$reads:EINTR"
    leaves s
    grep -q "read EINTR" "$BATS_TEST_TMPDIR/s.calls"
}

# bats test_tags=behaviour:37
@test "faults: the server exits even if the byte that wakes it cannot be read at once" {
    complete no_byte
}

# vanishing PROGRAM - a dead server's path is gone at unlink(), because another process was
# faster.
vanishing() {
    serve s "$1" ""
    send KILL s
    finish s
    serve s "$1" "unlink:1:+ENOENT"
    grep -q "^unlink ENOENT" "$BATS_TEST_TMPDIR/s.calls" ||
        complain "unlink ENOENT" "$(cat "$BATS_TEST_TMPDIR/s.calls")" "$1"
    run peer "$path" <"$DIR/words"
    expect "$WORDS"
    leaves s
}

# bats test_tags=behaviour:2
@test "faults: a server starts even if the stale path vanishes while it is examined" {
    complete vanishing
}

# bats test_tags=behaviour:4
@test "faults: while a server examines a stale path, a second one is refused" {
    serve dead 07-multiclient/server ""
    send KILL dead
    finish dead
    # It has found that nobody answers, and has not removed the path yet.
    start first env LD_PRELOAD="$built/faults.so" FAULTS=connect:1:stop FAULTS_LIMIT=10 \
        "$built/07-multiclient/server" "$DIR/w/dead"
    becomes T first || complain "process state T, in connect()" "process state $state" first
    refuses 1 "server: $DIR/w/dead: in use by process $(pid first)" \
        env LD_PRELOAD="$built/faults.so" FAULTS= FAULTS_LIMIT="$LIMIT" \
        "$built/07-multiclient/server" "$DIR/w/dead"
    send CONT first
    await first "listen "
    run peer "$DIR/w/dead" <"$DIR/words"
    expect "$WORDS"
    send TERM first
    finish first
    [ "$status" -eq 0 ]
}

# bad_listener PROGRAM - accept() says that the listener is not open.
bad_listener() {
    serve bad "$1" "accept:1:EBADF,accept4:1:EBADF"
    peer "$DIR/w/bad" <"$DIR/words" >/dev/null || true
    finish bad
    [[ "$status $output" == "1 "*"server: accept"* ]] ||
        complain "exit status 1, server: accept: ..." "$status: $output" "$1"
    [ ! -e "$DIR/w/bad" ] || complain "no $DIR/w/bad" "it is there" "$1"
}

# bats test_tags=behaviour:18
@test "faults: if accept() fails for any other reason, the server says so and exits with status 1" {
    complete bad_listener
}

# no_memory PROGRAM - the second reply can neither be written at once nor kept. (Of the calls
# of write(), the first four and the sixth print lines, and the fifth is the first reply.)
no_memory() {
    serve s "$1" "malloc:*:ENOMEM,realloc:*:ENOMEM,write:7:EAGAIN"
    start friend "$client" "$path"
    type_in friend "one"
    await friend "one"
    run faulty "" "$client" "$path" <"$DIR/words"
    [[ "$status $output" == "1 client: the server left: 0 of "* ]] ||
        complain "exit status 1, no reply" "$status: $output" "the second client"
    grep -q "alloc ENOMEM" "$BATS_TEST_TMPDIR/s.calls" ||
        complain "malloc ENOMEM" "$(cat "$BATS_TEST_TMPDIR/s.calls")" "$1"
    type_in friend "two"
    await friend "two"
    eof friend
    finish friend
    leaves s
}

# bats test_tags=behaviour:20
@test "faults: if there is no memory for a client's reply, only that client is dropped" {
    complete no_memory
}

# bats test_tags=behaviour:35
@test "faults: an interrupted connect() is tried again, and one that would block is reported" {
    serve s 07-multiclient/server ""
    run env LD_PRELOAD="$built/faults.so" FAULTS=connect:1-3:EINTR FAULTS_LIMIT="$LIMIT" \
        "$client" "$path" <"$DIR/words"
    expect "$WORDS"
    refuses 1 "client: connect: $path: " \
        env LD_PRELOAD="$built/faults.so" FAULTS=connect:1:EAGAIN "$client" "$path"
    leaves s
}

# locked PROGRAM - fcntl() may report a lock that is held with a different error, and it may be
# unable to find the process that holds the lock. (The first three calls of fcntl() look at
# descriptors 0 to 2, and the next four prepare the pipe.)
locked() {
    serve s "$1" ""
    refuses 1 "server: $path: in use by process $(pid s)" \
        env LD_PRELOAD="$built/faults.so" FAULTS=fcntl:8:EACCES "$built/$1" "$path"
    refuses 1 "server: $path: in use by another process" \
        env LD_PRELOAD="$built/faults.so" FAULTS=fcntl:9:EINVAL "$built/$1" "$path"
    refuses 1 "server: fcntl: $path.lock: No locks available" \
        env LD_PRELOAD="$built/faults.so" FAULTS=fcntl:8:ENOLCK "$built/$1" "$path"
    leaves s
    # The process that had it is gone when the server asks.
    refuses 1 "server: $path: in use by another process" \
        env LD_PRELOAD="$built/faults.so" FAULTS=fcntl:8:EAGAIN "$built/$1" "$path"
}

# bats test_tags=behaviour:3
@test "faults: a lock that another process holds is told apart from locks that do not work" {
    complete locked
}

# appearing PROGRAM - a file appears at the path while the server takes the lock.
appearing() {
    start late env LD_PRELOAD="$built/faults.so" FAULTS=open:1:stop FAULTS_LIMIT=10 \
        "$built/$1" "$path"
    becomes T late || complain "process state T, in open()" "process state $state" "$1"
    echo precious >"$path"
    send CONT late
    finish late
    [[ "$status $output" == "1 server: $path: there is a file, but it is not a socket"* ]] ||
        complain "exit status 1, and why" "$status: $output" "$1"
    [ "$(cat "$path")" = precious ] || complain "the file as it was" "$(ls -l "$path")" "$1"
    rm "$path"
}

# bats test_tags=behaviour:6
@test "faults: a file that appears while the server takes the lock is refused, and stays" {
    complete appearing
}

# name_stays PROGRAM - the path can be removed neither at the signal nor before the exit.
name_stays() {
    serve s "$1" "unlink:*:EACCES"
    send TERM s
    finish s
    [[ $status == 1 && $output == *"server: unlink: $path: Permission denied"* ]] ||
        complain "exit status 1, server: unlink: ..." "$status: $output" "$1"
    [ -S "$path" ] || complain "$path" "it is gone" "$1"
    rm "$path"
}

# bats test_tags=behaviour:39
@test "faults: a path that cannot be removed at the end is reported, with exit status 1" {
    complete name_stays
}

@test "faults: in the four designs a path that vanishes at the last moment is no error" {
    local design
    for design in $DESIGNS; do
        # unlink() does remove it; in server-thread, another thread may have been faster.
        serve s "07-multiclient/$design" "unlink:1:+ENOENT"
        leaves s
    done
}

# bats test_tags=behaviour:40
@test "faults: a server that gives up leaves a file that has replaced its path" {
    local program
    for program in $DESIGNS server server-list; do
        # Not the first accept(): server-fork and server-thread make that one before any client
        # comes.
        serve s "07-multiclient/$program" "accept:2:EBADF,accept4:2:EBADF"
        mv "$path" "$path.moved"
        echo precious >"$path"
        for _ in 1 2; do
            peer "$path.moved" <"$DIR/words" >/dev/null || true
        done
        finish s
        [[ "$status $output" == "1 "*"server: accept"* ]] ||
            complain "exit status 1, server: accept: ..." "$status: $output" "$program"
        [ "$(cat "$path")" = precious ] || complain "the file" "$(ls "$DIR/w")" "$program"
        rm -f "$path" "$path.moved" "$path.lock"
    done
}

@test "faults: server-thread reports both a thread it cannot create and a close() that fails" {
    serve s 07-multiclient/server-thread "pthread_create:1:EAGAIN,close:1:EIO"
    peer "$path" <"$DIR/words" || true
    finish s
    [ "$status" -eq 1 ]
    [[ $output == *"server: pthread_create: "*"server: close: client: "* ]]
}

# bats test_tags=behaviour:35
@test "faults: an interrupted connect() that was completed by the kernel counts as connected" {
    serve s 07-multiclient/server ""
    run env LD_PRELOAD="$built/faults.so" FAULTS=connect:1:+EINTR FAULTS_LIMIT="$LIMIT" \
        "$client" "$path" <"$DIR/words"
    expect "$WORDS"
    leaves s
}

# bats test_tags=behaviour:45
@test "faults: client -v reports a failed getsockopt(), and works on a system without that option" {
    serve s 07-multiclient/server ""
    run env LD_PRELOAD="$built/faults.so" FAULTS=getsockopt:1:ENOBUFS \
        "$built/06-readwrite/client" -v "$path" <"$DIR/words"
    [[ "$status $output" == "1 client: getsockopt: SO_ACCEPTCONN: No buffer space available" ]] ||
        complain "exit status 1, and the call" "$status: $output" client
    run env LD_PRELOAD="$built/faults.so" FAULTS=getsockopt:*:ENOPROTOOPT \
        "$built/06-readwrite/client" -v "$path" <"$DIR/words"
    [ "$status" -eq 0 ]
    [[ $output == *"connect  descriptor "*"$WORDS"* && $output != *active* ]] ||
        complain "the calls and the words, without active or passive" "$output" client
    leaves s
}

# last_call PROGRAM - the server is leaving, and its read() from a client is interrupted. (That
# is its last read() but one: the last one finds that the client has closed its side.)
last_call() {
    local faults='' last
    for _ in 1 2; do
        serve s "$1" "$faults"
        start guest "$client" "$path"
        type_in guest hello
        await guest hello
        send TERM s
        finish s
        [ "$status" -eq 0 ] || complain "exit status 0" "$status: $output" "$1"
        finish guest
        [[ $output == *"6 of 6 bytes came back"* ]]
        last=$(grep -c "^read" "$BATS_TEST_TMPDIR/s.calls")
        [ -z "$faults" ] || grep -q "^read EINTR" "$BATS_TEST_TMPDIR/s.calls" ||
            complain "read EINTR" "$(cat "$BATS_TEST_TMPDIR/s.calls")" "$1"
        faults=read:$((last - 1)):EINTR
    done
}

# bats test_tags=behaviour:38
@test "faults: the server's last read() from a client is repeated if it is interrupted" {
    complete last_call
}

# late_bytes SYSTEM - the server has half-closed the connection, and every second read() of the
# bytes that come too late is interrupted. It would wait for its clients for longer than it may
# live.
late_bytes() {
    variant 07-multiclient/server.c -e 's/define PATIENCE 2000 /define PATIENCE 600000 /' \
        -e "s/__linux__/__${1}__/"
    start server env LD_PRELOAD="$built/faults.so" FAULTS=read:even:EINTR FAULTS_LIMIT=10 \
        "$DIR/variant" "$path"
    await server "listen "
    start guest "${CLIENTS[@]}" stay-for-reply "$path"
    await guest hello
    press guest
    await guest sent
    send TERM server
    await guest "then 200000 and the end"
    press guest
    await guest "and still listened to"
    finish guest
    finish server
    [ "$status" -eq 0 ] || complain "exit status 0" "$status: $output" "$1"
    rm "$path.lock"
}

# bats test_tags=behaviour:38
@test "faults: bytes that come too late are thrown away, even if read() is interrupted" {
    need python3
    late_bytes linux
    late_bytes elsewhere
}

# less_than_hard PROGRAM - setrlimit() refuses the hard limit, as it does on macOS.
less_than_hard() {
    local hard
    hard=$(ulimit -Hn)
    [ "$hard" != unlimited ] && [ "$hard" -le 1048576 ] || hard=1048576
    start s bash -c 'ulimit -Sn 64; exec env "$@"' - LD_PRELOAD="$built/faults.so" \
        FAULTS=setrlimit:1-2:EINVAL FAULTS_LIMIT=10 FAULTS_LOG="$BATS_TEST_TMPDIR/s.calls" \
        "$built/$1" "$path"
    await s listen
    [ "$(grep -c "^setrlimit EINVAL" "$BATS_TEST_TMPDIR/s.calls")" -eq 2 ]
    [ "$(awk '/^Max open files/ { print $4 }' "/proc/$(pid s)/limits")" -eq $((hard / 4)) ]
    leaves s
    rm "$BATS_TEST_TMPDIR/s.calls"
}

# bats test_tags=behaviour:17
@test "faults: the descriptor limit is raised as far as the system allows" {
    complete less_than_hard
}
