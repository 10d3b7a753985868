#!/usr/bin/env bats
# make watch-NN and make trace-NN, which show a stage while it runs.

load ../lib/helper
setup() { open_stage; }
teardown() { close_stage; }

# watch NN - plays that stage without pauses. It must leave nothing behind, and fit into a
# terminal of 100 columns.
watch() {
    PACE=0 UDS_TMP=$DIR run alone "$ROOT/tests/commands/watch" "watch-$1" </dev/null
    seen "$1"
}

# trace NN - the same with strace, under which ASan's leak checker does not work.
trace() {
    ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 UDS_TMP=$DIR \
        run alone "$ROOT/tests/commands/trace" "trace-$1" </dev/null
    seen "$1"
}

seen() {
    local wide
    [ "$status" -eq 0 ] || complain "exit status 0" "$status: $output" "stage $1"
    wide=$(printf '%s\n' "$output" | awk 'length > 100')
    [ -z "$wide" ] || complain "100 columns at most" "$wide" "stage $1"
    [ -z "$(files)" ] || complain "an empty folder" "$(files)" "stage $1"
}

# watched_calls - prints the calls that watch has shown, in order, a client's in brackets.
watched_calls() {
    printf '%s\n' "$output" | awk '
        / > .* \|/ && $1 ~ /^(socket|bind|listen|accept|close|unlink)$/ { printf "%s ", $1 }
        / < / {
            sub(/.* < [0-9]? */, "")
            if ($1 ~ /^(socket|connect|shutdown|close)$/) printf "[%s] ", $1
        }'
}

