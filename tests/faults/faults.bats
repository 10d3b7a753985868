#!/usr/bin/env bats
# What if a call fails? tests/faults/faults.c makes it fail, for every program and every
# call that it makes. By itself each call's first occurrence; with TORTURE=1 in
# the environment every one: TORTURE=1 tests/run-bats tests/faults/faults.bats

# Each test is a process: what it sets is its own, and need not come out of it.
# shellcheck disable=SC2030,SC2031
load ../lib/helper

LIMIT=5      # seconds: no program may take longer
CALLS=300    # a scene takes less than 100; a program that makes more, spins
WORDS="some words, and no more"
built=$BATS_FILE_TMPDIR
client=$built/07-multiclient/client

# The programs once more, so that each call is a call of that name, and the
# library that is put before them.
setup_file() {
    [ "$(uname)" = Linux ] && command -v "${CC:-cc}" >/dev/null || return 0
    [ -z "${TORTURE:-}" ] || export BATS_TEST_TIMEOUT=600
    local source
    "${CC:-cc}" -shared -fPIC -o "$BATS_FILE_TMPDIR/faults.so" "$ROOT/tests/faults/faults.c"
    for source in "$ROOT"/0*/*.c; do
        source=${source#"$ROOT"/}
        mkdir -p "$BATS_FILE_TMPDIR/${source%/*}"
        # make coverage wants its own programs to be run.
        [ -z "${UDS_COVERAGE-}" ] || { cp "$ROOT/${source%.c}" "$BATS_FILE_TMPDIR/${source%.c}" && continue; }
        "${CC:-cc}" -O0 -U_FORTIFY_SOURCE -pthread -o "$BATS_FILE_TMPDIR/${source%.c}" "$ROOT/$source"
    done
    UDS_CFLAGS="-O0 -U_FORTIFY_SOURCE" build_server_list "$BATS_FILE_TMPDIR/07-multiclient"
}

setup() {
    need Linux "${CC:-cc}"
    open_stage
    mkdir "$DIR/w" # where the servers' paths are, and nothing else
    path=$DIR/w/s
    printf '%s\n' "$WORDS" >"$DIR/words"
    mkfifo "$DIR/out" "$DIR/say" "$DIR/hear"
}

teardown() {
    [ -z "${DIR:-}" ] || close_stage
}

# ---- The programs, how to play them, and what they may do ----

# kind PROGRAM - how it is played:
#     enter   it waits for Enter
#     few     a server for two clients, who come one after another
#     many    a server for all who come, until a signal
#     client  its peer is a server of stage 07
# $arguments are its arguments; $extra are faults that open a way which it
# seldom goes: a reply that must wait needs malloc(). (Its first four calls of
# write() are lines that it prints.) With $stale a dead server's socket has the name.
# $rare opens a way of its own, which takes time: there, only the calls that are new are
# made to fail.
kind() {
    arguments=("$path")
    extra='' rare='' stale=''
    case $1 in
    01-*/server) kind=enter arguments=() ;;
    0[23]-*/server) kind=enter ;;
    0[456]-*/server) kind=few arguments=("$path" 2) ;;
    */client) kind=client arguments=("$DIR/peer") ;;
    */bench) kind=client arguments=(-d 0.000001 "$DIR/peer") ;; # one round trip
    */server-fork | */server-thread | */server-poll | */server-epoll) kind=many ;;
    */server | */server-list)
        kind=many stale=yes extra=write:5:EAGAIN rare=accept:1:ENFILE,accept4:1:ENFILE
        ;;
    *) complain "a line in the table of tests/faults/faults.bats" "none" "$1" ;;
    esac
}

