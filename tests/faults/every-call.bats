#!/usr/bin/env bats
# Each program of stages 01 to 07 is played again and again, and each time a different one of
# its calls fails. programs.txt says how a program is played, rules.txt what must happen.
#
# Only the first occurrence of each call fails. With TORTURE=1 in the environment, every
# occurrence does, which takes longer: TORTURE=1 tests/run-bats tests/faults/every-call.bats

# Each test is a process, and what it sets is not needed outside it. play.bash and helper.bash
# set what is not set here.
# shellcheck disable=SC2030,SC2031,SC2154
load ../lib/helper
load play

CALLS=300 # a scene takes fewer than 100: a program that makes more calls is spinning

setup_file() {
    [ "$(uname)" = Linux ] && command -v "${CC:-cc}" >/dev/null || return 0
    [ -z "${TORTURE:-}" ] || export BATS_TEST_TIMEOUT=600
    local folders
    folders=("$ROOT"/0*)
    build_programs "${folders[@]#"$ROOT"/}"
}

setup() {
    open_faults
    mkfifo "$DIR/out" "$DIR/say" "$DIR/hear"
    load_tables
}

teardown() {
    [ -z "${DIR:-}" ] || close_stage
}

# ---- The tables ----

# load_tables - reads both into arrays. A lookup then takes no process.
load_tables() {
    local line a b c d e f
    program_names=() program_groups=() program_scenes=() program_withs=() program_arguments=()
    while read -r a b c d e; do
        case $a in '' | '#'*) continue ;; esac
        program_names+=("$a") program_groups+=("$b") program_scenes+=("$c")
        program_withs+=("$d") program_arguments+=("$e")
    done <"$ROOT/tests/faults/programs.txt"

    rule_lines=() rule_programs=() rule_calls=()
    rule_from=() rule_to=() rule_errors=() rule_musts=()
    line=0
    while read -r a b c d e f; do
        line=$((line + 1))
        case $a in '' | '#'*) continue ;; esac
        case $e in
        dies | ignores | drops | reports | counts | unchecked) ;;
        dies+path | ignores+path | 'dies|ignores' | 'dies|reports') ;;
        *) complain "a word that the table explains" "$e" "rules.txt:$line" ;;
        esac
        [ -n "$f" ] || complain "a reason" "none" "rules.txt:$line"
        rule_lines+=("$line") rule_programs+=(",$a,") rule_calls+=(",$b,")
        rule_errors+=("$d") rule_musts+=("$e")
        case $c in
        '*') rule_from+=(1) rule_to+=(999999) ;;
        *-) rule_from+=("${c%-}") rule_to+=(999999) ;;
        *) rule_from+=("${c%-*}") rule_to+=("${c#*-}") ;;
        esac
    done <"$ROOT/tests/faults/rules.txt"
}

# find_program PROGRAM - sets $group, $scene, $with and $arguments from programs.txt, and
# $rules, the rows of rules.txt for this program.
find_program() {
    local i short=${1%%-*}/${1##*/} word
    for i in "${!program_names[@]}"; do
        [ "${program_names[i]}" = "$short" ] && break
    done
    [ "${program_names[i]}" = "$short" ] || complain "a row for $short" "none" "programs.txt"
    group=${program_groups[i]} scene=${program_scenes[i]} with=${program_withs[i]#-} arguments=()
    for word in ${program_arguments[i]}; do
        case $word in
        PATH) word=$path ;;
        PEER) word=$DIR/peer ;;
        esac
        arguments+=("$word")
    done
    rules=()
    for i in "${!rule_programs[@]}"; do
        case ${rule_programs[i]} in
        ,\*, | *",$short,"* | *",$group,"*) rules+=("$i") ;;
        esac
    done
}

# find_errors CALL - sets $errors, with which the table lets it fail.
find_errors() {
    local i
    errors=
    for i in "${rules[@]}"; do
        case "${rule_calls[i]} $errors " in
        *",$1,"*" ${rule_errors[i]} "*) ;;
        *",$1,"*) errors="$errors ${rule_errors[i]}" ;;
        esac
    done
}

