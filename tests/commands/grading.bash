# shellcheck shell=bash
#
# What tests/commands/exercises and tests/commands/marks share. To be sourced in the top
# folder of the repository.

# All that the graders write is in this folder, which is removed at the end.
UDS_TMP=$(mktemp -d "${UDS_TMP:-/tmp}/x.XXXX")
export UDS_TMP
chmod 711 "$UDS_TMP"
trap 'rm -rf "$UDS_TMP"' EXIT
trap 'exit 130' INT TERM HUP

# names - of all exercises, in order: 01-1-numbers.
names() {
    local grader
    for grader in tests/exercises/*/grade.bats; do
        grader=${grader%/grade.bats}
        printf '%s\n' "${grader##*/}"
    done
}

# key NAME - its number: NN-K.
key() {
    local rest=${1#*-}
    printf '%s\n' "${1%%-*}-${rest%%-*}"
}

# build_cage - compiles what all programs run in, once for all graders: EXERCISE_CAGE.
build_cage() {
    [ -z "${EXERCISE_CAGE-}" ] || return 0
    export EXERCISE_CAGE=$UDS_TMP/cage
    # shellcheck disable=SC2086 # CC may be a command with options
    ${CC:-cc} -o "$EXERCISE_CAGE" tests/exercises/cage.c >"$UDS_TMP/said" 2>&1 ||
        give_up "${CC:-cc} does not compile tests/exercises/cage.c: $(tail -n 1 "$UDS_TMP/said")"
}

# give_up REASON - the machine is in trouble, not the learner.
give_up() {
    printf '%s\n' "the grader could not run: $1" \
        "Nothing is said about the exercise. make doctor looks at this machine." >&2
    exit 2
}

# look_for_trouble - in what the graders have said. Each test that fails has a line with
# "| ", or it has not failed because of the program.
look_for_trouble() {
    local reason
    reason=$(awk '
        function ended() { if (fails && !reported) { printf "%s", text; found = 1; exit } }
        sub(/^# the grader could not run: /, "") { print; found = 1; exit }
        /^(not )?ok / { ended(); fails = /^not ok/; reported = 0; text = ""; tests++ }
        /^# \| / { reported = 1 }
        { text = text $0 "\n" }
        END { if (!found) { fails = fails || !tests; ended() } }' "$UDS_TMP/tap")
    [ -z "$reason" ] || give_up "$reason"
}

# not_run_is_not_ok - turns TAP in which a test that did not run is "ok ... # skip" into
# TAP in which it counts as not met, for every reader.
not_run_is_not_ok() {
    awk '
        /^ok .* # skip/ {
            sub(/^ok/, "not ok")
            reason = $0
            sub(/ # skip.*/, "")
            sub(/.* # skip */, "", reason)
            print $0 "\n# | Not run: " reason
            next
        }
        { print; fflush() }'
}

# refuse_strangers FOLDER - other people's programs run only where they can be kept apart
# from the rest of the machine, or where UNSAFE=1 says that they may run all the same.
refuse_strangers() {
    local reason
    build_cage
    ! reason=$("$EXERCISE_CAGE" able) || return 0
    if [ -z "${UNSAFE-}" ]; then
        printf '%s\n' "Not graded: $1" \
            "Its programs could read and change all that you can, because $reason." \
            "Grade it as root on Linux, best in a virtual machine; if you trust whoever wrote" \
            "them, with UNSAFE=1. See tests/exercises/README.md, \"Grading a class\"." >&2
        exit 2
    fi
    echo "UNSAFE: these programs can read and change all that you can, because $reason." >&2
}

# ---- What was graded already, and has not changed ----

# The checksum of what all graders use. It is not computed in grader_sum(), which is called in
# subshells: each of them would do it again.
COMMON_SUM=$(cat tests/exercises/*.bash tests/exercises/cage.c tests/lib/*.bash \
    tests/faults/faults.c 0*/*.c | cksum)

# grader_sum NAME - the checksum of all that grades this exercise.
grader_sum() {
    { cat "tests/exercises/$1/grade.bats" && echo "$COMMON_SUM"; } | cksum
}

# bare_sum - the checksum of what comes in, however its lines end. (Git for Windows adds a
# carriage return to each.)
bare_sum() {
    tr -d '\r' | cksum
}

# is_starter NAME SUM - is this the bare_sum of the file that the learner got? The list
# is written by: make patches
is_starter() {
    grep -qxF "$1 $2" tests/exercises/starters.txt
}
