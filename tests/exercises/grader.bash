# shellcheck shell=bash disable=SC2154,SC2034
#
# What all graders share; README.md beside this file tells how to write one. A
# grader compiles one C file, runs it, and looks at it from outside. That file may be
# a first attempt that hangs, crashes or forks without end, or an attack. So the
# compiler and the program run in a cage (cage.c), which has limits for everything,
# reports what happens, and leaves nothing behind. Nothing they print is evaluated.
#
#     EXERCISE        the C file to grade; by default the learner's starter
#     EXERCISES       the folder with the starters; by default this repository
#     EXERCISE_FLAGS  more options for the compiler (-fsanitize=address)
#     EXERCISE_RUN    valgrind and its options, to run the program under it
#     EXERCISE_FIRST  if not empty: what follows the first failure is skipped; with the
#                     value "only" it is not even listed
#     EXERCISE_TOOLS  a folder with faults.so and the stages' programs, already built
#     EXERCISE_CAGE   the cage, already built
#     UDS_HOUSE, UDS_USER   set by `cage house`: the folder for what programs write,
#                           and the first of the user numbers that they may run as

load ../../lib/helper

LIMIT=${EXERCISE_LIMIT:-5} # seconds that a program may take
MOST_BYTES=20000           # that it may print
MOST_SOURCE=262144         # bytes of its source
MANY=50                    # processes: more than any exercise starts

# What the compiler gets, beside the file. The injector of tests/faults/faults.c wants
# each call to be a call of that name: so no optimisation, and no _FORTIFY_SOURCE.
# shellcheck disable=SC2206 # CC may be a command with options
COMPILE=(${CC:-cc} -std=gnu17 -O0 -g -U_FORTIFY_SOURCE -Wall -Wextra -pthread)

# Where root grades, all programs run as a user that has nothing else: USER_ID. (The
# system's own tools first: that user cannot use what is in a folder of root's.)
USER_ID=$EUID
if [ "$EUID" = 0 ]; then
    USER_ID=${GRADED_USER:-${UDS_USER:-60800}}
    PATH=/usr/bin:/bin:$PATH
fi