# find_rule CALL N ERROR - sets $must from the row that matches, and notes that the row was
# needed; or sets $problem.
find_rule() {
    local i found=
    must=
    for i in "${rules[@]}"; do
        case ${rule_calls[i]} in *",$1,"*) ;; *) continue ;; esac
        [ "${rule_errors[i]}" = "$3" ] || continue
        [ "$2" -ge "${rule_from[i]}" ] || continue
        [ "$2" -le "${rule_to[i]}" ] || continue
        [ -z "$found" ] ||
            problem="two rows match: rules.txt:${rule_lines[found]} and :${rule_lines[i]}"
        found=$i must=${rule_musts[i]}
    done
    [ -n "$found" ] || problem="no row of rules.txt matches"
    needed[${found:-0}]=yes
}

# ---- Playing ----

# until_asleep - waits until the program sleeps in a call; false if it does not, but spins.
# A subshell between two looks lets go of the processor, which the program may need to get
# there: bash would keep it for its whole share of time.
until_asleep() {
    local deadline=$((SECONDS + LIMIT))
    look
    while [ -n "$state" ] && [ "$state" != S ]; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        (:)
        look
    done
}

# listens - reads the program's output until it listens; false if it exits first. The complete
# server may be unable to print that line: then the kernel has to say that it listens.
listens() {
    local line
    case $group:$call in
    complete:write | complete:poll)
        until [ "$(kernel_row "$path")" = "00010000 01" ]; do
            look
            [ -n "$state" ] || return 1
        done
        return 0
        ;;
    esac
    while read -r -t "$LIMIT" -u 21 line; do
        case $line in listen*) return 0 ;; esac
    done
    return 1
}

# ask TEXT - the client that stays sends a line and gets it back.
ask() {
    local line
    printf '%s\n' "$1" >&22
    read -r -t "$LIMIT" -u 23 line && [ "$line" = "$1" ]
}

# got FILE - is what came back the same as that file? (As cmp would tell, but without a
# process. Neither has a byte 0, so bash can read both.)
got() {
    local wanted came
    ! IFS= read -r -d '' wanted <"$1" && ! IFS= read -r -d '' came <"$DIR/got" &&
        [ "$came" = "$wanted" ]
}

# play_two INPUT - two clients, one after the other.
play_two() {
    listens || return 0
    for _ in 1 2; do
        : >"$DIR/got"
        peer "$path" <"$1" >"$DIR/got" && got "$1" || missing=$((missing + 1))
    done
}

# play_many - a client that stays, and another that comes and leaves; then the signal, and
# only after the server has exited does the first client end.
play_many() {
    local friend served=0
    listens || return 0
    exec 22<>"$DIR/say"
    (
        exec 21<&- 22>&-
        faulty "" "$client" "$path"
    ) <"$DIR/say" >"$DIR/hear" 2>/dev/null 3>&- 4>&- &
    friend=$!
    exec 23<"$DIR/hear"
    ask "one" && served=1
    : >"$DIR/got"
    peer "$path" <"$DIR/words" >"$DIR/got" 22>&- 23<&- && got "$DIR/words" || missing=1
    [ "$served" = 1 ] && ask "two" || missing=$((missing + 1))
    until_asleep || problem="it does not sleep while there is nothing to do"
    kill -TERM "$process" 2>/dev/null || true
    [ "$call" != write ] || signal_again
    wait "$process" || status=$?
    process=
    exec 22>&-
    wait "$friend" || true
    exec 23<&-
}

# signal_again - in case the write() that failed was the one with which the signal handler
# wakes up the server. While the pipe has a reader, that write() really fails only if the pipe
# is full, and then the server is awake anyway. Here the signal is lost, so send it again when
# the server, after that write(), only waits.
signal_again() {
    local deadline=$((SECONDS + LIMIT + 1))
    look
    while [ -n "$state" ] && [ "$SECONDS" -lt "$deadline" ]; do
        case $(uniq "$DIR/log" | tail -n 2) in
        *"write $error"$'\n'poll | *"write $error"$'\n'epoll_wait)
            kill -TERM "$process" 2>/dev/null || true
            return 0
            ;;
        esac
        look
    done
}