# errors PROGRAM CALL - the errors with which it fails: what may really come.
errors() {
    case $2 in
    socket | accept* | pipe* | dup* | epoll_create* | eventfd) echo EMFILE ;;
    bind | listen) echo EADDRINUSE ;;
    connect | open | unlink* | *stat* | chmod) echo EACCES ;;
    read | recv*) echo EIO ;;
    write | send*) # EPIPE is followed by the end, and here the server stays
        case $1 in */client) echo ENOSPC ;; *) echo EPIPE ;; esac
        ;;
    close) echo EIO ;;
    poll | ppoll | epoll_ctl | *alloc | strdup) echo ENOMEM ;;
    fork | pthread_create) echo EAGAIN ;;
    getsockopt) echo ENOBUFS ENOPROTOOPT ;;
    setsockopt | getsockname | shutdown) echo ENOBUFS ;;
    setrlimit | kill | prctl) echo EPERM ;;
    *) echo EINVAL ;;
    esac
}

# rule PROGRAM CALL N - what it has to do when that fails:
#     dies    exit status 1, and a message that names the call
#     goes    goes on: it serves everybody, and ends with status 0
#     drops   goes on without one client at most
#     says    the same, and a message that names the call
#     either  dies or says
#     tells   dies, or goes on where it only looked whether somebody reads
#     stays   dies, and the name that it could not remove stays
#     counts  goes on to its end, and says there what was lost: exit status 1
#     leaves  the same as goes, but the path may be left behind
rule() {
    local who=$1
    case $1 in */server-fork | */server-thread | */server-poll | */server-epoll) who=$1:small ;; esac
    case "$who $2 $3" in
    # They cannot fail: EINVAL is for what is no signal, and we name constants.
    # Without its handler TERM ends a program with 143, and its name stays.
    *" signal "*) echo unchecked ;;

    # It looks whether 0, 1 and 2 are open, and opens what need not be opened.
    *" fcntl "[123]) echo goes ;;

    # It measures what it can, and tells what it could not.
    */bench" write "* | */bench" recv "*) echo counts ;;
    */bench" close "* | */bench" "[gs]et*" "*) echo goes ;;
    */bench" "*) echo dies ;;

    # A path whose file it could not look at may be another program's: it stays.
    0[2-6]-*/server" lstat "1 | *:small" lstat "1) echo stays ;;
    0[2-6]-*/server" lstat "* | *:small" lstat "*) echo leaves ;;

    # Some systems do not answer that question.
    *" getsockopt "*) if [ "$error" = ENOPROTOOPT ]; then echo goes; else echo dies; fi ;;

    # A client's trouble is that client's. The small servers say so.
    06-*/server" read "* | 06-*/server" write "* | *:small" read "* | *:small" write "*) echo says ;;
    # No process or thread to be had: this client goes, the others stay.
    *" fork "* | *" pthread_create "*) echo says ;;
    # It cannot fail: the thread is there. If it did, the thread's memory would stay.
    *" pthread_detach "*) echo unchecked ;;
    # In a child it ends the child; in a thread, while TERM may come first.
    */server-fork:small" close "* | */server-thread:small" close "*) echo either ;;
    # Its handler tries once, and can do no more than say so.
    *:small" unlink "*) echo stays ;;
    *:small" "*) echo dies ;;

    0[1-6]-*/server" "* | */client" "*) echo dies ;;

    # The complete server of 07.
    *" poll "*) echo tells ;;                                   # before a line, or in the loop
    *" getrlimit "* | *" setrlimit "*) echo goes ;;             # fewer clients then
    *" accept"*" "*) echo goes ;;                               # it tries again
    *" close "*) echo goes ;;                                   # it is closed anyway
    *" unlink "1 | *" lstat "[123]) echo dies ;;                # to claim the path
    *" unlink "* | *" lstat "*) echo goes ;;                    # leaving: tried again
    *" epoll_create1 "* | *" epoll_ctl "*) echo goes ;;         # then it is in the list of poll()
    *" read "* | *" write "* | *" shutdown "*) echo drops ;;    # a client's trouble
    *" recv "* | *" send "* | *" "*alloc" "*) echo drops ;;     # the same
    *) echo dies ;;
    esac
}

# ---- Playing ----

# faulty FAULTS PROGRAM ARGUMENT... - becomes the program, with these faults, one
# second of the processor, and LIMIT seconds to live. Only ever in a subshell.
faulty() {
    ulimit -t 1
    export LD_PRELOAD=$built/faults.so FAULTS=$1 FAULTS_LIMIT=$LIMIT
    exec "${@:2}"
}