# find_file - sets $file, what is graded, by the name of the grader's folder: NN-K-name;
# and $base, the folder above it that was given: no link may stand between the two.
find_file() {
    local name=${BATS_TEST_FILENAME%/grade.bats}
    name=${name##*/}
    set -- "${EXERCISES:-$ROOT}/${name%%-*}"-*/exercises/"${name#*-}.c"
    base=${EXERCISES:-$ROOT} file=${EXERCISE:-$1}
    [ -z "${EXERCISE-}" ] || base=${file%/*}
}

# reject MESSAGE EXPECTED CAME LOOK - this requirement is not met: what is wrong,
# in a sentence of its own for each mistake; what was expected; what came; where
# to look. The runner shows the lines that start with "| ". What came is text that a
# terminal must not obey. If this machine cannot run any program, the learner's is not
# to blame.
reject() {
    healthy || return 1
    : >"$BUILD/rejected"
    {
        printf '%s\n' "$1"
        printf '%s\n' "expected: $2" | sed '2,$s/^/          /'
        printf '%s\n' "found:    $(printf '%s' "$3" | head -n 12)" | sed '2,$s/^/          /'
        printf '%s\n' "look at:  $4" | sed '2,$s/^/          /'
    } | tr '\001-\010\013-\037\177' '?' | cut -c 1-400 | sed 's/^/| /' >&2
    return 1
}

# complain EXPECTED FOUND WHO - in place of helper.bash's: what a program has printed
# must not look like a line of ours.
complain() {
    reject "It does not get as far as it should." "$1" "$2" "what it prints: $3"
}

# trouble TEXT - the grader itself cannot go on. The runner looks for this line.
trouble() {
    TROUBLE=$1
    { printf '%s\n' "$1" >"$BUILD/trouble"; } 2>/dev/null || true
    return 1
}

# in_trouble - was there any? Then it says so.
in_trouble() {
    [ -n "$TROUBLE" ] || [ ! -e "$BUILD/trouble" ] || TROUBLE=$(cat "$BUILD/trouble")
    [ -n "$TROUBLE" ] || return 1
    echo "the grader could not run: $TROUBLE" >&2
}
TROUBLE=

# healthy - does a program that can only be right run here? If not, that is trouble.
healthy() {
    # shellcheck disable=SC2016 # the inner shell expands it
    local said user=() probe='sh -c : & wait "$!" && echo well'
    [ -z "$TROUBLE" ] && [ ! -e "$BUILD/trouble" ] || return 1
    [ "$EUID" != 0 ] || user=(-u "$((USER_ID + 1))")
    said=$("$CAGE" run ${VIEW[@]+"${VIEW[@]}"} ${user[@]+"${user[@]}"} \
        -d "$BUILD/probe" -p "$PROCESSES" -- sh -c "$probe" </dev/null 2>&1) || true
    [[ $said == *$'\n'"o well"$'\n'"ended exited 0 "* ]] ||
        trouble "a program that only says \"well\" does not run: ${said//$'\n'/ }" || return 1
    { printf '%04096d' 0 >"$BUILD/room" && rm "$BUILD/room"; } 2>/dev/null ||
        trouble "no file can be written in $BUILD" || return 1
    ! wants_python || python3 -Sc 'import socket' 2>/dev/null || trouble "python3 does not run"
}

# wants_python - does this grader play clients or servers in Python?
wants_python() {
    grep -qE 'python3|^load ../clients' "$BATS_TEST_FILENAME"
}

# ---- The life of a grader: compile once, then a folder for each test ----

setup_file() {
    set +T # see trace_less()
    PLAYED='' CONDEMNED=
    BUILD=$(mktemp -d "${UDS_TMP:-/tmp}/uds.XXXXXX") || trouble "mktemp" || in_trouble
    chmod 711 "$BUILD"
    mkdir "$BUILD/view" "$BUILD/source" "$BUILD/probe"
    PLAY=$BUILD/compiling NEXT_FD=20
    mkdir -m 700 "$PLAY"
    take_user
    prepare && compile || ! in_trouble
    PLAY=$BUILD/play
    export GRADED_USER BUILD PLAY CAGE PROCESSES VIEWS
}

# take_user - sets $USER_ID to a number that no other grader of this house has: bats runs
# several side by side, and what one has left behind is killed by that number.
take_user() {
    local n
    [ "$EUID" = 0 ] || return 0
    for n in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
        GRADED_USER=$((${UDS_USER:-60800} + 2 * n)) USER_LOCK=
        [ -n "${UDS_HOUSE-}" ] || break
        mkdir "$UDS_TMP/user.$GRADED_USER" 2>/dev/null || continue
        USER_LOCK=$UDS_TMP/user.$GRADED_USER
        break
    done
    export USER_LOCK
    USER_ID=$GRADED_USER
}

# prepare - sets $CAGE, and what it can do here: $VIEWS, as lines; $PROCESSES, the limit.
prepare() {
    CAGE=${EXERCISE_CAGE-} VIEWS='' PROCESSES=200
    if [ -z "$CAGE" ]; then
        CAGE=$BUILD/cage
        # shellcheck disable=SC2086 # CC may be a command with options
        ${CC:-cc} -o "$CAGE" "$ROOT/tests/exercises/cage.c" 2>"$BUILD/compiler" ||
            trouble "${CC:-cc} does not compile cage.c: $(tail -n 1 "$BUILD/compiler")" || return 1
    fi
    if [ "$EUID" = 0 ]; then
        chown "$USER_ID" "$BUILD/source"
        chown "$((USER_ID + 1))" "$BUILD/probe"
        if [ -n "${UDS_HOUSE-}" ] || "$CAGE" able >/dev/null; then VIEWS=$(views); fi
    else
        PROCESSES=$(($("$CAGE" processes) + 200)) || trouble "no process can be started" || return 1
    fi
    read_views
    ! wants_python || command -v python3 >/dev/null || trouble "there is no python3 here"
}

# views - what a program can see beside the system's folders, one option a line: a
# compiler or a python3 that is elsewhere; not what is to be graded, nor the solutions,
# should these be in such a folder; and what is built for it.
views() {
    local command place
    # shellcheck disable=SC2086
    for command in $(set -- ${CC:-cc} && echo "$1") python3; do
        place=$(command -v "$command") || continue
        place=$(cd -P "${place%/*}" && pwd) || continue
        case $place in
        /usr/* | /bin | /sbin) ;;
        */*/bin) printf '%s\n' -r "${place%/bin}" ;;
        *) printf '%s\n' -r "$place" ;;
        esac
    done
    printf '%s\n' -x "$ROOT" -x "${EXERCISES:-$ROOT}" -r "$BUILD" -v "$BUILD/view"
    [ -z "${EXERCISE_TOOLS-}" ] || printf '%s\n' -r "$EXERCISE_TOOLS"
}