# play FAULTS - plays the scene of $program to its end, with these faults. Sets $status,
# $message (what it wrote to standard error), $log (its calls), and $missing (how many clients
# were not served). A lock file may be left from the scene before.
play() {
    local line
    missing=0 status=0 problem=
    if [ "$scene" != restart ]; then
        [ ! -e "$path" ] || rm "$path"
    elif ! [ "$path" -ef "$DIR/stale" ]; then
        ln -f "$DIR/stale" "$path"
    fi
    : >"$DIR/log"
    : >"$DIR/got"
    (
        export FAULTS_LOG=$DIR/log
        faulty "$1" "$built/$program" ${arguments[@]+"${arguments[@]}"}
    ) <"$DIR/words" >"$DIR/out" 2>"$DIR/err" 3>&- 4>&- &
    process=$!
    exec 21<"$DIR/out"
    case $scene in
    visits) play_two /dev/null ;;
    echoes) play_two "$DIR/words" ;;
    many | restart) play_many ;;
    esac
    while read -r -t "$LIMIT" -u 21 line; do
        case $scene in connects | sends) printf '%s\n' "$line" >>"$DIR/got" ;; esac
    done
    exec 21<&-
    [ -z "$process" ] || wait "$process" || status=$?
    [ "$scene" != sends ] || got "$DIR/words" || missing=1
    IFS= read -r -d '' message <"$DIR/err" || true
    # A program that spins writes megabytes. Their beginning is enough.
    IFS= read -r -d '' -n 10000 log <"$DIR/log" || true
    message=${message%$'\n'} log=${log%$'\n'}
}

# ---- Judging ----

# agrees WORD - is that what has happened? $named says whether a message names the call.
agrees() {
    case "$1 $status $named $missing" in
    dies" 1 yes "*) ;;
    ignores" 0 "*" 0" | unchecked" 0 "*" 0") ;;
    drops" 0 "*" "[01] | reports" 0 yes "[01]) ;;
    counts" 1 no 0") [[ $(<"$DIR/got") == *" 1 lost, "* ]] ;;
    *) false ;;
    esac
}

# judge MUST - sets $problem, if the end of the scene is not what the word wants.
judge() {
    local must=$1 named=no agreed=no lines=${log//[!$'\n']/} word words file
    local name=${call%4} # where accept4() fails, the message may say accept
    [ -z "$problem" ] || return 0
    case $message in
    "server: $name"[:4]* | *$'\n'"server: $name"[:4]* | "client: $name: "*) named=yes ;;
    "bench: $name: "* | *$'\n'"bench: $name: "*) named=yes ;;
    esac
    # Without its handler, SIGTERM ends the program, which leaves its path.
    [ "$must $status" != "unchecked 143" ] || return 0
    case $status in
    137) problem="killed: it took longer than $LIMIT s" ;;
    152) problem="killed: it spins" ;;
    esac
    [ "$status" -lt 128 ] || problem=${problem:-"ended by signal $((status - 128))"}
    [ "${#lines}" -lt "$CALLS" ] || problem=${problem:-"${#lines} calls: it spins"}
    [ -z "$problem" ] || return 0
    words=${must%+path}
    for word in ${words//|/ }; do
        ! agrees "$word" || agreed=yes
    done
    [ "$agreed" = yes ] ||
        problem="exit status $status, $missing not served, message: ${message:-none}"
    for file in "$DIR"/w/*; do
        case $file in
        "$path" | "$path.lock" | "$DIR/w/*") ;;
        *) problem="${problem:+$problem; }left behind: $file" && rm -r "$file" ;;
        esac
    done
    case $must in
    *+path)
        [ -S "$path" ] || problem="${problem:+$problem; }the path is gone"
        ;;
    *)
        # A dead server's path may stay if the program exits before it has claimed the path.
        case $scene:$status in
        restart:1) [ ! -e "$path" ] || [ "$path" -ef "$DIR/stale" ] ;;
        *) [ ! -e "$path" ] ;;
        esac || problem="${problem:+$problem; }the path is left behind"
        ;;
    esac
}

# fail_each CALL - makes the call fail with each of its errors, at its first occurrence, at its
# second, and so on, until a scene has no more of them.
fail_each() {
    local n faults
    call=$1
    find_errors "$call"
    [ -n "$errors" ] || report "$call" "no row of rules.txt matches"
    for error in $errors; do
        n=0
        while n=$((n + 1)) && [ "$n" -eq 1 ] || [ -n "${TORTURE:-}" ]; do
            faults=$call:$n:$error${with:+,$with}
            play "$faults"
            case $'\n'$log$'\n' in
            *$'\n'"$call $error"$'\n'*)
                find_rule "$call" "$n" "$error"
                judge "$must"
                ;;
            *)
                [ "$n" -eq 1 ] || break
                must='' problem="not made again"
                ;;
            esac
            cases=$((cases + 1))
            [ -z "$problem" ] || report "FAULTS=$faults" "${must:+rules.txt says $must: }$problem"
        done
    done
}

# report HOW WHAT - collects what is wrong, because the next case may fail as well.
report() {
    printf '%s\n' "$program, $1: $2" >>"$DIR/problems"
}

# every_call PROGRAM... - plays each program without a failing call, and after that once for
# each of the calls that it has made.
every_call() {
    local cases=0 needed=() calls line seen row
    start dead "$built/07-multiclient/server" "$DIR/stale"
    await dead "listen"
    send KILL dead
    finish dead 2>/dev/null # bash says that it was killed
    start peer "$built/07-multiclient/server" "$DIR/peer"
    await peer "listen"
    for program in "$@"; do
        find_program "$program"
        call=none
        play "$with"
        judge ignores
        [ -z "$problem" ] || report "FAULTS=$with, no call fails" "$problem"
        calls=$log seen=' '
        while read -r line _ <&9; do
            case $seen in *" $line "*) continue ;; esac
            seen="$seen$line "
            fail_each "$line"
        done 9<<<"$calls"
        printf '%s\n' "${program%%-*}/${program##*/}" >>"$BATS_FILE_TMPDIR/played"
    done
    for row in ${needed[@]+"${!needed[@]}"}; do
        printf '%s\n' "${rule_lines[row]}" >>"$BATS_FILE_TMPDIR/needed"
    done
    echo "# $cases cases (program, call, occurrence, error) of $# programs" >&3
    [ ! -e "$DIR/problems" ] ||
        complain "what rules.txt says" "$(cat "$DIR/problems")" "$cases cases"
}