# peer ARGUMENT... - our client, without faults. It must not wait for ever either.
peer() {
    (faulty "" "$client" "$@") 2>/dev/null 3>&- 4>&- 21<&-
}

# look - $state of the process: nothing if it has gone.
look() {
    state_of "$process"
    [ "$state" != Z ] || state=
}

# until_asleep - it waits in a call, and does not spin.
until_asleep() {
    local deadline=$((SECONDS + LIMIT))
    look
    while [ -n "$state" ] && [ "$state" != S ]; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        look
    done
}

# listens - reads its output until it listens; false if it ends before. The complete
# server may have lost that line, if it could not print: then the kernel says so.
listens() {
    local line
    case $program:$call in
    */server:write | */server-list:write | */server:poll | */server-list:poll)
        until [ "$(kernel_row "$path")" = "00010000 01" ]; do
            look
            [ -n "$state" ] || return 1
        done
        return 0
        ;;
    esac
    while read -r -t "$LIMIT" -u 21 line; do
        case $line in listen*) return 0 ;; esac
    done
    return 1
}

# ask TEXT - our friend sends a line and gets it back.
ask() {
    local line
    printf '%s\n' "$1" >&22
    read -r -t "$LIMIT" -u 23 line && [ "$line" = "$1" ]
}

# got FILE - is what the client has printed that file? (As cmp says it, but without a
# process: bash reads up to a byte 0, which neither has.)
got() {
    local wanted came
    ! IFS= read -r -d '' wanted <"$1" && ! IFS= read -r -d '' came <"$DIR/got" && [ "$came" = "$wanted" ]
}

# Two clients, one after another. Stages 04 and 05 have nothing to say.
play_few() {
    local input=$DIR/words
    case $program in 0[45]-*) input=/dev/null ;; esac
    listens || return 0
    for _ in 1 2; do
        : >"$DIR/got"
        peer "$path" <"$input" >"$DIR/got" && got "$input" || missing=$((missing + 1))
    done
}

# A friend who stays, a client who comes and goes meanwhile; then the signal, and
# only after it the friend's end.
play_many() {
    local friend served=0
    listens || return 0
    exec 22<>"$DIR/say"
    (
        exec 21<&- 22>&-
        faulty "" "$client" "$path"
    ) <"$DIR/say" >"$DIR/hear" 2>/dev/null 3>&- 4>&- &
    friend=$!
    exec 23<"$DIR/hear"
    ask "one" && served=1
    : >"$DIR/got"
    peer "$path" <"$DIR/words" >"$DIR/got" 22>&- 23<&- && got "$DIR/words" || missing=1
    [ "$served" = 1 ] && ask "two" || missing=$((missing + 1))
    until_asleep || problem="it does not sleep while nobody wants anything"
    kill -TERM "$process" 2>/dev/null || true
    [ "$call" != write ] || signal_again
    wait "$process" || status=$?
    process=
    exec 22>&-
    wait "$friend" || true
    exec 23<&-
}

# The write() that failed may be the one by which the signal's handler wakes up
# poll(). With an open reader it really fails only when the pipe is full, and poll()
# awake; here the signal is lost, and comes once more.
signal_again() {
    local deadline=$((SECONDS + LIMIT + 1))
    look
    while [ -n "$state" ] && [ "$SECONDS" -lt "$deadline" ]; do
        case $(tail -n 2 "$DIR/log") in
        *"write $error"$'\n'poll | *"write $error"$'\n'epoll_wait)
            kill -TERM "$process" 2>/dev/null || true
            return 0
            ;;
        esac
        look
    done
}

