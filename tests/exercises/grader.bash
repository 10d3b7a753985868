# shellcheck shell=bash disable=SC2154,SC2034
#
# What all graders share; README.md beside this file tells how to write one. A
# grader compiles one C file, runs it, and looks at it from outside. Whatever
# runs here is somebody's first attempt: it may hang, crash, print or fork
# without end. So everything has limits, and is ended as a group.
#
#     EXERCISE        the C file to grade; by itself the learner's starter
#     EXERCISES       the folder that the starters are in; by itself this one
#     EXERCISE_FLAGS  more options for the compiler (-fsanitize=address)
#     EXERCISE_RUN    a command in front of the program (valgrind)
#     EXERCISE_FIRST  if not empty: what follows the first failure is skipped
#     EXERCISE_TOOLS  a folder where faults.so and the stages' programs are, built

load ../../lib/helper

LIMIT=${EXERCISE_LIMIT:-5} # seconds that a program may take
MOST_BYTES=20000           # that it may print
MANY=50                    # processes: more than any exercise starts

# What the compiler gets, beside the file. The injector of tests/faults/faults.c wants
# each call to be a call of that name: so no optimisation, and no _FORTIFY_SOURCE.
COMPILE=("${CC:-cc}" -std=gnu17 -O0 -g -U_FORTIFY_SOURCE -Wall -Wextra -pthread)

# Root passes every permission check, and no limit on processes holds for it:
# where root grades, all programs run as nobody; USER_ID is who they run as. (The
# system's own tools first: nobody cannot use what is in a folder of root's.)
AS_USER=()
USER_ID=$EUID
if [ "$USER_ID" = 0 ] && command -v setpriv >/dev/null; then
    AS_USER=("${AS_NOBODY[@]}" --)
    USER_ID=65534
    PATH=/usr/bin:/bin:$PATH
fi

