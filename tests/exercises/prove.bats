#!/usr/bin/env bats
# The graders of the exercises, graded: they must reject every starter and every
# mistake, each with its own message, and accept every right solution.

load ../lib/helper

# Each line of the list is one grading: its kind, and the C file. All are done
# before the tests, side by side; what came of it is in a file of the same name.
# The C files of the mistakes are in $OUT/mistakes.
setup_file() {
    cd "$ROOT" || exit
    export -f attempt
    export OUT=$BATS_FILE_TMPDIR EXERCISE_TOOLS SYMBOLS
    tests/exercises/mistakes "$OUT/mistakes"
    build_tools
    thin_symbols
    {
        # The longest first, and those are the ones of the last stages.
        first_solutions | sort -r | sed "s/^/valgrind /"
        printf 'sanitizers %s\n' tests/exercises/*/solution*.c | sort -r
        mistakes | sort -r | sed "s/^/plain /"
        printf 'plain %s\n' 0*/exercises/*.c
    } | xargs -n 2 -P "$((1 + $(getconf _NPROCESSORS_ONLN)))" \
        bash -c 'attempt "$@"' attempt 3>&- 4>&-
}

# build_tools - what many graders need, once for all of them.
build_tools() {
    local source
    EXERCISE_TOOLS=$(mktemp -d "${UDS_TMP:-/tmp}/uds.XXXXXX")
    "${CC:-cc}" -shared -fPIC -o "$EXERCISE_TOOLS/faults.so" tests/faults/faults.c
    "${CC:-cc}" -o "$EXERCISE_TOOLS/cage" tests/exercises/cage.c
    for source in 0*/*.c; do
        source=${source%.c}
        "${CC:-cc}" -pthread -o "$EXERCISE_TOOLS/${source//\//-}" "$source.c"
    done
    chmod 755 "$EXERCISE_TOOLS" "$EXERCISE_TOOLS"/*
}

# thin_symbols - each time that a program starts, valgrind reads all that the system has for
# debuggers about the C library. It needs the names of the functions, and the rest takes half
# of the start. So $OUT/symbols is that file, $SYMBOLS, without the rest: where root may
# mount, the programs find it in the place of the other one. Elsewhere, $SYMBOLS is empty.
thin_symbols() {
    local number
    SYMBOLS=
    [ "$EUID" = 0 ] || return 0
    number=$(readelf -n "$("${CC:-cc}" -print-file-name=libc.so.6)" 2>/dev/null |
        sed -n 's/.*Build ID: \(..\)/\1\//p') || return 0
    SYMBOLS=/usr/lib/debug/.build-id/$number.debug
    { objcopy --strip-debug "$SYMBOLS" "$OUT/symbols" && chmod 644 "$OUT/symbols" &&
        unshare -m mount --bind "$OUT/symbols" "$SYMBOLS"; } 2>/dev/null || SYMBOLS=
}

teardown_file() {
    rm -rf "$EXERCISE_TOOLS"
}

# first_solutions - one an exercise; the others are solution-2.c and so on.
first_solutions() {
    ls tests/exercises/*/solution.c
}

# mistakes - all of them: mistakes/NN-K-name/WHAT.c.
mistakes() {
    (cd "$OUT" && printf '%s\n' mistakes/*/*.c)
}

# attempt KIND FILE - grades it. A starter is 0N-stage/exercises/K-name.c; the others
# are in a folder that has the name of their grader's.
attempt() {
    local grader=${2##*/} log=$OUT/${1}_${2//\//_} under=()
    unset "${!BATS_@}"
    export EXERCISE=$PWD/$2 EXERCISE_FIRST=
    case $2 in
    0*/exercises/*) grader=${2%%-*}-${grader%.c} ;;
    *) grader=${2%/*} && grader=${grader##*/} ;;
    esac
    case $2 in mistakes/*) EXERCISE=$OUT/$2 ;; esac
    case $2 in */solution*.c) ;; *) EXERCISE_FIRST=only ;; esac
    case $1 in
    sanitizers)
        export EXERCISE_FLAGS="-fsanitize=address,undefined -fno-sanitize-recover=all"
        export EXERCISE_LIMIT=30
        ;;
    valgrind)
        EXERCISE_RUN="valgrind -q --trace-children=yes --error-exitcode=99 --leak-check=full"
        # Nothing is inlined, and no debugger will ask.
        EXERCISE_RUN="$EXERCISE_RUN --read-inline-info=no --vgdb=no"
        export EXERCISE_RUN EXERCISE_LIMIT=60
        # shellcheck disable=SC2016 # the inner shell expands it
        [ -z "$SYMBOLS" ] || under=(unshare -m sh -c 'mount --bind "$1" "$2"; shift 2; exec "$@"'
            - "$OUT/symbols" "$SYMBOLS")
        ;;
    esac
    ${under[@]+"${under[@]}"} tests/run-bats --tap "tests/exercises/$grader/grade.bats" >"$log" 2>&1
    echo "status $?" >>"$log"
}

