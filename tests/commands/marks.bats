#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # $status and $output are those of `run`
#
# make marks: six submissions, two exercises, and the tables that come of them.

load ../lib/helper
load short-graders

setup_file() { build_cage_once; }
setup() {
    open_stage
    unset EXERCISES SUBMISSIONS REPORTS # make prove has set the first one
    class=$DIR/class
    mkdir "$class"
    short_graders "$DIR/copy" 01-1-numbers 01-2-pair
    # These are our own programs: it does not matter where they cannot be kept apart.
    export UNSAFE=1 ONLY="01-1 01-2"
}
teardown() { close_stage; }

# hand_in STUDENT [FILE...] - these C files are the answers to 01-1 and 01-2.
hand_in() {
    local folder=$class/$1/01-socket/exercises
    mkdir -p "$folder"
    [ $# -lt 2 ] || copy "$2" "$folder/1-numbers.c"
    [ $# -lt 3 ] || copy "$3" "$folder/2-pair.c"
}

# answer NAME CODE - a C file with this main().
answer() {
    printf '#include <unistd.h>\n#include <stdio.h>\nint main(void) { %s }\n' "$2" >"$DIR/$1.c"
}

# the_class - good, bad, hanging, hostile, empty, and one with spaces in the name.
the_class() {
    local solution=$ROOT/tests/exercises pair
    pair=$solution/01-2-pair/solution.c
    answer bad 'return 1;'
    answer hanging 'for (;;) pause();'
    # It says that it has passed, in the words of TAP and of the grader itself.
    answer hostile 'puts("ok 1 01-1: all\n1..1\n# result: done\n-- end -- 0; reject() { :; }");'
    hand_in good "$solution/01-1-numbers/solution.c" "$pair"
    hand_in bad "$DIR/bad.c" "$ROOT/01-socket/exercises/2-pair.c"
    hand_in hanging "$DIR/hanging.c" "$pair"
    hand_in hostile "$DIR/hostile.c"
    ln -s "$pair" "$class/hostile/01-socket/exercises/2-pair.c"
    mkdir "$class/empty"
    # With the line ends of Windows.
    hand_in "Zoë O'Neil, Jr" "$DIR/bad.c" "$DIR/bad.c"
    sed 's/$/\r/' "$pair" >"$class/Zoë O'Neil, Jr/01-socket/exercises/2-pair.c"
}

# marks [VARIABLE=VALUE...] - make marks, as at a terminal: not within another bats.
marks() {
    unset "${!BATS_@}"
    PATH=${PATH#*/bats-core:} exec make -s -C "$DIR/copy" marks "$@"
}

says() {
    local text
    for text in "$@"; do
        [[ $output == *"$text"* ]] || complain "$text" "$output" "make marks"
    done
}

@test "make marks: six submissions, a table of them, and a report for each" {
    local before reports=$DIR/class.marks
    the_class
    before=$(find "$class" | sort)
    run marks SUBMISSIONS="$class"
    [ "$status" -eq 0 ] || complain "exit status 0" "$status: $output" "make marks"
    says "good: 2 of 2 done" "hanging: 1 of 2 done" "Zoë O'Neil, Jr: 1 of 2 done"
    [ "$(find "$class" | sort)" = "$before" ]
    run cat "$reports/marks.csv"
    [ "$output" = 'student,done,01-1,01-2
"Zoë O'\''Neil, Jr",1,to do,done
"bad",0,to do,not started
"empty",0,missing,missing
"good",2,done,done
"hanging",1,to do,done
"hostile",0,to do,to do' ] || complain "the table" "$output" "marks.csv"
    run cat "$reports/marks.txt"
    grep -qE '^student +done  01-1  01-2$' <<<"$output"
    grep -qE '^good +2     x     x$' <<<"$output"
    grep -qE '^empty +0     -     -$' <<<"$output"
    [ -n "$(sed -n '/^not ok 1 /p' "$reports/reports/hanging/01-1.tap")" ]
    grep -q "It hangs: it had to be ended." "$reports/reports/hanging/01-1.tap"
    grep -q "an end within 5 seconds" "$reports/reports/hanging/01-1.tap"
    grep -q "The file is refused." "$reports/reports/hostile/01-2.tap"
    # The first failure ends it: what was not run is not a pass.
    [ "$(grep -c '^not ok ' "$reports/reports/hostile/01-1.tap")" -gt 1 ]
}

@test "make marks: what was graded is graded again only if it changes" {
    local before first=$DIR/class/good/01-socket/exercises/1-numbers.c
    hand_in good "$ROOT"/tests/exercises/{01-1-numbers,01-2-pair}/solution.c
    answer bad 'return 1;'
    hand_in other "$DIR/bad.c"
    export REPORTS=$DIR/reports
    run marks SUBMISSIONS="$class"
    says "good: 2 of 2 done" "other: 0 of 2 done"
    before=$(cat "$REPORTS"/reports/*/*.tap)
    touch -t 200001010000 "$REPORTS"/reports/*/*.tap
    run marks SUBMISSIONS="$class"
    says "good: 2 of 2 done" "other: 0 of 2 done"
    [ "$(cat "$REPORTS"/reports/*/*.tap)" = "$before" ]
    run find "$REPORTS/reports" -name '01-[12].tap' -newermt 2001-01-01
    [[ $output != *good* && $output != *other/01-1* ]] ||
        complain "nothing graded again" "$output" "make marks, again"
    echo "/* changed */" >>"$first"
    run marks SUBMISSIONS="$class"
    run find "$REPORTS/reports" -name '01-[12].tap' -newermt 2001-01-01
    [[ $output == *good/01-1* && $output != *good/01-2* ]] ||
        complain "one graded again" "$output" "make marks, after a change"
}

@test "make marks: wrong use is said, and nothing is written among the submissions" {
    mkdir "$class/one"
    run marks
    [ "$status" -eq 2 ]
    says "SUBMISSIONS is not set."
    run marks SUBMISSIONS="$DIR/none"
    says "There is no folder $DIR/none."
    run marks SUBMISSIONS="$class" REPORTS="$class/one/reports"
    [ "$status" -eq 2 ]
    says "REPORTS is inside SUBMISSIONS."
    run marks SUBMISSIONS="$class" ONLY=09-9
    says "There is no exercise 09-9."
    [ "$(find "$class")" = "$class"$'\n'"$class/one" ]
}

@test "make marks: if the grader itself cannot run, nobody is to blame" {
    hand_in good "$ROOT/tests/exercises/01-1-numbers/solution.c"
    EXERCISE_CAGE='' CC=false run marks SUBMISSIONS="$class" REPORTS="$DIR/reports"
    [ "$status" -eq 2 ]
    says "the grader could not run: "
    [ ! -e "$DIR/reports/marks.csv" ]
}

@test "the workflow for a classroom is valid YAML, and the commands in it exist" {
    local workflow=$ROOT/.github/classroom/autograde.yml
    if python3 -c 'import yaml' 2>/dev/null; then
        python3 -c '
import sys, yaml
steps = yaml.safe_load(open(sys.argv[1]))["jobs"]["grade"]["steps"]
assert [s["with"]["path"] for s in steps if "uses" in s] == ["submission", "graders"], steps
print(*(s["run"] for s in steps if "run" in s), sep="\n")' "$workflow" >"$DIR/commands"
    else
        sed -n 's/^ *\(- \)\{0,1\}run: //p' "$workflow" >"$DIR/commands"
    fi
    grep -q 'make -s -C graders grade EXERCISES=' "$DIR/commands"
    mkdir -p "$DIR/submission"
    ln -s "$ROOT" "$DIR/graders"
    # What it runs, without running it: each target exists, and the shell understands it.
    bash -n "$DIR/commands"
    cd "$DIR"
    run make -n -C graders grade EXERCISES="$DIR/submission"
    [ "$status" -eq 0 ]
    ! grep -E '^	|	' "$workflow" || complain "no tab" "a tab" "$workflow"
}
