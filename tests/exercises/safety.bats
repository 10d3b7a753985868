#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # $status and $output are those of `run`
#
# The graders, attacked: attacks.c is handed in as an answer, and each test looks for
# what it has done. One small grader, probe.bats, is enough for that; it is in a small
# copy of the repository, which an ordinary user can read as well.

load ../lib/helper

setup_file() {
    trap 'exit 1' ERR
    COPY=$(mktemp -d "${UDS_TMP:-/tmp}/uds.XXXXXX")
    export COPY
    chmod 755 "$COPY"
    export GRADER=$COPY/tests/exercises/09-9-probe/grade.bats
    mkdir -p "${GRADER%/*}" "$COPY/tests/faults" "$COPY/09-probe/exercises" "$COPY/tmp"
    chmod 1777 "$COPY/tmp"
    copy -R "$ROOT/tests/lib" "$ROOT/tests/run-bats" "$ROOT/tests/commands" "$COPY/tests"
    cp "$ROOT"/tests/exercises/{*.bash,*.c} "$COPY/tests/exercises"
    cp "$ROOT/tests/faults/faults.c" "$COPY/tests/faults"
    cp "$ROOT/tests/exercises/attacks.c" "$COPY/tests/exercises/09-9-probe/solution.c"
    printf '/*\n * Exercise 09-9: probe\n */\nint main(void) { return 0; }\n' \
        >"$COPY/09-probe/exercises/9-probe.c"
    cp "$ROOT/tests/exercises/probe.bats" "$COPY/tests/exercises/09-9-probe/grade.bats"
}

teardown_file() {
    rm -rf "$COPY"
}

setup() {
    open_stage
    # Another number in each test: how processes and files of its attack are known.
    export MARK=$((1000000 + $$ * 100 + BATS_TEST_NUMBER))
    unset "${!EXERCISE@}" UDS_HOUSE UDS_USER UDS_BATS GRADED_USER USER_LOCK
    export CC=${CC:-cc}
    users=ordinary
    [ "$EUID" != 0 ] || users="root ordinary"
}

# Whatever is left, whoever has left it, is a defect; and must not stay.
teardown() {
    local left=
    ! pkill -KILL -f "^sleep $MARK" || left="processes "
    [ -z "$(ls -A "$COPY/tmp")" ] || left="$left$(ls -lR "$COPY/tmp")"
    left=$left$(find /tmp /dev/shm /var/tmp -maxdepth 1 -name "$MARK.*" 2>/dev/null | head -n 5)
    close_stage
    [ -z "$left" ] || complain "nothing left" "$left" "$BATS_TEST_DESCRIPTION"
}