# sources PATTERN - the programs of the folders that match.
sources() {
    local source
    # shellcheck disable=SC2231 # a pattern
    for source in "$ROOT"/$1/*.c; do
        source=${source#"$ROOT"/}
        echo "${source%.c}"
    done
}

# bats test_tags=behaviour:45
@test "faults: in stages 01 to 06 a program names the failed call, and leaves nothing behind" {
    # shellcheck disable=SC2046 # a list of programs
    every_call $(sources "0[1-6]-*")
}

# bats test_tags=behaviour:8,behaviour:45
@test "faults: in stage 07 a failed call costs one client, or ends the program with a message" {
    # shellcheck disable=SC2046 # a list of programs
    every_call $(sources "07-*")
}

# bats test_tags=behaviour:8,behaviour:45
@test "faults: a failed call has the same effect if the complete server uses poll() only" {
    every_call 07-multiclient/server-list
}

# bats test_tags=behaviour:35
@test "faults: if standard input is closed and /dev/null missing, every program reports it" {
    local source program log=$BATS_TEST_TMPDIR/calls
    for source in "$ROOT"/0[4-7]-*/*.c; do
        program=${source#"$ROOT"/}
        program=${program%.c}
        rm -f "$log"
        # shellcheck disable=SC2016 # the inner shell expands it
        refuses 1 "open: /dev/null: Permission denied" \
            env FAULTS=open:1:EACCES FAULTS_LOG="$log" \
            bash -c 'LD_PRELOAD=$1 exec "${@:2}" <&-' - "$built/faults.so" "$built/$program" "$path"
        ! grep "^socket" "$log" || complain "no socket()" "$(cat "$log")" "$program"
    done
    [ -z "$(ls -A "$DIR/w")" ]
}

@test "faults: every row of the two tables is needed" {
    local i played needed
    played=$(cat "$BATS_FILE_TMPDIR/played") || skip "no program was played"
    for i in "${!program_names[@]}"; do
        [[ $'\n'$played$'\n' == *$'\n'"${program_names[i]}"$'\n'* ]] ||
            complain "a program that was played" "${program_names[i]}" "programs.txt"
    done
    needed=$(cat "$BATS_FILE_TMPDIR/needed")
    for i in "${!rule_lines[@]}"; do
        # A row for later occurrences needs TORTURE=1.
        [ "${rule_from[i]}" -eq 1 ] || [ -n "${TORTURE:-}" ] || continue
        [[ $'\n'$needed$'\n' == *$'\n'"${rule_lines[i]}"$'\n'* ]] ||
            complain "a row that some call needs" "one without: ${rule_calls[i]//,/ }" \
                "rules.txt:${rule_lines[i]}"
    done
}
