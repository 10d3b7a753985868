#!/usr/bin/env bats
# All stages: each complete by itself, each grown from the one before.

load ../lib/helper
setup() { open_stage; }
teardown() { close_stage; }

# The functions of a program, main aside: a name and its text in one line each.
functions() {
    awk '
        /^static .*\)$/ { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name); body = "" }
        name != "" { body = body $0 "\\n" }
        name != "" && /^}$/ { print name, body; name = "" }
    ' "$ROOT/$1"
}

@test "stages: each program builds alone, in an empty folder, without a warning" {
    cd "$DIR"
    for source in "$ROOT"/0*/*.c; do
        cp "$source" .
        "${CC:-cc}" -std=c17 -Wall -Wextra -Wpedantic -Wconversion -Wshadow \
            -Werror -pthread -o program "${source##*/}"
        rm -f ./*
    done
}

@test "stages: a helper that is repeated is the same, letter for letter" {
    local old new same repeated=0
    while read -r old new; do
        # What the step itself brings: a path to be removed (02), a role to be printed (03),
        # silence without -v (06), and one read at a time (poll).
        same=$(awk -v new="$new" '
            FILENAME == ARGV[1] { text[$1] = $0; next }
            new ":" $1 ~ /^(02-bind\/server.c:die|0[36]-.*:print_call|07-.*-poll.c:serve|07-.*-epoll.c:watch)$/ { next }
            $1 in text { print text[$1] == $0 ? "same" : "other " $1 }
        ' <(functions "$old") <(functions "$new"))
        [[ $same != *other* ]] || complain "the same as in $old" "${same//same/}" "$new"
        repeated=$((repeated + $(grep -c same <<<"$same" || true)))
    done < <("$ROOT/tests/commands/diffs" --pairs)
    [ "$repeated" -gt 40 ] || complain "more than 40 helpers compared" "$repeated" stages
}

@test "stages: each step adds 10 to 60 lines and removes fewer than 10, up to 06; two steps are larger" {
    local old new added removed most fewest
    while read -r old new; do
        # The step of 05 is its client; 07 is the design, not the step.
        case $new in 05-connect/server.c | 07-*) continue ;; esac
        added=$(diff "$ROOT/$old" "$ROOT/$new" | grep -c '^>') || true
        removed=$(diff "$ROOT/$old" "$ROOT/$new" | grep -c '^<') || true
        # 02 brings a name, and the question whose file it is. The client of 06 writes and
        # reads on both of its sides, and has -v.
        most=60 fewest=10
        case $new in
        02-*) most=80 ;;
        06-*/client.c) most=110 fewest=15 ;;
        esac
        if [ "$added" -lt 10 ] || [ "$added" -gt "$most" ] || [ "$removed" -ge "$fewest" ]; then
            complain "10 to $most lines added, fewer than $fewest removed" "+$added -$removed" "$new"
        fi
    done < <("$ROOT/tests/commands/diffs" --pairs)
}

@test "stages: the diffs in the READMEs are those of the programs" {
    run "$ROOT/tests/commands/diffs" --check
    expect ""
    [ "$status" -eq 0 ]
}

@test "stages: each point of what the complete server must do has a test that names it, and a test names none else" {
    local points tested
    points=$(sed -n 's/^\([0-9][0-9]*\)\. .*/\1/p' "$ROOT/tests/README.md")
    tested=$({
        sed -n 's/^@test "[a-z0-9]* (\([0-9, ]*\)).*/\1/p' "$ROOT"/tests/*/*.bats | tr -d ' ' | tr , '\n'
        # or a make target
        # shellcheck disable=SC2016 # it is no command
        sed -n 's/^\([0-9][0-9]*\)\. .*(`make [a-z]*`).*/\1/p' "$ROOT/tests/README.md"
    } | sort -nu)
    [ "$(wc -l <<<"$points")" -eq 46 ]
    [ "$points" = "$tested" ] || complain "$points" "$tested" "the numbers in names of tests"
}

@test "stages: a test that fails names the line in which it did" {
    printf '%s\n' "load '$ROOT/tests/lib/helper'" 'setup() { open_stage; }' 'teardown() { close_stage; }' \
        '@test "one" {' 'true' '[[ 1 = 2 ]]' '}' \
        '@test "two" {' 'start a true' 'finish a' 'expect other' '}' >"$DIR/fails.bats"
    # shellcheck disable=SC2016 # the inner shell expands them
    run "$BASH" -c 'unset "${!BATS_@}" && "$@"' - "$ROOT/tests/run-bats" "$DIR/fails.bats"
    [ "$status" -eq 1 ]
    [[ $output == *"line 6)"*"\`[[ 1 = 2 ]]' failed"*"line 11)"*"\`expect other' failed"*"expected: other"* ]]
}

@test "stages: the demo plays every stage, and leaves nothing behind" {
    UDS_TMP=$DIR run "$ROOT/tests/commands/demo" demo </dev/null
    [ "$status" -eq 0 ]
    [[ $output == *01-socket*02-bind*03-listen*04-accept*05-connect*06-readwrite*07-multiclient* ]]
    [ -z "$(files)" ]
}