# play PROGRAM FAULTS - one scene, to its end: $status, $message (standard error),
# $log, and $missing, how many clients were not served.
play() {
    local line
    program=$1 missing=0 status=0 problem=
    kind "$program"
    rm -f "$DIR"/w/*
    [ -z "$stale" ] || ln "$DIR/stale" "$path"
    : >"$DIR/log"
    : >"$DIR/got"
    (
        export FAULTS_LOG=$DIR/log
        faulty "$2" "$built/$program" ${arguments[@]+"${arguments[@]}"}
    ) <"$DIR/words" >"$DIR/out" 2>"$DIR/err" 3>&- 4>&- &
    process=$!
    exec 21<"$DIR/out"
    case $kind in
    few | many) "play_$kind" ;;
    esac
    while read -r -t "$LIMIT" -u 21 line; do
        [ "$kind" != client ] || printf '%s\n' "$line" >>"$DIR/got"
    done
    exec 21<&-
    [ -z "$process" ] || wait "$process" || status=$?
    case $program in
    0[6-9]-*/client) got "$DIR/words" || missing=1 ;;
    esac
    message=$(<"$DIR/err")
    # What spins writes megabytes: their beginning says enough.
    IFS= read -r -d '' -n 10000 log <"$DIR/log" || true
}

# judge RULE CALL - is the end of the scene what the rule wants? $problem, if not.
judge() {
    local lines=${log//[!$'\n']/} named=no name=${2%4} # accept4 may say accept
    case $message in
    "server: $name"[:4]* | "client: $name: "* | "bench: $name: "* | *$'\n'"bench: $name: "* | *$'\n'"server: $name"[:4]*) named=yes ;;
    esac
    [ -z "$problem" ] || return 0
    [ "$1 $status" != "unchecked 143" ] || return 0
    case $status in
    137) problem="killed: it took longer than $LIMIT s" ;;
    152) problem="killed: it spins" ;;
    esac
    [ "$status" -lt 128 ] || problem=${problem:-"ended by signal $((status - 128))"}
    [ "${#lines}" -lt "$CALLS" ] || problem=${problem:-"${#lines} calls: it spins"}
    [ -z "$problem" ] || return 0
    case "$1 $status $named $missing" in
    dies" 1 yes "* | tells" 1 yes "* | tells" 0 "*" 0" | stays" 1 yes "* | either" 1 yes "*) ;;
    counts" 1 no 0") [[ $(<"$DIR/got") == *" 1 lost, "* ]] || problem="it does not say what was lost" ;;
    goes" 0 "*" 0" | leaves" 0 "*" 0" | unchecked" 0 "*" 0" | drops" 0 "*" "[01] | says" 0 yes "[01] | either" 0 yes "[01]) ;;
    *) problem="exit status $status, $missing not served, message: ${message:-none}" ;;
    esac
    for file in "$DIR"/w/*; do
        case $file in
        "$path.lock" | "$DIR/w/*") ;;
        "$path") # where it says so; and a dead server's name is not ours before we have claimed it
            [ "$1" = stays ] || [ "$1" = leaves ] || { [ "$status" = 1 ] && [ -n "$stale" ] && [ "$path" -ef "$DIR/stale" ]; } ||
                problem="${problem:+$problem; }the path is left behind"
            ;;
        *) problem="left behind: $file" ;;
        esac
    done
}

# fail_each PROGRAM EXTRA CALL - makes it fail, the first time, the second, and so
# on as long as a scene has one.
fail_each() {
    local n
    call=$3
    for error in $(errors "$1" "$call"); do
        n=0
        while n=$((n + 1)); [ "$n" -eq 1 ] || [ -n "${TORTURE:-}" ]; do
            play "$1" "$call:$n:$error${2:+,$2}"
            case $'\n'$log$'\n' in
            *$'\n'"$call $error"$'\n'*) judge "$(rule "$1" "$call" "$n")" "$call" ;;
            *) [ "$n" -eq 1 ] || break; problem="not made again" ;;
            esac
            cases=$((cases + 1))
            [ -z "$problem" ] || report "$1" "FAULTS=$call:$n:$error${2:+,$2}"
        done
    done
}

# report PROGRAM HOW - collected: the next case may fail too.
report() {
    printf '%s\n' "$1, $2: $problem" >>"$DIR/problems"
}

# discover PROGRAM EXTRA - plays it once with no call failing but the extra ones,
# then makes each call fail that it has made, if not $seen before.
discover() {
    local line calls
    call=none
    play "$1" "$2"
    judge goes none
    [ -z "$problem" ] || report "$1" "FAULTS=$2, a whole scene"
    calls=$log
    while read -r line _ <&9; do
        case $seen in *" ${line:- } "*) continue ;; esac
        seen="$seen$line "
        fail_each "$1" "$2" "$line"
    done 9<<<"$calls"
}

# programs_of FOLDER - its sources.
programs_of() {
    (cd "$ROOT" && echo "$1"/*.c)
}

# torture FOLDER... - every program there, every call that it makes.
torture() {
    local folder source way seen cases=0 programs=0
    start dead "$built/07-multiclient/server" "$DIR/stale"
    await dead "listen"
    send KILL dead
    finish dead
    start peer "$built/07-multiclient/server" "$DIR/peer"
    await peer "listen"
    for folder in "$@"; do
        for source in $(programs_of "$folder"); do
            seen="   "
            kind "${source%.c}"
            for way in "$extra" $rare; do
                discover "${source%.c}" "$way"
            done
            programs=$((programs + 1))
        done
    done
    echo "# $cases cases (program, call, N) of $programs programs" >&3
    [ ! -e "$DIR/problems" ] || complain "no crash, hang, spin or silence" "$(cat "$DIR/problems")" "$cases cases"
}

# folders PATTERN - those of the repository, by their names.
folders() {
    # shellcheck disable=SC2086 # a pattern
    (cd "$ROOT" && echo $1)
}

# bats test_tags=behaviour:45
@test "faults: in stages 01 to 06 a program names the failed call, and leaves nothing behind" {
    # shellcheck disable=SC2046 # a list of folders
    torture $(folders "0[1-6]*")
}

# bats test_tags=behaviour:8, behaviour:45
@test "faults: in stage 07 a failed call costs one client, or ends the program with a message" {
    torture 07-multiclient
}

# bats test_tags=behaviour:8, behaviour:45
@test "faults: a failed call has the same effect if the complete server uses poll() only" {
    programs_of() { echo 07-multiclient/server-list.c; }
    torture 07-multiclient
}

# ---- The complete servers ----

# complete COMMAND... - for the server as it is, and with everybody in the list of poll().
complete() {
    "$@" 07-multiclient/server
    "$@" 07-multiclient/server-list
}

# serve NAME PROGRAM FAULTS - in the background, until it listens on "$DIR/w/NAME".
serve() {
    rm -f "$BATS_TEST_TMPDIR/$1.calls"
    start "$1" env LD_PRELOAD="$built/faults.so" FAULTS="$3" FAULTS_LIMIT=10 FAULTS_LOG="$BATS_TEST_TMPDIR/$1.calls" \
        "$built/$2" "$DIR/w/$1"
    await "$1" "listen"
}

# leaves NAME - at TERM, with status 0, and takes its name.
leaves() {
    send TERM "$1"
    finish "$1"
    [ "$status" -eq 0 ] || complain "exit status 0" "$status" "$output"
    [ ! -e "$DIR/w/$1" ] || complain "no $DIR/w/$1" "it is there" "$1"
}

# through SERVER-FAULTS CLIENT-FAULTS PROGRAM - "$DIR/bytes" there and back. The complete
# server is quiet, as its lines would be cut short as well.
through() {
    local quiet=
    case $3 in */server | */server-list) [ "${3%%-*}" = 06 ] || quiet=-q ;; esac
    # shellcheck disable=SC2086 # an option, or none
    start server env LD_PRELOAD="$built/faults.so" FAULTS="$1" FAULTS_LIMIT=30 "$built/$3" $quiet "$path" "${@:4}"
    if [ -n "$quiet" ]; then
        until [ -S "$path" ] && "$client" "$path" </dev/null 2>/dev/null; do :; done
    else
        await server "listen "
    fi
    env LD_PRELOAD="$built/faults.so" FAULTS="$2" FAULTS_LIMIT=30 "$client" "$path" \
        <"$DIR/bytes" >"$DIR/back" 3>&- 4>&- || complain "exit status 0" "$?" "client, $2; $3, $1"
    same "$DIR/bytes" "$DIR/back"
    # Its handler's write() may be one of those that fail: then the signal is lost.
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
@test "faults: the bytes are right if calls are short, interrupted, or not ready after all" {
    local short="read:*:short,write:*:short"
    local interrupted="read:even:EINTR,write:even:EINTR,poll:even:EINTR,epoll_wait:even:EINTR"
    local not_ready="read:even:EAGAIN,write:every3:EAGAIN,poll:every3:EAGAIN"
    head -c 50000 /dev/urandom >"$DIR/bytes"
    complete through "$short" "$short"
    # Many bytes read, one written: the rest must not be lost.
    complete through "write:*:short" "write:*:short"
    head -c 1000000 /dev/urandom >"$DIR/bytes"
    complete through "$interrupted" "$interrupted"
    complete through "$not_ready" "$not_ready"
    # The four designs block in write(): there EAGAIN never comes.
    for small in 07-multiclient/server-fork 07-multiclient/server-thread; do
        through "read:even:EINTR,write:even:EINTR" "" "$small"
    done
    for small in 07-multiclient/server-poll 07-multiclient/server-epoll; do
        through "read:even:EINTR,write:even:EINTR,poll:even:EINTR,epoll_wait:even:EINTR" "" "$small"
    done
    through "read:even:EINTR,write:even:EINTR" "" 06-readwrite/server 1
    head -c 50000 /dev/urandom >"$DIR/bytes"
    for small in 07-multiclient/server-{fork,thread,poll,epoll} "06-readwrite/server 1"; do
        # shellcheck disable=SC2086 # a program and its argument
        through "write:*:short" "" $small
    done
    # Some systems say so of a connection whose other end has gone.
    through "" "shutdown:1:+ENOTCONN" 07-multiclient/server
    # This client reads when it has written a piece: 278 bytes, each alone, would
    # fill the line (the kernel counts its own overhead), and both would wait.
    head -c 200 /dev/urandom >"$DIR/bytes"
    client=$built/06-readwrite/client
    through "" "write:*:short" 06-readwrite/server 1
    through "" "write:even:EINTR,poll:even:EINTR" 06-readwrite/server 1
}