# read_views - makes $VIEW, an array, of $VIEWS: the tests are other shells.
read_views() {
    local IFS=$'\n'
    set -f
    # shellcheck disable=SC2206
    VIEW=($VIEWS)
    set +f
}

# compile - makes "$BUILD/program", of a private copy of the file; or "$BUILD/compiler"
# tells why there is none, or "$BUILD/refused". By way of assembly, because there the
# files show that the assembler would put in.
compile() {
    local name copied=0
    find_file
    [ -e "$file" ] || [ -L "$file" ] || return 0
    name=${file##*/}
    case $name in -* | *[!A-Za-z0-9._-]*) name=program.c ;; esac
    "$CAGE" copy "$MOST_SOURCE" "$base" "${file#"$base"/}" "$BUILD/source/$name" \
        >"$BUILD/refused" 2>"$BUILD/compiler" || copied=$?
    case $copied in
    0) rm "$BUILD/refused" ;;
    1) return 0 ;;
    *) trouble "the file cannot be copied: $(cat "$BUILD/compiler")" || return 1 ;;
    esac
    set --
    case ${COMPILE[0]##*/} in
    tcc*) set -- "$name" ;; # it has no assembly to show
    *)
        compiler -MD -MF headers -S -o program.s "$name" || return 0
        only_headers "$name" || return 0
        no_inclusion || return 0
        set -- program.s
        ;;
    esac
    compiler -o program "$@" || return 0
    "$CAGE" copy 100000000 "$BUILD/source" program "$BUILD/program" >"$BUILD/refused" 2>&1 ||
        trouble "the program cannot be copied: $(cat "$BUILD/refused")" || return 1
    rm "$BUILD/refused"
    chmod 755 "$BUILD/program" # valgrind reads it
}

# compiler ARGUMENTS... - runs it, bounded too: #include "/dev/zero" has no end.
compiler() {
    local DIR=$BUILD/source INJECTED=() DESCRIPTORS=256 KEEP=yes REDIRECT=
    local LIMIT=$((LIMIT < 20 ? 20 : LIMIT))
    # shellcheck disable=SC2086 # a list of options
    start compiler "${COMPILE[@]}" ${EXERCISE_FLAGS-} "$@"
    eof compiler
    finish compiler 2>"$BUILD/verdict" || output=$(cat "$BUILD/verdict" "$PLAY/compiler.log")
    printf '%s\n' "$output" >"$BUILD/compiler"
    [ "$status" -ne 0 ] || return 0
    compiles || trouble "${CC:-cc} does not compile: $(tail -n 1 "$BUILD/compiler")" || true
    return 1
}

# compiles - is the compiler well? It compiles the shortest program.
compiles() {
    # shellcheck disable=SC2086
    echo 'int main(void) { return 0; }' |
        "${COMPILE[@]}" ${EXERCISE_FLAGS-} -x c -o "$BUILD/well" - 2>"$BUILD/compiler.well" ||
        { cp "$BUILD/compiler.well" "$BUILD/compiler" && return 1; }
}