@test "stages: a demo that is interrupted leaves nothing behind either" {
    # A server that never accepts, so that the demo waits for it.
    cp -R "$ROOT/tests" "$ROOT/04-accept" "$ROOT/05-connect" "$DIR"
    variant 04-accept/server.c 's/int client = accept/pause(); &/'
    cp "$DIR/variant" "$DIR/04-accept/server"
    mkdir "$DIR/tmp"
    UDS_TMP=$DIR/tmp start demo "$DIR/tests/commands/demo" demo-04
    await demo "client1 |          press Enter"
    send TERM demo # a job in the background does not hear SIGINT
    finish demo
    [ "$status" -eq 1 ]
    [ -z "$(ls -A "$DIR/tmp")" ]
    [[ $(ps -Ao args) != *"$DIR/tmp"* ]]
}

@test "stages: a demo fails if a program does not do what it says" {
    cp -R "$ROOT/tests" "$ROOT/04-accept" "$ROOT/05-connect" "$DIR"
    variant 04-accept/server.c 's/i < clients/i < 1/'
    cp "$DIR/variant" "$DIR/04-accept/server"
    PATIENCE=1 run "$DIR/tests/commands/demo" demo-04 </dev/null
    [ "$status" -eq 1 ]
    [[ $output == *FAILED* ]]
}

@test "stages: every server says what to do about the usual causes, and stays whole without" {
    local long program path
    long=$DIR/$(printf 'a%.0s' $(seq 150))
    mkdir "$DIR/closed"
    echo precious >"$DIR/taken"
    for program in "$ROOT"/0[2-7]-*/server*.c; do
        program=${program%.c}
        path=$DIR/taken
        case $program in
        */07-multiclient/server)
            refuses 1 "server: open: $DIR/no/s.lock: No such file or directory" "$program" "$DIR/no/s"
            ;;
        *)
            refuses 1 "server: bind: $path: Address already in use" "$program" "$path"
            [[ $output == *"left by a dead server? Then: rm $path" ]]
            refuses 1 "server: bind: $DIR/no/s: No such file or directory" "$program" "$DIR/no/s"
            ;;
        esac
        [[ $output == *"server: "*"path does not exist" ]]
        refuses 1 "$DIR/taken/s" "$program" "$DIR/taken/s"
        [[ $output == *": Not a directory" ]]
        refuses 1 "server: " "$program" "$long"
        [[ $output == *"server: $long: path too long: at most "*" bytes fit" ]]
        refuses 2 "usage: $program" "$program"
        refuses 2 "usage: $program" "$program" ""
        refuses 2 "usage: $program" "$program" "$DIR/s" 1 2
        [ "$(id -u)" = 0 ] || continue
        chmod 755 "$DIR" "$DIR/closed"
        refuses 1 "Permission denied" "${AS_NOBODY[@]}" "$program" "$DIR/closed/s"
        [[ $output == *"server: you may not "* ]]
    done
}

@test "stages: every client says what to do about the usual causes" {
    local long program
    long=$DIR/$(printf 'a%.0s' $(seq 150))
    start server "$ROOT/02-bind/server" "$DIR/bound"
    await server "press Enter"
    echo precious >"$DIR/file"
    for program in "$ROOT"/0[5-7]-*/client.c; do
        program=${program%.c}
        refuses 1 "client: connect: $DIR/s: No such file or directory" "$program" "$DIR/s"
        [[ $output == *"has the server been started"* ]]
        refuses 1 "client: connect: $DIR/bound: Connection refused" "$program" "$DIR/bound"
        [[ $output == *"no server listens"* ]]
        refuses 1 "client: connect: $DIR/bound/s: Not a directory" "$program" "$DIR/bound/s"
        refuses 1 "client: connect: $DIR/file: Connection refused" "$program" "$DIR/file"
        [[ $output == *"client: there is a file, but it is not a socket"* ]]
        refuses 1 "client: " "$program" "$long"
        [[ $output == *"client: $long: path too long: at most "*" bytes fit" ]]
        refuses 2 "usage: $program" "$program"
        refuses 2 "usage: $program" "$program" ""
        refuses 2 "usage: $program" "$program" "$DIR/s" "$DIR/s" "$DIR/s"
        [ "$(id -u)" = 0 ] || continue
        chmod 755 "$DIR"
        chmod 600 "$DIR/bound"
        refuses 1 "client: connect: $DIR/bound: Permission denied" "${AS_NOBODY[@]}" "$program" "$DIR/bound"
        [[ $output == *"you may not write to that socket"* ]]
    done
}

@test "stages: the doctor says what is missing, and fails only where nothing can be built" {
    local tool
    UDS_TMP=$DIR run "$ROOT/tests/commands/doctor"
    [ "$status" -eq 0 ]
    [[ $output == *"ok       C compiler "*"ok       make "*"bytes at most"*" pgrep "* ]]
    mkdir "$DIR/bin" "$DIR/tmp"
    for tool in "${CC:-cc}" as cat grep head ld mktemp rm; do
        ln -s "$(command -v "$tool")" "$DIR/bin/${tool##*/}"
    done
    PATH=$DIR/bin UDS_TMP=$DIR/tmp run "$BASH" "$ROOT/tests/commands/doctor"
    [ "$status" -eq 0 ]
    [[ $output == *"missing  pgrep "*"apt install procps"*"missing  strace "* ]]
    CC=$DIR/none UDS_TMP=$DIR/tmp run "$ROOT/tests/commands/doctor"
    [ "$status" -eq 1 ]
    [[ $output == *"missing  C compiler "* ]]
    [ -z "$(ls -A "$DIR/tmp")" ]
}