# pauses PROGRAM - accept() fails three times for each of the errors that take
# time: the next client is served, and 4 tries take at least 150 ms. One server for
# each error, all of them at once.
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
            complain "at most 20 tries a second" "4 in $(((after - before) / 1000000)) ms" "$1, $error"
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
@test "faults: a listener that epoll has no memory to watch is watched by poll()" {
    local which
    # epoll_ctl() is called for the pipe, the listener, the listener again (pause), and again.
    for which in 3 4 3-9; do
        serve s 07-multiclient/server "accept4:1:ENFILE,epoll_ctl:$which:ENOMEM"
        run peer "$DIR/w/s" <"$DIR/words"
        expect "$WORDS"
        leaves s
        grep -q "epoll_ctl ENOMEM" "$BATS_TEST_TMPDIR/s.calls"
    done
}

# at_once PROGRAM - a client that has gone again is no reason to pause.
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
accept" ] || complain "3 times accept $error, then accept" "$(cat "$BATS_TEST_TMPDIR/$error.calls")" "$1"
    done
}

# bats test_tags=behaviour:18
@test "faults: after a connection that is gone already, the next one is accepted at once" {
    complete at_once
}

# bats test_tags=behaviour:20
@test "faults: clients that epoll has no memory to watch are watched by poll(), and served" {
    need python3
    local which path=$DIR/s
    for which in 3-20 "*" even; do
        start server env LD_PRELOAD="$built/faults.so" FAULTS="epoll_ctl:$which:ENOMEM" FAULTS_LIMIT=20 \
            FAULTS_LOG="$BATS_TEST_TMPDIR/s.calls" "$built/07-multiclient/server" "$path"
        await server "listen "
        run "${CLIENTS[@]}" crowd "$path" 60
        expect "60 served"
        grep -q "epoll_ctl ENOMEM" "$BATS_TEST_TMPDIR/s.calls"
        send TERM server
        finish server
        [ "$status" -eq 0 ] || complain "exit status 0" "$status: $output" "epoll_ctl:$which"
        [ ! -e "$path" ]
        rm "$BATS_TEST_TMPDIR/s.calls"
    done
}

