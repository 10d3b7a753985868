#!/usr/bin/env bats
# What holds for all stages: each is complete, and grows out of the one before.

load ../lib/helper
setup() { open_stage; }
teardown() { close_stage; }

# functions SOURCE - prints each function but main() in a line: its name, then its text.
functions() {
    awk '
        /^static .*\)$/ { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name); body = "" }
        name != "" { body = body $0 "\\n" }
        name != "" && /^}$/ { print name, body; name = "" }
    ' "$ROOT/$1"
}

# bats test_tags=tools
@test "stages: each program builds by itself in an empty folder, without a warning" {
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
        # Exceptions are what the step itself adds: a path to remove (02), a role to print (03),
        # silence without -v (06), one read at a time (poll), the way to wait (epoll).
        same=$(awk -v new="$new" '
            FILENAME == ARGV[1] { text[$1] = $0; next }
            { place = new ":" $1 }
            place ~ /^(02-bind\/server.c:die|0[36]-.*:print_call)$/ { next }
            place ~ /^07-.*-(poll.c:serve|epoll.c:watch)$/ { next }
            $1 in text { print text[$1] == $0 ? "same" : "other " $1 }
        ' <(functions "$old") <(functions "$new"))
        [[ $same != *other* ]] || complain "the same as in $old" "${same//same/}" "$new"
        repeated=$((repeated + $(grep -c same <<<"$same" || true)))
    done < <("$ROOT/tests/commands/diffs" --pairs)
    [ "$repeated" -gt 40 ] || complain "more than 40 helpers compared" "$repeated" stages
}

@test "stages: up to 06 each step adds 10 to 60 lines and removes few, with two exceptions" {
    local old new added removed most fewest
    while read -r old new; do
        # The step of 05 is its client. The programs of 07 are designs, not steps.
        case $new in 05-connect/server.c | 07-*) continue ;; esac
        added=$(diff "$ROOT/$old" "$ROOT/$new" | grep -c '^>') || true
        removed=$(diff "$ROOT/$old" "$ROOT/$new" | grep -c '^<') || true
        # 02 adds a name, and the question whose file it is. The client of 06 reads and writes
        # on both of its sides, and has -v.
        most=60 fewest=10
        case $new in
        02-*) most=80 ;;
        06-*/client.c) most=110 fewest=15 ;;
        esac
        if [ "$added" -lt 10 ] || [ "$added" -gt "$most" ] || [ "$removed" -ge "$fewest" ]; then
            complain "10 to $most added, fewer than $fewest removed" "+$added -$removed" "$new"
        fi
    done < <("$ROOT/tests/commands/diffs" --pairs)
}

@test "stages: the diffs in the READMEs are those of the programs" {
    run "$ROOT/tests/commands/diffs" --check
    expect ""
    [ "$status" -eq 0 ]
}

@test "stages: tests/README.md lists every behaviour with the tests that prove it" {
    run "$ROOT/tests/checks/behaviours" --check
    expect ""
    [ "$status" -eq 0 ]
    [ "$(grep -c '^    - `' "$ROOT/tests/README.md")" -gt 90 ]
    [ "$(grep -c '^46\. ' "$ROOT/tests/README.md")" -eq 1 ]
}

# wrong_list TEXT FILE SED - after this change of a file, the check fails with this text.
wrong_list() {
    sed "$3" "$ROOT/tests/$2" >"$DIR/tests/$2"
    ! cmp -s "$ROOT/tests/$2" "$DIR/tests/$2"
    UDS_TMP=$DIR run -1 "$DIR/tests/checks/behaviours" --check
    contains "$1"
    cp "$DIR/tests/$2" "$DIR/wrong"
    copy "$ROOT/tests/$2" "$DIR/tests/$2"
}

