# shellcheck shell=bash disable=SC2154
#
# For tests of the commands that grade: what these do with a result does not depend on how
# many tests a grader has, and `make prove` runs all of them.

# build_cage_once - for a setup_file: each command would build it, which takes longer than
# most of what the tests want of it. Where make prove has built one, that is used.
build_cage_once() {
    [ -z "${EXERCISE_CAGE-}" ] || return 0
    export EXERCISE_CAGE=$BATS_FILE_TMPDIR/cage
    "${CC:-cc}" -o "$EXERCISE_CAGE" "$ROOT/tests/exercises/cage.c"
}

# short_graders FOLDER NAME... - puts a repository there with these exercises only, and of their
# graders only the first three tests.
short_graders() {
    local name
    mkdir -p "$1/tests/exercises" "$1/tests/faults"
    cp "$ROOT/Makefile" "$1"
    ln -s "$ROOT"/0* "$1"
    cp -R "$ROOT"/tests/{run-bats,commands,lib} "$1/tests"
    cp "$ROOT/tests/faults/faults.c" "$1/tests/faults"
    cp "$ROOT"/tests/exercises/{*.bash,*.c,starters.txt} "$1/tests/exercises"
    for name in "${@:2}"; do
        mkdir "$1/tests/exercises/$name"
        awk '/^@test/ && ++tests > 3 { exit } { print }' \
            "$ROOT/tests/exercises/$name/grade.bats" >"$1/tests/exercises/$name/grade.bats"
    done
}