# find_file - sets $file, what is graded, by the name of the grader's folder: NN-K-name.
find_file() {
    local name=${BATS_TEST_FILENAME%/grade.bats}
    name=${name##*/}
    set -- "${EXERCISES:-$ROOT}/${name%%-*}"-*/exercises/"${name#*-}.c"
    file=${EXERCISE:-$1}
}

# reject MESSAGE EXPECTED CAME LOOK - this requirement is not met: what is wrong,
# in a sentence of its own for each mistake; what was expected; what came; where
# to look. The runner shows the lines that start with "| ".
reject() {
    {
        printf '%s\n' "$1"
        printf '%s\n' "expected: $2" | sed '2,$s/^/          /'
        printf '%s\n' "came:     $(printf '%s' "$3" | head -n 12)" | sed '2,$s/^/          /'
        printf '%s\n' "look at:  $4" | sed '2,$s/^/          /'
    } | cut -c 1-400 | sed 's/^/| /' >&2
    return 1
}

# ---- The life of a grader: compile once, then a folder for each test ----

setup_file() {
    BUILD=$(mktemp -d "${UDS_TMP:-/tmp}/uds.XXXXXX")
    PROCESSES=$(processes)
    export BUILD PROCESSES
    chmod 711 "$BUILD"
    DIR=$BUILD NEXT_FD=20
    mkdir "$DIR/.played"
    # The compiler is bounded too: #include "/dev/zero" has no end.
    find_file
    # shellcheck disable=SC2086 # a list of options
    plainly start compiler "${COMPILE[@]}" ${EXERCISE_FLAGS-} -o "$BUILD/program" "$file"
    finish compiler 2>"$BUILD/verdict" || output=$(cat "$BUILD/verdict")
    printf '%s\n' "$output" >"$BUILD/compiler"
    chmod 755 "$BUILD/program" 2>/dev/null || true # valgrind reads it
}

teardown_file() {
    sweep
    rm -rf "$BUILD"
}

setup() {
    [ -z "${EXERCISE_FIRST-}" ] || [ ! -e "$BUILD/failed" ] || skip "first what failed above"
    [ ! -e "$BUILD/condemned" ] || skip "first what had to be ended above"
    open_stage
    path=$DIR/s
    [ "$USER_ID" = "$EUID" ] || chown "$USER_ID" "$DIR"
    find_file
    [ -e "$file" ] || reject "There is no such file." "a C file" "none" "$file"
    [ -x "$BUILD/program" ] ||
        reject "It does not compile." "a program" "$(cat "$BUILD/compiler")" "the first error: the others may come from it"
}

teardown() {
    local name
    [ -n "${DIR-}" ] || return 0 # it was skipped
    if [ -z "${BATS_TEST_COMPLETED-}" ]; then
        : >"$BUILD/failed"
        [ -z "$CONDEMNED" ] || : >"$BUILD/condemned" # the next tests would take as long
    fi
    for name in $PLAYED; do
        end_group "$name"
    done
    close_stage
}

# ---- Processes with limits ----
#
# Between us and a program stands a monitor, a shell. It makes the program the
# head of a process group, which tells its number in the first line, waits for it,
# and tells its end in the last. So everything that we wait for is a line in the FIFO
# of helper.bash, and every wait ends in time.

PLAYED=''    # the names of those that may still run
CONDEMNED='' # not empty: one of them had to be killed

# In the monitor: no core file; CPU seconds, bytes of a file (in 1024), descriptors,
# memory (in 1024); not all systems know all of these.
# shellcheck disable=SC2016 # it is the monitor that expands them
MONITOR='
ulimit -c 0
ulimit -t "$LIMIT"
ulimit -f 20000
ulimit -n "${DESCRIPTORS:-256}"
[ -z "$MEMORY" ] || ulimit -v "$MEMORY" 2>/dev/null
[ -z "$PROCESSES" ] || ulimit -u "$PROCESSES" 2>/dev/null
exec 2>/dev/null
set -m
{ echo "${BASHPID:-$(exec sh -c "echo \$PPID")}"; eval "exec \"\$@\" $REDIRECT"; } <&0 2>&1 &
set +m
wait "$!"
status=$?
printf "\n%s\n" "-- end -- $status"
'

# processes - how many the user may have, for `ulimit -u`: what is there and 200.
processes() {
    local own
    own=$(ps -L -u "$USER_ID" -o pid= 2>/dev/null || ps -u "$USER_ID" -o pid=) || true
    printf '%s\n' "$(($(printf '%s\n' "$own" | wc -l) + 200))"
}

# start NAME COMMAND... - as in helper.bash, but as USER_ID and within limits.
# REDIRECT may hold more redirections: REDIRECT='5</dev/null' start ...
start() {
    local name=$1 memory=2000000 out
    shift
    # The sanitizers reserve more address space than any machine has memory.
    case ${EXERCISE_FLAGS-} in *sanitize*) memory='' ;; esac
    UDS_GRADED=$BUILD LIMIT=$LIMIT MEMORY=$memory PROCESSES=$PROCESSES REDIRECT=${REDIRECT-} \
        spawn "$name" bash -c "$MONITOR" monitor ${AS_USER[@]+"${AS_USER[@]}"} "$@"
    PLAYED="$PLAYED $name"
    eval "monitor_$name=\$pid_$name verdict_$name= ended_$name= deadline_$name=$((SECONDS + LIMIT + 1)) bytes_$name=0"
    out=out_$name
    IFS= read -r -t "$LIMIT" -u "${!out}" "pid_$name"
}

# plainly COMMAND... - without AS_USER: what must read the repository.
plainly() {
    local AS_USER=()
    "$@"
}

# program NAME ARGUMENTS... - starts what is graded.
program() {
    local name=$1
    shift
    # shellcheck disable=SC2086 # a command and its options
    start "$name" ${EXERCISE_RUN-} ${INJECTED[@]+"${INJECTED[@]}"} "$BUILD/program" "$@"
}

# graded ARGUMENTS... - runs what is graded to its end, without any input:
# $status, $output.
graded() {
    program graded "$@"
    eof graded
    finish graded
}

# next_line NAME - its next line into $line. False at its end, which comes at the
# latest when its time is over or it has printed too much: then it is killed.
next_line() {
    local name=$1 verdict=verdict_$1 ended=ended_$1 deadline=deadline_$1 bytes=bytes_$1 out=out_$1 left
    [ -z "${!ended}" ] || return 1
    left=$((${!deadline} - SECONDS))
    # What is there already is read all the same, but nobody prints for ever.
    if [ "$left" -lt -1 ]; then
        if [ "${!bytes}" -lt 1000 ]; then condemn "$name" time; else condemn "$name" flood; fi
        return 1
    fi
    [ "$left" -gt 0 ] || left=1
    if ! IFS= read -r -t "$left" -u "${!out}" line; then
        if [ "${#line}" -lt 1000 ]; then condemn "$name" time; else condemn "$name" flood; fi
        return 1
    fi
    case $line in
    "$END "*)
        eval "ended_$name=${line#"$END "}"
        return 1
        ;;
    esac
    eval "bytes_$name=$((${!bytes} + ${#line} + 1))"
    if [ "${!bytes}" -gt "$MOST_BYTES" ]; then
        condemn "$name" flood
        return 1
    fi
    printf '%s\n' "$line" >>"$DIR/.played/$name.log"
}