# bats test_tags=tools
@test "stages: a behaviour without a test is found, and so is a test that is not listed" {
    local server=stages/07-server-path.bats
    mkdir "$DIR/tests"
    copy -R "$ROOT"/tests/{README.md,bench,checks,commands,faults,pages,stages,stress} "$DIR/tests"
    wrong_list "behaviour 16 has no test" $server '/^# bats test_tags=behaviour:16$/d'
    wrong_list "behaviour 47, which is not in the list" $server 's/=behaviour:16$/&, behaviour:47/'
    wrong_list "behaviour 12 is missing" README.md '/^12\. /d'
    wrong_list "behaviours --write" $server 's/^@test "07: on a fresh path/&s/'
    wrong_list "behaviours --write" $server '/^# bats test_tags=behaviour:2$/d'
    wrong_list "behaviours --write" $server 's/^# bats test_tags=behaviour:2$/&, behaviour:3/'
    wrong_list "behaviours --write" README.md '/^    - `07: on a fresh path/d'
    cp "$DIR/wrong" "$DIR/tests/README.md"
    "$DIR/tests/checks/behaviours" --write
    cmp "$ROOT/tests/README.md" "$DIR/tests/README.md"
}

# outside COMMAND... - runs it as a terminal would, not as a part of this test of bats.
outside() {
    # shellcheck disable=SC2016 # the inner shell expands them
    run "$BASH" -c 'unset "${!BATS_@}" && "$@"' - "$@"
}

@test "stages: the commands in tests/README.md print what it shows, and its test is a real one" {
    local line command='' wanted='' count=0 fence='```'
    cd "$ROOT"
    while IFS= read -r line; do
        case $line in
        '$ '* | '')
            if [ -n "$command" ]; then
                outside bash -c "$command"
                [ "$output" = "$wanted" ] || complain "$wanted" "$output" "$command"
                count=$((count + 1))
            fi
            command=${line#'$ '} wanted=
            ;;
        *) wanted=$wanted${wanted:+$'\n'}$line ;;
        esac
    done < <(sed -n "/^${fence}console/,/^$fence\$/p" tests/README.md | sed "1d; s/^$fence//")
    [ "$count" -eq 3 ]
    wanted=$(sed -n "/^${fence}bash/,/^$fence\$/p" tests/README.md | sed "/^$fence/d")
    [[ $wanted == *@test* && $(cat tests/stages/07-server-*.bats) == *"$wanted"* ]]
}

# bats test_tags=tools
@test "stages: bats names the line in which a test failed" {
    printf '%s\n' "load '$ROOT/tests/lib/helper'" \
        'setup() { open_stage; }' 'teardown() { close_stage; }' \
        '@test "one" {' 'true' '[[ 1 = 2 ]]' '}' \
        '@test "two" {' 'start a true' 'finish a' 'expect other' '}' >"$DIR/fails.bats"
    outside "$ROOT/tests/run-bats" "$DIR/fails.bats"
    [ "$status" -eq 1 ]
    [[ $output == *"line 6)"*"\`[[ 1 = 2 ]]' failed"* ]]
    [[ $output == *"line 11)"*"\`expect other' failed"*"expected: other"* ]]
}

# bats test_tags=tools
@test "stages: the demo plays every stage, and leaves nothing behind" {
    UDS_TMP=$DIR run -0 "$ROOT/tests/commands/demo" demo </dev/null
    [[ $output == *01-socket*02-bind*03-listen*04-accept*05-connect*06-readwrite*07-multiclient* ]]
    [ -z "$(files)" ]
}

# bats test_tags=tools
@test "stages: an interrupted demo leaves nothing behind" {
    # The server never accepts, so the demo waits for it.
    mkdir "$DIR/tests"
    copy -R "$ROOT"/tests/{commands,lib} "$DIR/tests"
    copy -R "$ROOT/04-accept" "$ROOT/05-connect" "$DIR"
    variant 04-accept/server.c 's/int client = accept/pause(); &/'
    cp "$DIR/variant" "$DIR/04-accept/server"
    mkdir "$DIR/tmp"
    UDS_TMP=$DIR/tmp start demo "$DIR/tests/commands/demo" demo-04
    await demo "client1 |          press Enter"
    send TERM demo # a background job ignores SIGINT
    finish demo
    [ "$status" -eq 1 ]
    [ -z "$(ls -A "$DIR/tmp")" ]
    [[ $(ps -Ao args) != *"$DIR/tmp"* ]]
}

