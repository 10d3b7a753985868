#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # $status and $output are those of `run`
#
# The commands of the exercises, as a learner and a teacher type them.

load ../lib/helper
load short-graders

setup_file() { build_cage_once; }
setup() {
    open_stage
    unset EXERCISES # make prove has set it
}
teardown() { close_stage; }

# learner - a folder with all starters, as a learner has it: EXERCISES.
learner() {
    export EXERCISES=$DIR/learner
    mkdir "$EXERCISES"
    copy -R "$ROOT"/0* "$EXERCISES"
}

# learner_of NAME... - the same, and what is typed is typed in a repository that has only these
# exercises, with short graders.
learner_of() {
    learner
    short_graders "$DIR/copy" "$@"
    TOP=$DIR/copy
}
ALL=("$ROOT"/tests/exercises/*/grade.bats)
ALL=("${ALL[@]%/grade.bats}")
ALL=("${ALL[@]##*/}")
TOP=$ROOT

# solve NN-K-name... - the learner has done it.
solve() {
    local name
    for name in "$@"; do
        cp "$ROOT/tests/exercises/$name/solution.c" \
            "$EXERCISES/${name%%-*}"-*/exercises/"${name#*-}.c"
    done
}

# typed TARGET... - make TARGET, as at a terminal: not within another bats.
typed() {
    unset "${!BATS_@}"
    PATH=${PATH#*/bats-core:} exec make -s -C "$TOP" "$@"
}

# says TEXT... - each is in $output.
says() {
    local text
    for text in "$@"; do
        [[ $output == *"$text"* ]] || complain "$text" "$output" "the command"
    done
}

@test "make exercises: counts what is done in any order, and shows the first that is to do" {
    local all=${#ALL[@]}
    learner_of "${ALL[@]}"
    mkdir "$DIR/kept"
    DIR=$DIR/kept run typed exercises # a variable of the user's, that we have as well
    [ "$status" -eq 0 ]
    [ -d "$DIR/kept" ]
    says "] 0 of $all done" "Exercise 01-1: " "  to do  the first three numbers are right" \
        "    expected: " "make hint-01-1 "
    solve 01-2-pair
    run typed exercises
    says "] 1 of $all done" "Exercise 01-1: "
    solve 01-1-numbers
    echo "int main(void) { return 1; }" >"$EXERCISES/01-socket/exercises/3-errors.c"
    run typed exercises
    says "] 2 of $all done" # the task of 01-3 has been removed with its comment
    run typed exercises ALL=1
    [ "$status" -eq 0 ]
    says $'01-1   done         numbers\n' $'\n01-3   to do        errors\n' \
        $'\n02-1   not started  a private socket\n' "] 2 of $all done"
    [ "$(grep -c '^0[1-7]-[1-9]  ' <<<"$output")" -eq "$all" ]
}

@test "make exercises: what was graded is not graded again until it changes, done or not" {
    learner_of "${ALL[@]}"
    solve 01-1-numbers
    echo "/* changed */" >>"$EXERCISES/01-socket/exercises/2-pair.c"
    run typed exercises
    says "] 1 of " "Exercise 01-2: " "  to do  "
    [[ $output != *"does not compile"* ]]
    # A compiler that does not compile these two: if they are graded now, they fail.
    chmod 711 "$DIR"
    # shellcheck disable=SC2016 # the script expands them
    printf '%s\n' '#!/bin/sh' 'case "$*" in *numbers.c* | *pair.c*) exit 1 ;; esac' \
        'exec cc "$@"' >"$DIR/cc"
    chmod 755 "$DIR/cc"
    CC=$DIR/cc run typed exercises
    says "] 1 of " "Exercise 01-2: " "  to do  "
    [[ $output != *"does not compile"* ]]
    echo "/* changed */" >>"$EXERCISES/01-socket/exercises/1-numbers.c"
    CC=$DIR/cc run typed exercises
    says "] 0 of " "make hint-01-1 " "It does not compile."
    # With the line ends of Windows, a starter is still one.
    sed 's/$/\r/' "$ROOT/01-socket/exercises/3-errors.c" \
        >"$EXERCISES/01-socket/exercises/3-errors.c"
    CC=$DIR/cc run typed exercises ALL=1
    says $'\n01-3   not started  '
}

@test "the list of starters is up to date" {
    cd "$ROOT"
    run diff tests/exercises/starters.txt - < <(
        for grader in tests/exercises/*/grade.bats; do
            name=$(basename "${grader%/grade.bats}")
            echo "$name $(tr -d '\r' <"$(echo "${name%%-*}"-*/exercises/"${name#*-}.c")" | cksum)"
        done)
    [ "$status" -eq 0 ] || complain "make patches writes it" "$output" "starters.txt"
}

@test "make exercise-01-1: done; it does not compile; it hangs; it is not there" {
    learner_of 01-1-numbers
    solve 01-1-numbers
    # The whole grader, which compiles the cage as well.
    TOP=$ROOT EXERCISE_CAGE='' run typed exercise-01-1
    [ "$status" -eq 0 ]
    says "  done   it creates four sockets" "Done. "
    echo "int main(void) { return missing; }" >"$EXERCISES/01-socket/exercises/1-numbers.c"
    run typed exercise-01-1
    [ "$status" -ne 0 ]
    says "It does not compile." "missing" "make hint-01-1 "
    echo "int main(void) { for (;;); }" >"$EXERCISES/01-socket/exercises/1-numbers.c"
    # One second, because it keeps a CPU busy. (In marks.bats, another program hangs for five.)
    EXERCISE_LIMIT=1 run typed exercise-01-1
    [ "$status" -ne 0 ]
    says "It hangs: it had to be ended." "an end within 1 seconds"
    rm "$EXERCISES/01-socket/exercises/1-numbers.c"
    run typed exercise-01-1
    [ "$status" -ne 0 ]
    says "There is no such file."
    run "$ROOT/tests/commands/exercises" exercise-09-1
    [ "$status" -eq 2 ]
    says "There is no exercise 09-1. There are: 01-1 "
}

@test "make exercise-01-1: a crash, output without end, a fork bomb: named, and nothing stays" {
    local code text
    learner_of 01-1-numbers
    chmod 711 "$DIR"
    while IFS='|' read -r code text; do
        printf '#include <stdio.h>\n#include <unistd.h>\nint main(void) { %s }\n' "$code" \
            >"$EXERCISES/01-socket/exercises/1-numbers.c"
        UDS_TMP=$DIR run typed exercise-01-1
        [ "$status" -ne 0 ]
        says "$text"
        ! pgrep -f "^$DIR/" || complain "no process of it" "$(pgrep -af "^$DIR/")" "$code"
        [ -z "$(find "$DIR" -name 'program*')" ] || complain "no file of it" "$(files)" "$code"
    done <<'END'
*(volatile int *)0 = 1;|It crashes: signal 11 has ended it.
for (;;) puts("more");|It prints without end: it had to be ended.
for (;;) fork();|It starts processes without end: they had to be ended.
END
}

@test "make hint-01-1: one, with LEVEL=2 two; all others have them as well" {
    cd "$ROOT"
    run typed hint-01-1
    [ "$status" -eq 0 ]
    says "Hint 1: " "LEVEL=2"
    [[ $output != *"Hint 2: "* ]]
    for file in 0*/exercises/*.c; do
        file=${file#0?-*/exercises/}
        grader=$(basename tests/exercises/*-"${file%.c}")
        run typed "hint-$(cut -d - -f 1,2 <<<"$grader")" LEVEL=2
        [ "$status" -eq 0 ]
        says "Hint 1: " "Hint 2: "
    done
}

@test "make exercises, when all is done, says so; make grade: TAP, with what was not handed in" {
    learner_of 01-1-numbers 01-2-pair
    # These are our own programs: it does not matter where they cannot be kept apart.
    export UNSAFE=1
    solve 01-1-numbers 01-2-pair
    run typed exercises
    [ "$status" -eq 0 ]
    says "] 2 of 2 done" "All is done."
    run typed grade
    [ "$status" -eq 0 ]
    says "1..6" $'\nok 6 01-2: ' "# 2 of 2 exercises done"
    # What did not run is not a pass.
    echo '@test "01-2: needs what is not here" { skip "not here"; }' \
        >>"$TOP/tests/exercises/01-2-pair/grade.bats"
    run typed grade
    [ "$status" -ne 0 ]
    says $'\nnot ok 7 01-2: needs what is not here\n' "Not run: not here" "# 1 of 2 exercises done"
    rm "$EXERCISES/01-socket/exercises/2-pair.c"
    run typed grade
    [ "$status" -ne 0 ]
    [ "$(grep -c '^ok [0-9]* 01-1: ' <<<"$output")" -eq 3 ]
    [ "$(grep -c '^not ok [0-9]* 01-2: ' <<<"$output")" -eq 4 ]
    says "# 1 of 2 exercises done"
}
