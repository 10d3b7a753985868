# shellcheck shell=bash disable=SC2034,SC2154
#
# What the tests in this folder share: the programs, built so that the injector, faults.c,
# sees each of their calls, and ways to run them with calls that fail.

LIMIT=5 # seconds: no program takes longer, unless it hangs
WORDS="some words, and no more"
built=$BATS_RUN_TMPDIR/built # the files of this folder share it when they run together
client=$built/07-multiclient/client

# build_programs FOLDER... - builds the injector, and the programs of these folders, several
# at a time; but not what another file has built already.
build_programs() {
    mkdir -p "$built"
    {
        flock 9
        build_missing "$@"
    } 9>"$built/lock"
}

# build_missing FOLDER... - does that, while no other file does.
build_missing() {
    local folder source program build builds=()
    [ -e "$built/faults.so" ] ||
        "${CC:-cc}" -shared -fPIC -o "$built/faults.so" "$ROOT/tests/faults/faults.c"
    for folder in "$@"; do
        mkdir "$built/$folder" 2>/dev/null || continue
        for source in "$ROOT/$folder"/*.c; do
            program=${source#"$ROOT"/}
            program=${program%.c}
            # make coverage counts what its own programs do.
            [ -z "${UDS_COVERAGE-}" ] || { cp "$ROOT/$program" "$built/$program" && continue; }
            "${CC:-cc}" -O0 -U_FORTIFY_SOURCE -pthread -o "$built/$program" "$source" &
            builds+=("$!")
        done
        if [ "$folder" = 07-multiclient ]; then
            UDS_CFLAGS="-O0 -U_FORTIFY_SOURCE" build_server_list "$built/$folder" &
            builds+=("$!")
        fi
    done
    for build in ${builds[@]+"${builds[@]}"}; do
        wait "$build"
    done
}

# open_faults - for setup(): a folder for the test, and a folder "w" in it for the servers'
# paths. No other file belongs there.
open_faults() {
    need Linux "${CC:-cc}"
    open_stage
    mkdir "$DIR/w"
    path=$DIR/w/s
    printf '%s\n' "$WORDS" >"$DIR/words"
}

# faulty FAULTS PROGRAM ARGUMENT... - becomes the program, with these faults. It may use one
# second of CPU time and live for LIMIT seconds. Call it in a subshell.
faulty() {
    ulimit -t 1
    export LD_PRELOAD=$built/faults.so FAULTS=$1 FAULTS_LIMIT=$LIMIT
    exec "${@:2}"
}

# peer ARGUMENT... - runs our client without faults, but with the same limits.
peer() {
    (faulty "" "$client" "$@") 2>/dev/null 3>&- 4>&- 21<&-
}

# look - sets $state to the state of process $process; empty if it is gone.
look() {
    state_of "$process"
    [ "$state" != Z ] || state=
}