# leaving_full PROGRAM - the listener is not watched, as there are no descriptors for
# clients: then it has to leave.
leaving_full() {
    serve s "$1" "accept:*:ENFILE,accept4:*:ENFILE"
    start guest "$client" "$path"
    until grep -q "^accept4* ENFILE" "$BATS_TEST_TMPDIR/s.calls"; do :; done
    leaves s
    finish guest
}

# bats test_tags=behaviour:17
@test "faults: a server that is out of descriptors exits in order" {
    complete leaving_full
}

# skipped_line PROGRAM - a signal comes while it looks whether its output would block.
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

# second_signal PROGRAM - it leaves, with a reply that nobody reads; before it has
# come as far as waiting for that, it stops, and the second signal comes.
second_signal() {
    variant 07-multiclient/server.c 's/define PATIENCE 2000 /define PATIENCE 600000 /'
    start server env LD_PRELOAD="$built/faults.so" FAULTS=accept:3:stop,accept4:3:stop FAULTS_LIMIT=10 "$DIR/variant" "$path"
    await server "listen "
    start rude "${CLIENTS[@]}" stuck "$path" 1
    await rude stuck
    send TERM server
    becomes T server || complain "process state T, in the third accept()" "process state $state" server
    send TERM server
    send CONT server
    finish server
    [ "$status" -eq 0 ] || complain "exit status 0, at once" "$status: $output" server
    [ ! -e "$path" ]
    send KILL rude
    finish rude
}