# condemn NAME WHY - kills it, and its monitor, which may wait for a reader of what
# was printed.
condemn() {
    local monitor=monitor_$1
    eval "verdict_$1=$2 ended_$1=137"
    CONDEMNED=yes
    end_group "$1"
    kill -KILL "${!monitor}" 2>/dev/null || true
    wait "${!monitor}" 2>/dev/null || true
}

# end_group NAME - ends it and all processes that it has started, by the number
# of their group. So many of them are a verdict of its own.
end_group() {
    local group=pid_$1 count
    group=${!group}
    [ -n "$group" ] && kill -0 -- "-$group" 2>/dev/null || return 0
    count=$(pgrep -g "$group" | wc -l) || true
    [ "$count" -le "$MANY" ] || eval "verdict_$1=forks"
    kill -KILL -- "-$group" 2>/dev/null || true
}

# sweep - ends what has left its group, as a daemon does (Linux). All that runs
# here has our folder in its environment.
sweep() {
    local turn file process
    [ -d /proc/self ] || return 0
    for turn in 1 2 3 4 5 6 7 8 9; do
        process=
        while IFS= read -r file; do
            process=${file//[!0-9]/}
            kill -KILL "$process" 2>/dev/null || true
        done < <(grep -lzsFx "UDS_GRADED=$BUILD" /proc/[0-9]*/environ)
        [ -n "$process" ] || return 0
    done
}

# finish NAME - waits for its end; $status and $output as in helper.bash. One
# that had to be killed, or that crashed, does not meet any requirement.
finish() {
    local name=$1 ended=ended_$1 verdict=verdict_$1 others=
    while next_line "$name"; do :; done
    end_group "$name"
    status=${!ended}
    # The limit of CPU seconds may end it before we do.
    case $status in
    137 | 152)
        CONDEMNED=yes
        [ -n "${!verdict}" ] || eval "verdict_$name=time"
        ;;
    esac
    case $status in 132 | 134 | 135 | 136 | 139) eval "verdict_$name=crash" ;; esac
    played "$name"
    PLAYED=${PLAYED/ $name/}
    case ${!verdict} in
    time) reject "${HANGS:-It hangs: it had to be ended.}" "an end within $LIMIT seconds" \
        "${output:-nothing printed}" "${HANGS_LOOK:-the call that waits: run it by hand, or under strace}" ;;
    flood) reject "It prints without end: it had to be ended." "at most $MOST_BYTES bytes" \
        "$(printf '%s' "$output" | head -n 3)" "the condition that ends the loop" ;;
    crash) reject "It crashes: signal $((status - 128)) has ended it." "an end of its own" \
        "${output:-nothing printed}" "kill -l $((status - 128)) names the signal; build with -fsanitize=address" ;;
    forks) reject "It starts processes without end: they had to be ended." "at most $MANY at a time" \
        "more" "the line after fork(): both processes run it" ;;
    esac
}

# ---- Tools ----

# inject FAULTS [LOG] - the programs started from now on run with tests/faults/faults.c
# between them and the C library: inject read:1:EINTR,write:even:short. Their calls
# are written to the file LOG, the faults too: "read EINTR".
inject() {
    need Linux
    local faults=${EXERCISE_TOOLS:-$BUILD}/faults.so
    [ -e "$faults" ] || "${CC:-cc}" -shared -fPIC -o "$faults" "$ROOT/tests/faults/faults.c"
    chmod 644 "$faults"
    INJECTED=(env ASAN_OPTIONS=verify_asan_link_order=0 FAULTS="$1" ${2+FAULTS_LOG="$2"} LD_PRELOAD="$faults")
}
INJECTED=()

# sleeps NAME - does it sleep, now and then at least? One that spins is known in a
# second, or in more where all takes longer: under valgrind it begins with work.
sleeps() {
    becomes S "$1" "$((LIMIT / 5))"
}

# stopped NAME - until it has stopped, by inject CALL:1:stop. To go on: send CONT.
stopped() {
    becomes T "$1" "$LIMIT"
}

# borrow PROGRAM - builds a program of the stages where USER_ID can run it, and
# sets $borrowed: borrow 03-listen/server; start server "$borrowed" "$path"
borrow() {
    borrowed=${EXERCISE_TOOLS:-$BUILD}/${1//\//-}
    [ -x "$borrowed" ] || "${CC:-cc}" -pthread -o "$borrowed" "$ROOT/$1.c"
    chmod 755 "$borrowed"
}
