#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # $status and $output are those of `run`
#
# The Makefile and the scripts behind it: what they do with the user's variables, with
# a typing error, and with a folder that cannot be created.

load ../lib/helper

setup() {
    open_stage
    unset MAKEFLAGS MAKELEVEL MFLAGS CDPATH
    MAKES="make"
    ! command -v bmake >/dev/null || MAKES="make bmake"
}
teardown() { close_stage; }

# top - what is in the top folder. Another test may create .tools.
top() {
    find "$ROOT" -mindepth 1 -maxdepth 1 ! -name .tools
}

# inner COMMAND... - not as a part of this bats.
inner() {
    unset "${!BATS_@}"
    PATH=${PATH#*/bats-core:} exec "$@"
}

@test "make: every exercise has its two targets, and no target is without an exercise" {
    local make exercise folders numbers targets=()
    cd "$ROOT"
    folders=$(for exercise in tests/exercises/*/grade.bats; do
        cut -d / -f 3 <<<"$exercise" | cut -d - -f 1,2
    done)
    numbers=$(sed -n '/^EXERCISE_NUMBERS = /,/[^\\]$/p' Makefile | grep -o '[0-9][0-9]-[0-9]*')
    [ "$numbers" = "$folders" ] ||
        complain "$folders" "$numbers" "EXERCISE_NUMBERS of the Makefile"
    for exercise in $folders; do targets+=("exercise-$exercise" "hint-$exercise"); done
    for make in $MAKES; do
        run "$make" -n "${targets[@]}"
        [ "$status" -eq 0 ] || complain "status 0" "$status: $output" "$make"
        [ "${#lines[@]}" -eq "${#targets[@]}" ] ||
            complain "${#targets[@]} lines" "$output" "$make"
        run "$make" -s hint-01-1 LEVEL=2
        [[ $status == 0 && $output == *"Hint 1: "*"Hint 2: "* ]] ||
            complain "two hints" "$status: $output" "$make"
    done
}

@test "make: a typing error gets make's own message, and status 2" {
    local make wrong
    cd "$ROOT"
    for make in $MAKES; do
        for wrong in tset exercise-99-1 hint-01 demo-08 diff-08; do
            run "$make" "$wrong"
            case $output in
            *"No rule to make target"*"$wrong"* | *"don't know how to make $wrong"*) ;;
            *) complain "make's own message" "$output" "$make $wrong" ;;
            esac
            [ "$status" -eq 2 ] || complain "status 2" "$status" "$make $wrong"
        done
        run "$make" -k tset diff-01 # BSD make's status is then 0
        [[ $output == *"Stage 01 is the first"* ]] ||
            complain "the other target all the same" "$output" "$make -k"
    done
}

# bats test_tags=tools
@test "make diff-01: there is no stage before it" {
    run make -s -C "$ROOT" diff-01
    [ "$status" -eq 0 ]
    expect "Stage 01 is the first: read 01-socket/server.c from the top."
    run "$ROOT/tests/commands/diffs" diff-08
    [ "$status" -eq 2 ]
}

# bats test_tags=tools
@test "make diff-07: at a terminal it goes through the pager, elsewhere it does not" {
    "${CC:-cc}" -o "$DIR/terminal" "$ROOT/tests/pages/terminal.c"
    export PAGER='tr a-z A-Z'
    start diff "$DIR/terminal" make -s -C "$ROOT" diff-07
    await diff "SERVER.C AND CLIENT.C OF 07 ARE NEW DESIGNS"
    run make -s -C "$ROOT" diff-07
    [[ $output == *"server.c and client.c of 07 are new designs"* ]]
}

# recorder - a compiler that notes what it is called with, and then compiles; with
# PRETEND set, it only creates what it was asked for.
recorder() {
    mkdir "$DIR/bin"
    {
        echo '#!/bin/sh'
        echo "echo \"\$*\" >>'$DIR/calls'"
        # shellcheck disable=SC2016 # the script expands them
        echo 'if [ -n "${PRETEND-}" ]; then' \
            'while [ "$1" != -o ]; do shift; done; : >"$2"; exit; fi'
        # That one itself, and not the recorder by its name: CC is the recorder then.
        echo "exec ${UDS_CC:-${CC:-cc}} \"\$@\""
    } >"$DIR/bin/recorder"
    chmod +x "$DIR/bin/recorder"
    PATH=$PATH:$DIR/bin
    unset CC UDS_CC
}

FLAGS=(CC='recorder -std=c17' CPPFLAGS=-DUDS=1 CFLAGS='-O0 -w' LDFLAGS=-L. LDLIBS=-lm)

# recorded WHO - each call has had all these flags, in their places.
recorded() {
    [ -s "$DIR/calls" ] || complain "calls of the compiler" none "$1"
    ! grep -v '^-std=c17 -DUDS=1 -O0 -w -L\. .* -lm$' "$DIR/calls" ||
        complain "all the flags" "$(cat "$DIR/calls")" "$1"
    : >"$DIR/calls"
}

@test "make: -B, -n, -j8, -k, and CC with options and all flags, in a folder with a space" {
    local make way copy="$DIR/with a space"
    mkdir "$copy"
    copy -R "$ROOT"/0* "$ROOT/Makefile" "$copy"
    recorder
    cd "$copy"
    export PRETEND=yes
    for make in $MAKES; do
        for way in -B -j8 -k -n; do
            "$make" -s clean
            run "$make" "$way" "${FLAGS[@]}"
            [ "$status" -eq 0 ] || complain "status 0" "$status: $output" "$make $way"
            [ "$way" != -n ] || continue
            recorded "$make $way"
            [[ -e 01-socket/server && -e 07-multiclient/server-thread ]]
        done
        [ ! -e 01-socket/server ]
        [[ $output == *"recorder -std=c17 -DUDS=1 -O0 -w -L. -o 01-socket/server "*" -lm"* ]]
    done
}

# bats test_tags=tools
@test "make: the scripts and the tests compile with the same command and flags" {
    local copy="$DIR/with a space"
    mkdir -p "$copy/tests/stages"
    copy -R "$ROOT"/0* "$ROOT/Makefile" "$copy"
    copy -R "$ROOT"/tests/{run-bats,commands,lib} "$copy/tests"
    recorder
    PACE=0 run alone make -s -C "$copy" watch-01 "${FLAGS[@]}" </dev/null
    [ "$status" -eq 0 ] || complain "status 0" "$status: $output" "make watch-01"
    recorded "make watch-01"
    run make -s -C "$copy" doctor "${FLAGS[@]}"
    [[ $status == 0 && $output == *"ok       C compiler"* ]]
    recorded "make doctor"
    # The test that we write here compiles as many of the tests do.
    {
        echo "load '$copy/tests/lib/helper'"
        echo 'setup() { open_stage; }'
        echo 'teardown() { close_stage; }'
        echo '@test "one" {'
        echo '    variant 01-socket/server.c "1s/^/ /"'
        # shellcheck disable=SC2016 # the test expands it
        echo '    [ "${UDS_CC-}" = "recorder -std=c17" ]'
        # shellcheck disable=SC2016 # the test expands them
        echo '    "${CC:-cc}" -o "$DIR/another" "$DIR/variant.c"'
        echo '}'
    } >"$copy/tests/stages/03-one.bats"
    touch "$copy"/0*/*[a-z] # the programs are newer than their sources
    run inner make -s -C "$copy" test-03 "${FLAGS[@]}"
    [[ $status == 0 && $output == *"ok 1 one"* ]] ||
        complain "ok 1" "$status: $output" "make test-03"
    [ "$(grep -c variant.c "$DIR/calls")" -eq 2 ]
    recorded "make test-03"
}

# bats test_tags=tools
@test "make: CDPATH does not lead its scripts elsewhere" {
    local target scripts
    cd "$ROOT"
    export CDPATH=.:$DIR
    mkdir -p "$DIR/tests/commands" "$DIR/tests/lib"
    for target in demo-02 watch-01 diff-02 hint-01-1; do
        PACE=0 run alone make -s "$target" </dev/null
        [ "$status" -eq 0 ] || complain "status 0" "$status: $output" "make $target"
    done
    run make -s doctor # in another user's checkout, it is not ready
    contains "ok       C compiler"
    run tests/run-bats --count tests/stages/01-socket.bats
    [[ $status == 0 && $output == [1-9]* ]] || complain "a number" "$output" run-bats
    # The others take too long to be run here.
    unset CDPATH
    scripts=$(grep -lE -d skip '^(ROOT=.*)?cd "[$][{]BASH_SOURCE' tests/run-bats tests/*/* .ci/run)
    [ "$(wc -l <<<"$scripts")" -gt 10 ] || complain "more than 10 scripts" "$scripts" grep
    # shellcheck disable=SC2086 # a list of names
    run grep -L '^unset CDPATH' $scripts
    expect ""
}

# bats test_tags=tools
@test "make: a folder that cannot be created ends each command, and nothing is written" {
    local before command none=$DIR/none
    before=$(ls -A / && top)
    mkdir "$DIR/here"
    cd "$DIR/here"
    while read -r command; do
        case $command in commands/trace*) command -v strace >/dev/null || continue ;; esac
        # shellcheck disable=SC2086 # a command and its argument
        UDS_TMP=$none PACE=0 run inner "$ROOT"/tests/$command </dev/null
        [ "$status" -eq 1 ] || complain "status 1" "$status: $output" "$command"
        [[ $output == *"$none"* ]] || complain "a message with $none" "$output" "$command"
        [ ! -e "$none" ]
        [ -z "$(ls -A)" ] || complain "nothing here" "$(ls -A)" "$command"
        [ "$(ls -A / && top)" = "$before" ] ||
            complain "$before" "$(ls -A / && top)" "$command"
    done <<'END'
commands/demo demo-02
commands/demo demo-07
commands/watch watch-02
commands/trace trace-02
commands/doctor
commands/exercises list
commands/exercises exercise-01-1
commands/exercises grade
commands/exercises prove
run-bats test
run-bats test-01
bench/bench quick
pages/play README.md
checks/lint
checks/coverage
checks/sanitize
checks/portability
checks/clients
checks/torture
END
    # And so do the tests, if they come to that.
    UDS_TMP=$none run open_stage
    [ "$status" -eq 1 ]
    [[ $output == *"$none"* ]]
}

# bats test_tags=tools
@test "lint: each construct that bash 3.2 does not have is found, and nothing else" {
    local line
    [ "$(wc -l <"$ROOT/tests/checks/bash-3.2.txt")" -gt 30 ]
    while IFS= read -r line; do
        printf '%s\n' "$line" >"$DIR/script"
        run awk -f "$ROOT/tests/checks/bash-3.2.awk" "$DIR/script"
        [ "$status" -eq 1 ] || complain "status 1" "$status: $output" "$line"
        [[ ${#lines[@]} == 1 && $output == "$DIR/script:1: bash "[45]* ]] ||
            complain "one message" "$output" "$line"
    done <"$ROOT/tests/checks/bash-3.2.txt"
    cat >"$DIR/script" <<'END'
# mapfile, in a comment
declare -f x; local -a y; local -r z=1; unset "${!BATS_@}"
echo "${x[@]}" "${x:-${y:-1}}" "${x:1:2}" "${x: -1}" ${x+"${x[@]}"} "${x%,}" "${x/,/}"
a && b & c | d; e &>f; case x in a) ;; esac; [ -n "$x" ]; read -r -t "$PATIENCE" line
read -rsn 1 _; printf -v x '%s' "$y"; echo {1..9} "${BASHPID:-$(exec sh -c 'echo $PPID')}"
echo ${what//\/tmp\//$DIR/t/} ${line//"$private"//tmp/}; shopt -s nullglob
unset 'x[1]'; wait "$!"; x=$(case $y in (a) b ;; esac); x=$(y); case $x in a) ;; esac
x=$(
    case $y in
        (a) b ;;
    esac
)
set -u; n=() o=() p=(1); a ${n[@]+"${n[@]}"} "${p[@]}"; [ "${#o[@]}" -eq 0 ] || b "${o[@]}"
END
    run awk -f "$ROOT/tests/checks/bash-3.2.awk" "$DIR/script"
    [ "$status" -eq 0 ] || complain "status 0" "$status: $output" "$DIR/script"
    expect ""
    # A case in a substitution of several lines; what one file has is not held against the next.
    # shellcheck disable=SC2016 # a script expands them, if any
    {
        printf '%s\n' 'x=$(' '    case $y in' '        a) b ;;' '    esac' ')' >"$DIR/script"
        printf '%s\n' 'set -u' 'x=()' >"$DIR/strict"
        printf 'a "${%s[@]}"\n' x >"$DIR/other"
    }
    run awk -f "$ROOT/tests/checks/bash-3.2.awk" "$DIR/strict" "$DIR/other" "$DIR/script"
    [ "$status" -eq 1 ]
    expect "$DIR/script:3: bash 4.0 or newer: \$(case x in a) ...), without a \"(\" before a"
}