# only_headers NAME - apart from the file itself, the compiler has read nothing but
# headers from the folders where it looks for <...>. If it does not tell these, the
# folders of the system have to do.
only_headers() {
    local header folder folders real
    folders=$("${COMPILE[@]}" -E -Wp,-v -x c /dev/null 2>&1 >/dev/null |
        sed -n 's/^ \(\/[^ ]*\).*/\1/p')
    [ -n "$folders" ] || folders='/usr /opt /nix/store /Library /Applications'
    # A rule of make; its names have no blanks, or \ before them.
    while IFS= read -r header; do
        # One of the two may lead to the other by links, or by "..".
        real=$(cd -P "${header%/*}" 2>/dev/null && pwd) || real=
        for folder in $folders; do
            [ -n "$real" ] || break
            case $real/ in "$(cd -P "$folder" 2>/dev/null && pwd)"/*) continue 2 ;; esac
        done
        echo "It includes a file that is not a header of the system: $header" >"$BUILD/refused"
        return 1
    done < <(awk -v own="$1" -v list="$folders" '
        BEGIN { count = split(list, folder) }
        { sub(/^[^ ]*: /, ""); sub(/\\$/, "") }
        {
            for (n = 1; n <= NF; n++) {
                known = $n == own
                for (m = 1; m <= count; m++)
                    if (index($n, folder[m] "/") == 1 && !index($n, "..")) known = 1
                if (!known) print $n
            }
        }' "$BUILD/source/headers")
}

# no_inclusion - no directive asks the assembler for a file. Lines with one string are
# the compiler's own way to write the program's strings, which may say anything.
no_inclusion() {
    local found
    found=$(LC_ALL=C grep -avE '^[[:space:]]*\.(string|ascii|asciz)[[:space:]]+"([^"\\]|\\.)*"$' \
        "$BUILD/source/program.s" |
        LC_ALL=C grep -aiE '\.[[:space:]]*(incbin|include|macro|altmacro|irpc?|rept)') || true
    [ -z "$found" ] ||
        printf '%s\n' "Its assembly asks for other files: ${found%%$'\n'*}" >"$BUILD/refused"
    [ -z "$found" ]
}

teardown_file() {
    rm -rf "$BUILD" ${USER_LOCK:+"$USER_LOCK"}
}

setup() {
    # A folder for the program, and one for what it must not touch.
    CLOCK=${BATS_killer_pid-}
    trace_less
    PLAYED='' CONDEMNED='' NEXT_FD=20 NOT_OURS=$'\n'$(jobs -p)$'\n'
    [ ! -e "$BUILD/trouble" ]
    [ -z "${EXERCISE_FIRST-}" ] || [ ! -e "$BUILD/failed" ] || skip "first what failed above"
    # What was not run is not a pass.
    [ ! -e "$BUILD/condemned" ] ||
        reject "Not run: it would take too long, as above." "an end" "none" "the first failure"
    DIR=$("$CAGE" stage "$USER_ID" "$PLAY" 20 39 \
        "${UDS_HOUSE:-${UDS_TMP:-/tmp}}/uds.XXXXXX") || trouble "no folder for a test"
    path=$DIR/s
    read_views
    find_file
    [ -e "$file" ] || [ -L "$file" ] || reject "There is no such file." "a C file" "none" "$file"
    [ ! -e "$BUILD/refused" ] ||
        reject "The file is refused. $(cat "$BUILD/refused")" \
            "a C file of $((MOST_SOURCE / 1024)) KiB at most, with the system's headers only" \
            "another kind" "$file"
    [ -x "$BUILD/program" ] ||
        reject "It does not compile." "a program" "$(cat "$BUILD/compiler")" \
            "the first error: the others may come from it"
}

teardown() {
    local name clear
    # To bats, a test that was skipped at its start is a complete one.
    if [ -z "${BATS_TEST_COMPLETED-}" ] || [ -n "${BATS_TEST_SKIPPED-}" ]; then stop_clock; fi
    [ -n "${DIR-}" ] || { ! in_trouble && return; } # it was skipped
    for name in $PLAYED; do
        end_cage "$name"
    done
    clear=(rm -rf "$DIR" "$PLAY" "$BUILD/rejected")
    [ "$EUID" != 0 ] || clear=("$CAGE" sweep "$USER_ID" "${clear[@]}")
    if [ -z "${BATS_TEST_COMPLETED-}" ]; then
        [ "$EUID" != 0 ] || "$CAGE" sweep "$USER_ID"
        : >"$BUILD/failed"
        # At Ctrl-C, bats finishes the test that runs, and starts no other. (A bats that does
        # not goes on to setup(), which skips the others: each costs 25 milliseconds.)
        [ "${EXERCISE_FIRST-}" != only ] || kill -INT "$PPID"
        [ -z "$CONDEMNED" ] || : >"$BUILD/condemned" # the next tests would take as long
        # Each failure is either the program's, with a word why, or ours.
        [ -e "$BUILD/rejected" ] ||
            reject "It does not meet this requirement." "what its name says" \
                "something else" "the task" || true
    fi
    end_jobs
    # A read-only folder cannot be emptied; close_stage knows how.
    "${clear[@]}" 2>/dev/null || { close_stage && rm -rf "$PLAY"; }
    stop_clock
    ! in_trouble
}

# ---- Processes in a cage ----
#
# All that we wait for is a line in a FIFO, which only the cage writes. Each begins
# with a word of the cage's; the head of cage.c lists them. For each NAME there are
#
#     pid_NAME, cage_NAME, in_NAME, out_NAME   process numbers and descriptors
#     ended_NAME                               empty, or its exit status
#     verdict_NAME                             empty, or time, flood, crash, forks
#     took_NAME, left_NAME                     milliseconds; processes left behind
#     $PLAY/NAME.out, .err, .log               what it has printed; both, as lines

PLAYED=''    # the names of those that may still run
CONDEMNED='' # not empty: one of them had to be killed
VIEW=()

# start NAME COMMAND... - as in helper.bash, but as USER_ID, in "$DIR", in a cage.
# REDIRECT may hold more redirections: REDIRECT='5</dev/null' start ...
start() {
    local name=$1 in=$NEXT_FD out=$((NEXT_FD + 1)) n fifos=() fifo=$PLAY/fifo options=()
    local event memory=2048000000
    shift
    NEXT_FD=$((NEXT_FD + 2))
    # setup() has made the first of them. mkfifo is a process, so let it make many.
    if [ ! -e "$fifo$in" ]; then
        for ((n = in; n < in + 6; n++)); do fifos+=("$fifo$n"); done
        mkfifo -m 600 "${fifos[@]}" || trouble "mkfifo" || return 1
    fi
    : >"$PLAY/$name.log"
    [ -z "${REDIRECT-}" ] || set -- sh -c "exec \"\$@\" $REDIRECT" - "$@"
    # The sanitizers reserve more address space than any machine has memory.
    case ${EXERCISE_FLAGS-} in *sanitize*) memory=0 ;; esac
    eval "exec $in<>\"\${fifo}$in\" $out<>\"\${fifo}$out\""
    if [ -z "${PLAIN-}" ]; then
        [ "$EUID" != 0 ] || options=(-u "$USER_ID")
        options+=(${VIEW[@]+"${VIEW[@]}"})
    fi
    [ -z "${KEEP-}" ] || options+=(-k)
    # The cage closes all other descriptors.
    "$CAGE" run ${options[@]+"${options[@]}"} -d "$DIR" -o "$PLAY/$name.out" -e "$PLAY/$name.err" \
        -t "$((10 * LIMIT))" -c "$LIMIT" -b "$MOST_BYTES" -f 20480000 \
        -n "${DESCRIPTORS:-256}" -p "$PROCESSES" -m "$memory" \
        -- "$@" <"$fifo$in" >"$fifo$out" &
    eval "cage_$name=\$! pid_$name= in_$name=$in out_$name=$out"
    eval "verdict_$name= ended_$name= took_$name=0 left_$name=0"
    eval "deadline_$name=$((SECONDS + LIMIT + 1))"
    PLAYED="$PLAYED $name"
    event='no process has started'
    IFS= read -r -t 30 -u "$out" event || true
    if [[ $event =~ ^started\ [0-9]+$ ]]; then
        printf -v "pid_$name" %s "${event#started }"
    else
        printf -v "ended_$name" 137
        trouble "${event#trouble }"
    fi
}

# plainly COMMAND... - what is started there runs as the grader itself.
plainly() {
    local PLAIN=yes
    "$@"
}

# program NAME ARGUMENTS... - starts what is graded.
program() {
    local name=$1
    shift
    # shellcheck disable=SC2086 # a command and its options
    start "$name" ${INJECTED[@]+"${INJECTED[@]}"} ${EXERCISE_RUN-} "$BUILD/program" "$@"
}

# graded ARGUMENTS... - runs what is graded to its end, without any input:
# $status; $output, $stdout, $stderr.
graded() {
    program graded "$@"
    eof graded
    finish graded
}

# next_line NAME - its next line into $line, from standard output or error. False at its
# end, which comes at the latest when its time is over: then it is killed.
next_line() {
    local name=$1 ended=ended_$1 deadline=deadline_$1 out=out_$1 left event
    [ -z "${!ended}" ] || return 1
    left=$((${!deadline} - SECONDS))
    # What is there already is read all the same.
    if [ "$left" -lt -1 ]; then
        condemn "$name"
        return 1
    fi
    [ "$left" -gt 0 ] || left=1
    if ! IFS= read -r -t "$left" -u "${!out}" event; then
        condemn "$name"
        return 1
    fi
    take_event "$name" "$event"
}

# take_event NAME EVENT - a line of the cage's. False at the end of the program.
take_event() {
    local how number took left
    case $2 in
    'o '* | 'e '*)
        line=${2#??}
        printf '%s\n' "$line" >>"$PLAY/$1.log"
        return 0
        ;;
    esac
    if ! [[ $2 =~ ^ended\ [a-z-]+\ [0-9]+\ [0-9]+\ ([0-9]+|-)$ ]]; then
        printf -v "ended_$1" 137
        trouble "${2#trouble }"
        return 1
    fi
    # shellcheck disable=SC2034
    IFS=' ' read -r _ how number took left <<<"$2"
    printf -v "took_$1" %s "$took"
    printf -v "left_$1" %s "$left"
    case $how$number in
    exited*) ;;
    signalled24) time_over "$1" ;; # SIGXCPU
    signalled9)
        if [ "$took" -lt "$((1000 * LIMIT))" ]; then
            printf -v "verdict_$1" crash
        else
            time_over "$1"
        fi
        ;;
    signalled[45678] | signalled1[01] | signalled31) printf -v "verdict_$1" crash ;;
    signalled*) ;;
    flooded*) printf -v "verdict_$1" flood && CONDEMNED=yes number=137 ;;
    *) time_over "$1" && number=137 ;;
    esac
    [ "$how" != signalled ] || number=$((128 + number))
    printf -v "ended_$1" %s "$number"
    return 1
}

time_over() {
    printf -v "verdict_$1" time
    CONDEMNED=yes
}

# condemn NAME - its time is over: the cage is told to kill it.
condemn() {
    local cage=cage_$1 out=out_$1 event
    kill -TERM "${!cage}" 2>/dev/null || true
    while IFS= read -r -t 30 -u "${!out}" event; do
        take_event "$1" "$event" || break
    done
    time_over "$1"
    printf -v "ended_$1" 137
}

# end_cage NAME - ends it, if it still runs, and all that it has started. Too many of them
# are a verdict of its own.
end_cage() {
    local ended=ended_$1 left=left_$1 cage=cage_$1 out=out_$1 event patience=30
    if [ -z "${!ended}" ]; then
        # It is gone if a subshell has heard of its end: $(finish server).
        kill -TERM "${!cage}" 2>/dev/null || patience=1
        while IFS= read -r -t "$patience" -u "${!out}" event; do
            take_event "$1" "$event" || break
        done
    fi
    if [ "${!left}" = - ]; then
        kill -TERM "${!cage}" 2>/dev/null || true
        while IFS= read -r -t 30 -u "${!out}" event; do
            case $event in 'left '*) break ;; esac
        done
        printf -v "left_$1" %s "${event//[!0-9]/}"
    fi
    wait "${!cage}" 2>/dev/null || true
    [ "${!left:-0}" -le "$MANY" ] || printf -v "verdict_$1" forks
}

# finish NAME - waits for its end; $status and $output as in helper.bash, $stdout and
# $stderr what came on each. One that had to be killed, or that crashed, does not meet
# any requirement.
finish() {
    local name=$1 ended=ended_$1 verdict=verdict_$1
    while next_line "$name"; do :; done
    end_cage "$name"
    status=${!ended:-137}
    played "$name"
    text_of "$PLAY/$name.out" stdout
    text_of "$PLAY/$name.err" stderr
    PLAYED=${PLAYED/ $name/}
    case ${!verdict} in
    time) reject "${HANGS:-It hangs: it had to be ended.}" "an end within $LIMIT seconds" \
        "${output:-nothing printed}" \
        "${HANGS_LOOK:-the call that waits: run it by hand, or under strace}" ;;
    flood) reject "It prints without end: it had to be ended." "at most $MOST_BYTES bytes" \
        "$(printf '%s' "$output" | head -n 3)" "the condition that ends the loop" ;;
    crash) reject "It crashes: signal $((status - 128)) has ended it." "an end of its own" \
        "${output:-nothing printed}" \
        "kill -l $((status - 128)) names the signal; build with -fsanitize=address" ;;
    forks) reject "It starts processes without end: they had to be ended." \
        "at most $MANY at a time" "more" "the line after fork(): both processes run it" ;;
    esac
}

# text_of FILE VARIABLE - what is in it, without the NULs, which no string of the shell
# can hold, and without the last ends of lines.
text_of() {
    local text='' part
    while IFS= read -r -d '' part || [ -n "$part" ]; do text=$text$part; done <"$1"
    while [[ $text == *$'\n' ]]; do text=${text%$'\n'}; done
    printf -v "$2" %s "$text"
}

# played NAME, said NAME - as in helper.bash: the lines are elsewhere.
played() {
    text_of "$PLAY/$1.log" output
}
said() {
    cat "$PLAY/$1.log"
}

# ---- Tools ----

# inject FAULTS [LOG] - the programs started from now on run with tests/faults/faults.c
# between them and the C library: inject read:1:EINTR,write:even:short. Their calls
# are written to the file LOG, the faults too: "read EINTR".
inject() {
    need Linux
    local faults=${EXERCISE_TOOLS:-$BUILD}/faults.so
    # shellcheck disable=SC2086 # CC may be a command with options
    [ -e "$faults" ] || ${CC:-cc} -shared -fPIC -o "$faults" "$ROOT/tests/faults/faults.c" ||
        trouble "faults.c does not compile"
    # What starts valgrind keeps its own calls: valgrind preloads something, too.
    INJECTED=(env ASAN_OPTIONS=verify_asan_link_order=0 FAULTS="$1" ${2+FAULTS_LOG="$2"}
        ${EXERCISE_RUN:+FAULTS_BESIDE=vgpreload} LD_PRELOAD="$faults")
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
    # shellcheck disable=SC2086 # CC may be a command with options
    [ -x "$borrowed" ] || ${CC:-cc} -pthread -o "$borrowed" "$ROOT/$1.c" ||
        trouble "$1.c does not compile"
}