# bats test_tags=tools
@test "stages: the demo fails if a program does not do what is announced" {
    mkdir "$DIR/tests"
    copy -R "$ROOT"/tests/{commands,lib} "$DIR/tests"
    copy -R "$ROOT/04-accept" "$ROOT/05-connect" "$DIR"
    variant 04-accept/server.c 's/i < clients/i < 1/'
    cp "$DIR/variant" "$DIR/04-accept/server"
    PATIENCE=1 run -1 "$DIR/tests/commands/demo" demo-04 </dev/null
    [[ $output == *FAILED* ]]
}

@test "stages: every server gives advice on common errors" {
    local long program path
    long=$DIR/$(printf 'a%.0s' $(seq 150))
    mkdir "$DIR/closed"
    echo precious >"$DIR/taken"
    for program in "$ROOT"/0[2-7]-*/server*.c; do
        program=${program%.c}
        path=$DIR/taken
        case $program in
        */07-multiclient/server)
            refuses 1 "server: open: $DIR/no/s.lock: No such file or directory" \
                "$program" "$DIR/no/s"
            ;;
        *)
            refuses 1 "server: bind: $path: Address already in use" "$program" "$path"
            [[ $output == *"if no server is using it: rm $path" ]]
            refuses 1 "server: bind: $DIR/no/s: No such file or directory" "$program" "$DIR/no/s"
            ;;
        esac
        [[ $output == *"server: "*"path does not exist" ]]
        refuses 1 "$DIR/taken/s" "$program" "$DIR/taken/s"
        [[ $output == *": Not a directory" ]]
        refuses 1 "server: " "$program" "$long"
        [[ $output == *"server: $long: path too long: at most "*" bytes fit" ]]
        [ "$(id -u)" = 0 ] || continue
        chmod 755 "$DIR" "$DIR/closed"
        refuses 1 "Permission denied" "${AS_NOBODY[@]}" "$program" "$DIR/closed/s"
        [[ $output == *"server: you may not "* ]]
    done
}

# bats test_tags=behaviour:31
@test "stages: every client gives advice on common errors" {
    local long program
    long=$DIR/$(printf 'a%.0s' $(seq 150))
    start server "$ROOT/02-bind/server" "$DIR/bound"
    await server "press Enter"
    echo precious >"$DIR/file"
    for program in "$ROOT"/0[5-7]-*/client.c; do
        program=${program%.c}
        refuses 1 "client: connect: $DIR/s: No such file or directory" "$program" "$DIR/s"
        [[ $output == *"is a server running with this path?"* ]]
        refuses 1 "client: connect: $DIR/bound: Connection refused" "$program" "$DIR/bound"
        [[ $output == *"no server is listening"* ]]
        refuses 1 "client: connect: $DIR/bound/s: Not a directory" "$program" "$DIR/bound/s"
        refuses 1 "client: connect: $DIR/file: Connection refused" "$program" "$DIR/file"
        [[ $output == *"client: there is a file, but it is not a socket"* ]]
        refuses 1 "client: " "$program" "$long"
        [[ $output == *"client: $long: path too long: at most "*" bytes fit" ]]
        [ "$(id -u)" = 0 ] || continue
        chmod 755 "$DIR"
        chmod 600 "$DIR/bound"
        refuses 1 "client: connect: $DIR/bound: Permission denied" \
            "${AS_NOBODY[@]}" "$program" "$DIR/bound"
        [[ $output == *"you need permission to write to the socket"* ]]
    done
}