# result KIND FILE - what its grader said: sets $log and $passed.
result() {
    log=$BATS_FILE_TMPDIR/${1}_${2//\//_}
    [ -e "$log" ] || complain "a result" "none" "$1 $2"
    passed=
    [ "$(tail -n 1 "$log")" != "status 0" ] || passed=yes
}

# once_more KIND FILE - the same, alone: where all are graded side by side, a slow
# machine may end one for its time that has none too much.
once_more() {
    echo "# once more, alone: $2" >&3
    (attempt "$1" "$2") || true
    result "$1" "$2"
}

# first_message - of what its grader said.
first_message() {
    sed -n '/^# | /{s///p;q;}' "$log"
}

# tell COUNT WHAT - beside the test's name.
tell() {
    echo "# $1 $2" >&3
}

@test "every exercise has a starter, a grader, a solution and two mistakes" {
    cd "$ROOT"
    local count=0 name starter wrong
    for grader in tests/exercises/*/grade.bats; do
        name=${grader%/grade.bats}
        name=${name##*/}
        starter=${name#*-}
        ls "${name%%-*}"-*/exercises/"$starter.c" "tests/exercises/$name/solution.c"
        wrong=$(mistakes | grep -c "^mistakes/$name/") || true
        [ "$wrong" -ge 2 ] || complain "two mistakes" "$wrong" "$name"
        count=$((count + 1))
    done
    [ "$(find 0*/exercises -name "*.c" | wc -l)" -eq "$count" ] ||
        complain "a grader for each starter" "$count" "0*/exercises"
    tell "$count" "exercises"
}

@test "every starter compiles, and fails" {
    cd "$ROOT"
    local count=0
    for file in 0*/exercises/*.c; do
        result plain "$file"
        [ -z "$passed" ] || complain "a starter that fails" "it passes" "$file"
        grep -q '^# | ' "$log" || complain "what a grader says" "$(cat "$log")" "$file"
        ! grep -q 'does not compile' "$log" ||
            complain "a starter that compiles" "$(cat "$log")" "$file"
        count=$((count + 1))
    done
    tell "$count" "starters fail"
}

@test "every solution passes under the sanitizers, and one of each exercise under valgrind" {
    need valgrind
    cd "$ROOT"
    local count=0 kind files
    for kind in sanitizers valgrind; do
        files=$(ls tests/exercises/*/solution*.c)
        [ "$kind" = sanitizers ] || files=$(first_solutions)
        for file in $files; do
            result "$kind" "$file"
            [ -n "$passed" ] || once_more "$kind" "$file"
            [ -n "$passed" ] || complain "a solution that passes" "$(cat "$log")" "$kind $file"
            # Some tests cannot see the program for valgrind's own calls and descriptors.
            ! grep ' # skip' "$log" | grep -v "^ok .* # skip $kind " ||
                complain "no test skipped" "skipped" "$kind $file"
            count=$((count + 1))
        done
    done
    tell "$(find tests/exercises -name "solution*.c" | wc -l)" "solutions pass, $count runs"
}

@test "every mistake is rejected with its own message" {
    cd "$ROOT"
    local count=0 wanted first twice all=
    for file in $(mistakes); do
        result plain "$file"
        [ -z "$passed" ] || complain "a mistake that is rejected" "it passes" "$file"
        wanted=$(sed -n 's/^ \* expect: //p' "$OUT/$file")
        [ -n "$wanted" ] || complain "a line: expect: ..." "none" "$file"
        first=$(first_message)
        [ "$first" = "$wanted" ] || { once_more plain "$file" && first=$(first_message); }
        [ "$first" = "$wanted" ] || complain "$wanted" "${first:-$(cat "$log")}" "$file"
        all="$all$(printf '%s' "$file" | cut -d / -f 2): $wanted
"
        count=$((count + 1))
    done
    twice=$(printf '%s' "$all" | sort | uniq -d)
    [ -z "$twice" ] || complain "a message of its own for each" "$twice" "tests/exercises"
    tell "$count" "mistakes rejected"
}