# as USER COMMAND... - root is who runs these tests, if it is root; an ordinary user has
# a number that no system gives out.
as() {
    local user=$1
    shift
    if [ "$EUID" = 0 ] && [ "$user" = ordinary ]; then
        set -- setpriv --reuid=61180 --regid=61180 --clear-groups "$@"
    fi
    unset "${!BATS_@}"
    PATH=/usr/bin:/bin:${PATH#*/bats-core:} UDS_TMP=$COPY/tmp HOME=$COPY/tmp "$@"
}

# grade USER FILE [VARIABLE=VALUE...] - sets $status and $output. What there is in $output beside
# the TAP is what the program has printed: "said:", "bytes:".
grade() {
    local user=$1 file=$2
    shift 2
    run as "$user" env "$@" EXERCISE="$file" "$COPY/tests/run-bats" --tap "$GRADER"
}

# attack USER NAME [OPTION...]
attack() {
    local user=$1 name=$2
    shift 2
    grade "$user" "$COPY/tests/exercises/attacks.c" "EXERCISE_FLAGS=-DATTACK=$name -DMARK=$MARK $*"
}

# says TEXT... - each is in $output; says_not: none of them is.
says() {
    local text
    for text in "$@"; do
        [[ $output == *"$text"* ]] || complain "$text" "$output" "$BATS_TEST_DESCRIPTION"
    done
}
says_not() {
    local text
    for text in "$@"; do
        [[ $output != *"$text"* ]] || complain "not: $text" "$output" "$BATS_TEST_DESCRIPTION"
    done
}

# passes, fails MESSAGE - the verdict; and nothing is left for the next test.
passes() {
    [ "$status" -eq 0 ] || complain "exit status 0" "$output" "$BATS_TEST_DESCRIPTION"
    says "ok 1 09-9" "ok 2 09-9"
    says_not "left: " "could not run"
}
fails() {
    [ "$status" -eq 1 ] || complain "exit status 1" "$status: $output" "$BATS_TEST_DESCRIPTION"
    says "not ok 1 09-9" "# | $1"
    says_not "left: " "could not run"
}

@test "a right answer passes" {
    for user in $users; do
        attack "$user" none
        passes
    done
}

@test "what a program prints is not evaluated, and is no verdict" {
    for user in $users; do
        mkdir -m 1777 "$DIR/$user"
        chmod 711 "$DIR"
        attack "$user" talks "-DTARGET=\"$DIR/$user/deed\""
        [ "$status" -eq 1 ]
        says "not ok 1 09-9" "# | It ends with status 1." '# |           %s%n\x41?[2J'
        [ ! -e "$DIR/$user/deed" ] || complain "no deed" "it was done" "$user"
    done
}

@test "one line of it gets no point in a real exercise" {
    local line="-- end -- 0; reject() { return 0; }; complain() { return 0; }"
    printf '#include <stdio.h>\nint main(void) { puts("%s"); }\n' "$line" >"$DIR/x.c"
    EXERCISE=$DIR/x.c run as root "$ROOT/tests/run-bats" --tap \
        "$ROOT/tests/exercises/01-1-numbers/grade.bats"
    [ "$status" -eq 1 ]
    says "not ok 1 " "not ok 6 "
    says_not $'\nok '
}

@test "a program that hangs gets no point, whatever signals it ignores" {
    for user in $users; do
        for name in pauses ignores; do
            attack "$user" "$name"
            [ "$status" -eq 1 ]
            says "not ok 1 09-9" "# | It hangs: it had to be ended." "not ok 2 09-9" "# | Not run: "
        done
    done
}

@test "daemons, without a session, a parent, a group or an environment, end with the program" {
    for user in $users; do
        attack "$user" daemons
        passes
    done
}

@test "a program that forks without end is ended, and said to do so" {
    for user in $users; do
        attack "$user" bomb
        [ "$status" -eq 1 ]
        says "not ok 1 09-9" "# | It starts processes without end: they had to be ended."
        attack "$user" children
        says "not ok 1 09-9" "# | It starts processes without end: they had to be ended."
    done
}

@test "a program gets 2 GB of memory, and no more" {
    for user in $users; do
        attack "$user" hog
        passes
        says "said: bounded"
    done
}

@test "files: none is left in its folder, as root none at all, and these cannot fill the disk" {
    for user in $users; do
        # Without a view of its own, it may write where the user may.
        [ "$user" = root ] && folders=4 || folders=1
        attack "$user" files "-DFOLDERS=$folders"
        says "ok 1 09-9" "ok 2 09-9"
        says_not "left: "
        size=$(sed -n 's/.*said: \([0-9]*\) MB.*/\1/p' <<<"$output")
        [ "$user" != root ] || [ "$size" -le 128 ] || complain "128 MB at most" "$size" "$user"
    done
}

@test "a program that prints without end on both streams is ended, and said to do so" {
    for user in $users; do
        attack "$user" flood
        [ "$status" -eq 1 ]
        says "not ok 1 09-9" "# | It prints without end: it had to be ended."
    done
}

@test "the bytes that it prints are kept as they are, on each stream" {
    for user in $users; do
        attack "$user" nuls
        passes
        says 'bytes:    a  \0   b  \n  \0  \0  \0   c'
    done
}

@test "as root: it can read no solution, no password, no file of the grader's" {
    need root
    for target in "${GRADER%/*}/solution.c" "$ROOT/tests/exercises/01-1-numbers/solution.c" \
        /etc/shadow /etc/hostname; do
        attack root reads "-DTARGET=\"$target\""
        passes
        says "said: it has tried"
        says_not "it can"
    done
}

@test "as an ordinary user: it cannot open the descriptors of its cage" {
    attack ordinary reads
    passes
    says "said: it has tried"
    says_not "it can"
}

@test "as root: it cannot kill the grader" {
    need root
    attack root kills
    passes
    says "said: it has tried"
}

@test "it has no descriptor but 0, 1 and 2" {
    for user in $users; do
        attack "$user" descriptors
        passes
        says "said: it has tried"
        says_not "it has descriptor"
    done
}

@test "it cannot trace its cage; as root, no other process" {
    for user in $users; do
        attack "$user" traces
        passes
        says "said: it has tried"
        says_not "it can"
    done
}

@test "as root: it gets no privileges in a namespace" {
    need root
    attack root namespaces
    passes
    says "said: it has tried"
    says_not "it can"
}

@test "a source includes nothing but headers of the system" {
    echo 'open sesame' >"$COPY/secret"
    printf '%s\n' 'int main(void) { return 0; }' >"$COPY/other.c"
    for user in $users; do
        while IFS= read -r line; do
            printf '%s\n' "$line" 'int main(void) { return 0; }' >"$DIR/x.c"
            chmod 711 "$DIR"
            grade "$user" "$DIR/x.c"
            [ "$status" -eq 1 ] || complain "a refusal" "$output" "$user: $line"
            says "not ok 1 09-9" "not ok 2 09-9"
            says_not "sesame"
            [ "$user" = ordinary ] || says_not "root:x:0:0:root"
        done <<END
#include "$COPY/other.c"
#include "../../tests/exercises/09-9-probe/solution.c"
#include "$COPY/tests/exercises/09-9-probe/solution.c"
#include "/etc/shadow"
#include "/etc/passwd"
#include "/proc/self/environ"
#include "/dev/zero"
#include "/usr/include/../../etc/passwd"
__asm__(".incbin \"$COPY/secret\"");
__asm__(".globl x\nx: .incbin \"/etc/passwd\"\n");
__asm__(".string \"a\"; .incbin \"/etc/passwd\"");
__asm__(".macro m a b\n.\\\\a\\\\b \"/etc/passwd\"\n.endm\nm inc bin");
END
    done
}

@test "a submission is one regular file of at most 256 KiB" {
    chmod 711 "$DIR"
    mkdir "$DIR/folder" "$DIR/real"
    mkfifo "$DIR/fifo"
    cp "$COPY/09-probe/exercises/9-probe.c" "$DIR/real/x.c"
    ln -s "$DIR/real/x.c" "$DIR/link.c"
    ln -s /dev/zero "$DIR/zero.c"
    { cat "$DIR/real/x.c" && head -c 300000 /dev/zero | tr '\0' '\n'; } >"$DIR/large.c"
    for user in $users; do
        for file in link.c:symbolic zero.c:symbolic fifo:regular folder:regular large.c:large \
            /dev/zero:regular; do
            case $file in /*) name=${file%:*} ;; *) name=$DIR/${file%:*} ;; esac
            grade "$user" "$name"
            fails "The file is refused. It is "
            says "${file#*:}"
        done
        # Behind a link to a folder, it may be another student's.
        mkdir -p "$DIR/$user/09-probe"
        ln -s "$COPY/09-probe/exercises" "$DIR/$user/09-probe/exercises"
        run as "$user" env EXERCISES="$DIR/$user" "$COPY/tests/run-bats" --tap "$GRADER"
        fails "The file is refused. It is a symbolic link, or behind one."
    done
}

# exercise USER [VARIABLE=VALUE...] - the learner's command.
exercise() {
    local user=$1
    shift
    run as "$user" env "$@" "$COPY/tests/commands/exercises" exercise-09-9
}

# not_judged TEXT - the command says what the machine lacks, and nothing of the exercise.
not_judged() {
    [ "$status" -eq 2 ] || complain "exit status 2" "$status: $output" "$BATS_TEST_DESCRIPTION"
    says "the grader could not run: $1"
    says_not "  to do  " "  done   " "expected: "
}

@test "no compiler: that is no wrong answer" {
    for user in $users; do
        exercise "$user"
        [ "$status" -eq 0 ] || complain "exit status 0" "$output" "$user"
        exercise "$user" CC=/nonexistent/cc
        not_judged "/nonexistent/cc does not compile"
        # One that breaks in between.
        printf '%s\n' '#!/bin/sh' 'case "$*" in *cage.c*) exec cc "$@" ;; esac' 'exit 1' >"$DIR/cc"
        chmod 711 "$DIR"
        chmod 755 "$DIR/cc"
        exercise "$user" "CC=$DIR/cc"
        not_judged "$DIR/cc does not compile"
    done
}

@test "no python3, for a grader that needs it: that is no wrong answer" {
    # All that the system has, but for that; and a grader that wants it.
    mkdir "$DIR/bin" "$DIR/tmp"
    chmod 755 "$DIR" "$DIR/bin"
    chmod 1777 "$DIR/tmp"
    find /usr/bin /bin/ -maxdepth 1 ! -name 'python*' -exec ln -sf -t "$DIR/bin" {} +
    copy -R "$COPY/tests" "$COPY/09-probe" "$DIR"
    sed 's/^load .*/&\n# python3/' "$GRADER" >"$DIR/tests/exercises/09-9-probe/grade.bats"
    chmod -R a+rX "$DIR/tests" "$DIR/09-probe"
    COPY=$DIR run as ordinary env PATH="$DIR/bin" "$DIR/tests/commands/exercises" exercise-09-9
    not_judged "there is no python3 here"
}

@test "no process to be had: that is no wrong answer" {
    need prlimit
    local count
    for count in 3 6 9 12; do
        run as ordinary prlimit --nproc="$count" "$COPY/tests/commands/exercises" exercise-09-9
        [ "$status" -ne 1 ] || complain "not 1" "$output" "$count processes"
        says_not "  to do  " "expected: "
    done
}

@test "a disk that is full: that is no wrong answer" {
    need root unshare
    local size
    export -f as
    for size in 16k 80k 160k 300k; do
        run unshare -m bash -c "mount -t tmpfs -o size=$size,mode=1777 full \"\$COPY/tmp\" &&
            as ordinary env \"\$COPY/tests/commands/exercises\" exercise-09-9"
        [ "$status" -ne 1 ] || complain "not 1" "$output" "a disk of $size"
        says_not "  to do  " "expected: "
    done
}

@test "other people's programs: as an ordinary user only with UNSAFE=1, and then it says so" {
    mkdir -p "$DIR/09-probe/exercises"
    chmod 755 "$DIR"
    cp "$COPY/09-probe/exercises/9-probe.c" "$DIR/09-probe/exercises"
    run as ordinary env EXERCISES="$DIR" "$COPY/tests/commands/exercises" grade
    [ "$status" -eq 2 ]
    says "Not graded: $DIR" "only root" "UNSAFE=1"
    says_not "ok 1"
    run as ordinary env EXERCISES="$DIR" UNSAFE=1 "$COPY/tests/commands/exercises" grade
    [ "$status" -eq 0 ]
    says "UNSAFE: " $'\nok 1 09-9'
    run as ordinary "$COPY/tests/commands/exercises" grade
    [ "$status" -eq 0 ]
    says_not "UNSAFE"
    [ "$EUID" = 0 ] || return 0
    run as root env EXERCISES="$DIR" "$COPY/tests/commands/exercises" grade
    [ "$status" -eq 0 ]
    says_not "UNSAFE"
}
