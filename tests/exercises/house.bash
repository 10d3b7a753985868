# shellcheck shell=bash disable=SC2034
#
# For tests/run-bats, before it runs graders: sets house, the command under which bats
# is to run, and house_folder, which has to go afterwards; exports EXERCISE_CAGE. See
# `cage house` in cage.c. A cage that was built already is in EXERCISE_CAGE or
# EXERCISE_TOOLS.
house_folder=$(mktemp -d "${UDS_TMP:-/tmp}/h.XXXX") || {
    echo "the grader could not run: no folder can be made in ${UDS_TMP:-/tmp}" >&2
    exit 2
}
mkdir "$house_folder/w"
chmod 711 "$house_folder" "$house_folder/w"
[ -n "${EXERCISE_CAGE-}" ] || [ -z "${EXERCISE_TOOLS-}" ] || EXERCISE_CAGE=$EXERCISE_TOOLS/cage
if [ -z "${EXERCISE_CAGE-}" ] || [ ! -x "$EXERCISE_CAGE" ]; then
    EXERCISE_CAGE=$house_folder/cage
    # shellcheck disable=SC2086 # CC may be a command with options
    ${CC:-cc} -o "$EXERCISE_CAGE" tests/exercises/cage.c >"$house_folder/said" 2>&1 || {
        echo "the grader could not run: ${CC:-cc} does not compile tests/exercises/cage.c:"
        cat "$house_folder/said"
        rm -rf "$house_folder"
        exit 2
    } >&2
fi
export EXERCISE_CAGE
# In any other locale, each small command begins with a dozen files that describe it, which
# takes a seventh of a grading's time. The graders compare bytes, in messages in English.
export LC_ALL=C
house=("$EXERCISE_CAGE" house "$house_folder/w")