# bats test_tags=behaviour:38
@test "faults: a second signal counts from the first moment of leaving" {
    need python3
    second_signal
}

# no_byte PROGRAM - the byte that a signal has written cannot be read at once.
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

# vanishing PROGRAM - a dead server's name is gone when it is asked, or removed:
# somebody else has been quicker.
vanishing() {
    serve s "$1" ""
    send KILL s
    finish s
    serve s "$1" "connect:1:ENOENT,unlink:1:+ENOENT"
    [ "$(grep -cE "^(connect|unlink).*ENOENT" "$BATS_TEST_TMPDIR/s.calls")" -eq 2 ] ||
        complain "connect ENOENT, unlink ENOENT" "$(cat "$BATS_TEST_TMPDIR/s.calls")" "$1"
    run peer "$path" <"$DIR/words"
    expect "$WORDS"
    leaves s
}

# bats test_tags=behaviour:2
@test "faults: a server starts even if the stale path vanishes while it is examined" {
    complete vanishing
}

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

# no_memory PROGRAM - the second reply cannot be written at once, nor kept. (Lines that it
# prints are the writes 1 to 4, and the sixth.)
no_memory() {
    serve s "$1" "malloc:*:ENOMEM,realloc:*:ENOMEM,write:7:EAGAIN"
    start friend "$client" "$path"
    type_in friend "one"
    await friend "one"
    run faulty "" "$client" "$path" <"$DIR/words"
    [[ "$status $output" == "1 client: the server left: 0 of "* ]] || complain "exit status 1, no reply" "$status: $output" "the second client"
    grep -q "alloc ENOMEM" "$BATS_TEST_TMPDIR/s.calls" || complain "malloc ENOMEM" "$(cat "$BATS_TEST_TMPDIR/s.calls")" "$1"
    type_in friend "two"
    await friend "two"
    eof friend
    finish friend
    leaves s
}

# bats test_tags=behaviour:20
@test "faults: without memory for a reply, that client is dropped and the others are answered" {
    complete no_memory
}

# bats test_tags=behaviour:35
@test "faults: an interrupted connect() is tried again, and one that would block is reported" {
    serve s 07-multiclient/server ""
    run env LD_PRELOAD="$built/faults.so" FAULTS=connect:1-3:EINTR FAULTS_LIMIT="$LIMIT" "$client" "$path" <"$DIR/words"
    expect "$WORDS"
    refuses 1 "client: connect: $path: " env LD_PRELOAD="$built/faults.so" FAULTS=connect:1:EAGAIN "$client" "$path"
    leaves s
}