# traced_calls server|client - prints the calls that trace has shown, where they began.
traced_calls() {
    printf '%s\n' "$output" | awk -v who="$1" '
        { text = who == "server" ? substr($0, 1, 48) : substr($0, 52) }
        who == "client" { sub(/^[0-9] /, "", text) }
        text ~ /^[a-z0-9_]+\(/ { sub(/\(.*/, "", text); printf "%s ", text }'
}

# calls EXPECTED FOUND - compares two lists of calls.
calls() {
    [ "$1" = "$2" ] || complain "$1" "$2" "$output"
}

# kernel_says TEXT... - the column in the middle has these texts in this order. Without
# Linux and ss it has less to say, and another test looks at that.
kernel_says() {
    local text rest
    [ "$(uname)" = Linux ] && command -v ss >/dev/null || return 0
    rest=$(printf '%s\n' "$output" | cut -c 42-66)
    for text in "$@"; do
        [[ $rest == *"$text"* ]] || complain "$text, in its place" "$output" "the kernel's column"
        rest=${rest#*"$text"}
    done
}

@test "watch: stage 04 shows its calls in order, and what the kernel reports" {
    watch 04
    calls "socket bind listen [socket] [connect] accept close [close] \
[socket] [connect] accept close [close] unlink close " "$(watched_calls)"
    kernel_says "server  sleeps (S)" "client1 3 ESTAB" "server  4 ESTAB" "server  4 gone" \
        "queue: 1" "queue: 0" "server  4 ESTAB"
}

# bats test_tags=tools
@test "watch: the stages before 04, 05 and 06 show their calls, and what the kernel reports" {
    watch 01
    calls "socket close " "$(watched_calls)"
    kernel_says "server  3 UNCONN" "server  3 gone"
    watch 02
    calls "socket bind [socket] unlink close " "$(watched_calls)"
    kernel_says "server  3 UNCONN" "file s    srw" "client  3 UNCONN" "file s    gone" \
        "server  3 gone"
    watch 03
    calls "socket bind listen [socket] [connect] [close] unlink close " "$(watched_calls)"
    kernel_says "server  3 UNCONN" "file s    srw" "server  3 LISTEN" "queue: 0" "queue: 1" \
        "client  3 ESTAB" "client  3 gone" "file s    gone" "server  3 gone"
    watch 05
    calls "[socket] socket bind listen [socket] [connect] accept close unlink close [close] " \
        "$(watched_calls)"
    kernel_says "client  3 gone" "queue: 1" "client  3 ESTAB" "queue: 0" "server  4 ESTAB" \
        "server  4 gone" "client  3 gone"
    watch 06
    calls "socket bind listen [socket] [connect] [socket] [connect] accept [shutdown] [close] \
close accept [shutdown] [close] close unlink close " "$(watched_calls)"
    kernel_says "queue: 2" "queue: 1" "server  4 6 bytes to read" "client2 sleeps" "queue: 0" \
        "server  4 7 bytes to read"
    [[ $output == *"< 1 hello"*"< 2 I wait"* ]]
}

# bats test_tags=tools
@test "watch: in 07 four clients talk at the same time, and none waits for another" {
    watch 07
    calls "socket bind listen [socket] [connect] [socket] [connect] [socket] [connect] \
[socket] [connect] accept accept accept accept \
[shutdown] close [close] [shutdown] close [close] \
[shutdown] close [close] [shutdown] close [close] close " "$(watched_calls)"
    kernel_says "queue: 1" "queue: 2" "queue: 3" "queue: 4" "queue: 3" "queue: 0" "server  sleeps" \
        "client3 3 gone" "client1 3 gone" "client2 3 gone" "client4 3 gone" "file s    gone"
    [[ $output == *"< 4 I am client 4"*"< 2 I am client 2"* ]]
    [[ $output == *"< 2 I am client 2"*"< 3 I am client 3"*"< 1 I am client 1"* ]]
    [[ $output == *"< 4 4 again"* ]]
}

# bats test_tags=tools
@test "watch: without ss it asks /proc for the queue" {
    need Linux
    local tool
    mkdir "$DIR/bin"
    for tool in bash awk cat cc as ld ls mkdir mkfifo mktemp mv ps readlink rm sleep tr; do
        ln -s "$(command -v "$tool")" "$DIR/bin/$tool"
    done
    mkdir "$DIR/tmp"
    # Another user has a queue at a path of that name.
    cd "$DIR"
    start other "$ROOT/03-listen/server" hello.sock
    await other "press Enter"
    run -0 "$ROOT/05-connect/client" hello.sock </dev/null
    PATH=$DIR/bin PACE=0 UDS_TMP=$DIR/tmp run -0 alone "$ROOT/tests/commands/watch" watch-03 \
        </dev/null
    [[ $output == *"server  3 UNCONN "*"server  3 LISTEN "*"queue: 0"*"queue: 1"* ]]
    [[ $output == *"queue: 1"*"client  3 ESTAB "*"server  3 gone"* ]]
}

# bats test_tags=tools
@test "watch: without /proc it says so, and goes on" {
    PROC=$DIR/proc watch 03
    [[ $output == *"no /proc on this system"*"connect  descriptor 3"*"unlink "* ]]
    [[ $output != *LISTEN* ]]
}

# bats test_tags=tools
@test "watch: interrupted during a pause, it leaves nothing behind" {
    mkdir "$DIR/tmp"
    PACE=1000 UDS_TMP=$DIR/tmp start watch "$ROOT/tests/commands/watch" watch-04
    await watch "? 1. socket"
    send TERM watch # a background job ignores SIGINT
    finish watch
    [ "$status" -eq 1 ]
    [ -z "$(ls -A "$DIR/tmp")" ]
    [[ $(ps -Ao args) != *"$DIR/tmp"* ]]
}

# bats test_tags=tools
@test "watch: at a terminal it asks before each step, and an early key does not skip one" {
    "${CC:-cc}" -o "$DIR/terminal" "$ROOT/tests/pages/terminal.c"
    mkdir "$DIR/tmp"
    UDS_TMP=$DIR/tmp start watch env -u PACE "$DIR/terminal" "$ROOT/tests/commands/watch" watch-01
    for _ in 1 2 3 4 5; do press watch; done # before it asks
    await watch "press Enter"
    asleep watch
    press watch
    await watch "? The server closes"
    await watch "press Enter"
    [[ $(said watch) == *"? 1. socket"*"press Enter"*"socket   descriptor 3"*"= The lowest"* ]]
    [[ $(said watch) != *"close    descriptor 3"* ]]
    press watch
    await watch "= It is gone, too."
    [[ $(said watch) != *"did not do"* ]]
}

# bats test_tags=tools
@test "watch: it fits a terminal of 80 columns, and refuses a narrower one" {
    local columns
    mkdir "$DIR/tmp"
    "${CC:-cc}" -o "$DIR/terminal" "$ROOT/tests/pages/terminal.c"
    for columns in 79 80; do
        # shellcheck disable=SC2016 # that shell expands it
        PACE=0 UDS_TMP=$DIR/tmp start watch "$DIR/terminal" "$BASH" -c \
            'stty cols "$1" && exec "$2" watch-03' - "$columns" "$ROOT/tests/commands/watch"
        [ "$columns" = 80 ] || { await watch "this terminal has 79 columns" && continue; }
        await watch "listen   descriptor 3: passive"
        await watch "= It goes with the socket."
        output=$(said watch | sed $'s/\033\\[[0-9;]*m//g' | awk '/[|>].*[|<]/ && length > 80')
        expect ""
    done
}

# bats test_tags=tools
@test "watch: it fails if a program does not do what is announced" {
    mkdir "$DIR/tests"
    copy -R "$ROOT"/tests/{commands,lib} "$DIR/tests"
    copy -R "$ROOT/04-accept" "$ROOT/05-connect" "$DIR"
    sed 's/i < clients/i < 1/' "$ROOT/04-accept/server.c" >"$DIR/04-accept/server.c"
    PACE=0 run -1 alone "$DIR/tests/commands/watch" watch-04 </dev/null
    [[ $output == *"watch: the stage did not do what it says" ]]
}

@test "trace: stage 04 shows its system calls in order, and both ends of a call that blocks" {
    need Linux strace
    trace 04
    calls "socket bind listen accept close accept close unlink close " "$(traced_calls server)"
    calls "socket connect close socket connect close " "$(traced_calls client)"
    [[ $output == *"accept(3, NULL, NULL) ... "*" | 1 connect("*"... accept = 4 "* ]]
}

# bats test_tags=tools
@test "trace: every other stage shows its system calls, and both ends of a call that blocks" {
    need Linux strace
    trace 01
    calls "socket close " "$(traced_calls server)"
    calls "" "$(traced_calls client)"
    trace 02
    calls "socket bind unlink close " "$(traced_calls server)"
    calls "socket connect " "$(traced_calls client)"
    [[ $output == *ECONNREFUSED* ]]
    trace 03
    calls "socket bind listen unlink close " "$(traced_calls server)"
    calls "socket connect close " "$(traced_calls client)"
    trace 05
    calls "socket bind listen accept close unlink close " "$(traced_calls server)"
    calls "socket connect socket connect close " "$(traced_calls client)"
    trace 06
    calls "socket bind listen accept read write read close \
accept read write read close unlink close " "$(traced_calls server)"
    [[ $(traced_calls client) == "socket connect "*"write "*"read "*"shutdown "*"close " ]]
    [[ $output == *"read(4, ... "*" | 1 write(3, \"hello\\n\", 6)"* ]]
    [[ $output == *" | 1 write(3, \"hello\\n\", 6)"*"... read(4, \"hello\\n\", 4096) = 6 "* ]]
    trace 07
    [[ $(traced_calls server) == "socket connect close socket bind listen epoll_wait "*"accept4 "*\
"epoll_wait read write "*"unlink "*"close " ]]
}

# bats test_tags=tools
@test "trace: without strace it says what to install" {
    PATH=$DIR run -1 "$BASH" "$ROOT/tests/commands/trace" trace-04
    expect "trace: no strace here: apt install strace (macOS has dtruss)"
}