# locked PROGRAM - a lock that is held may be told by another error as well, and
# nobody need be able to say who holds it. (The first three calls of fcntl() look at
# descriptors 0 to 2, the next four prepare the pipe.)
locked() {
    serve s "$1" ""
    refuses 1 "server: $path: in use by process $(pid s)" \
        env LD_PRELOAD="$built/faults.so" FAULTS=fcntl:8:EACCES "$built/$1" "$path"
    refuses 1 "server: $path: in use by another process" \
        env LD_PRELOAD="$built/faults.so" FAULTS=fcntl:9:EINVAL "$built/$1" "$path"
    refuses 1 "server: fcntl: $path.lock: No locks available" \
        env LD_PRELOAD="$built/faults.so" FAULTS=fcntl:8:ENOLCK "$built/$1" "$path"
    leaves s
}

# bats test_tags=behaviour:3
@test "faults: a lock that another process holds is told apart from locks that do not work" {
    complete locked
}

# name_stays PROGRAM - it cannot be removed: neither at the signal, nor at the end.
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
    run env LD_PRELOAD="$built/faults.so" FAULTS=connect:1:+EINTR FAULTS_LIMIT="$LIMIT" "$client" "$path" <"$DIR/words"
    expect "$WORDS"
    leaves s
}

# bats test_tags=behaviour:35
@test "faults: without standard input and /dev/null, every program says so and creates no socket" {
    local source program
    for source in "$ROOT"/0[4-7]-*/*.c; do
        program=${source#"$ROOT"/}
        program=${program%.c}
        rm -f "$built/calls"
        # shellcheck disable=SC2016 # the inner shell expands it
        refuses 1 "open: /dev/null: Permission denied" env FAULTS=open:1:EACCES FAULTS_LOG="$built/calls" \
            bash -c 'LD_PRELOAD=$1 exec "${@:2}" <&-' - "$built/faults.so" "$built/$program" "$path"
        ! grep "^socket" "$built/calls" || complain "no socket()" "$(cat "$built/calls")" "$program"
    done
    [ -z "$(ls -A "$DIR/w")" ]
}

# bats test_tags=behaviour:45
@test "faults: client -v reports a failed getsockopt(), and works on a system without that option" {
    serve s 07-multiclient/server ""
    run env LD_PRELOAD="$built/faults.so" FAULTS=getsockopt:1:ENOBUFS "$built/06-readwrite/client" -v "$path" \
        <"$DIR/words"
    [[ "$status $output" == "1 client: getsockopt: SO_ACCEPTCONN: No buffer space available" ]] ||
        complain "exit status 1, and the call" "$status: $output" client
    run env LD_PRELOAD="$built/faults.so" FAULTS=getsockopt:*:ENOPROTOOPT "$built/06-readwrite/client" -v "$path" \
        <"$DIR/words"
    [ "$status" -eq 0 ]
    [[ $output == *"connect  descriptor "*"$WORDS"* && $output != *active* ]] ||
        complain "the calls and the words, without active or passive" "$output" client
    leaves s
}

# last_call PROGRAM - the client's last word cannot be read at once. (Behind that read() comes
# the one that finds the client's end.)
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
        [ -z "$faults" ] || grep -q "^read EINTR" "$BATS_TEST_TMPDIR/s.calls" || complain "read EINTR" "$(cat "$BATS_TEST_TMPDIR/s.calls")" "$1"
        faults=read:$((last - 1)):EINTR
    done
}

# bats test_tags=behaviour:38
@test "faults: a client's last read() is repeated if it is interrupted" {
    complete last_call
}

# less_than_hard PROGRAM - this system allows fewer descriptors than its hard limit.
less_than_hard() {
    local hard
    hard=$(ulimit -Hn)
    [ "$hard" != unlimited ] && [ "$hard" -le 1048576 ] || hard=1048576
    start s bash -c 'ulimit -Sn 64; exec env "$@"' - LD_PRELOAD="$built/faults.so" FAULTS=setrlimit:1-2:EINVAL \
        FAULTS_LIMIT=10 FAULTS_LOG="$BATS_TEST_TMPDIR/s.calls" "$built/$1" "$path"
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
