#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # $status and $output are those of `run`
#
# Every README: what it prints, quotes and refers to is so.

load ../lib/helper
setup_file() {
    export UDS_TERMINAL=$BATS_FILE_TMPDIR/terminal
    "${CC:-cc}" -o "$UDS_TERMINAL" "$ROOT/tests/pages/terminal.c"
}
setup() { open_stage; }
teardown() { close_stage; }

# plays README - each block of it is run as a reader would run it; the test's
# output names those that cannot be.
plays() {
    local tool commands
    need ps
    commands=$(grep '^\$ ' "$ROOT/$1")
    for tool in ss lsof strace pgrep python3 timeout; do
        [[ ! $commands =~ (^|[^a-z])$tool([^a-z]|$) ]] || need "$tool"
    done
    [[ $commands != */proc/* ]] || need Linux
    UDS_TMP=$DIR run "$ROOT/tests/pages/play" "$1"
    # What a block is "with", service.bats has.
    [ -z "$output" ] || printf '%s\n' "$output" | sed '/, with [a-z]*$/d; s/^/# /' >&3
    [ "$status" -eq 0 ]
    [ -z "$(files)" ]
}

@test "README.md prints what it promises" {
    plays README.md
}

@test "01-socket/README.md prints what it promises" {
    plays 01-socket/README.md
}

@test "02-bind/README.md prints what it promises" {
    plays 02-bind/README.md
}

@test "03-listen/README.md prints what it promises" {
    plays 03-listen/README.md
}

@test "04-accept/README.md prints what it promises" {
    plays 04-accept/README.md
}

@test "05-connect/README.md prints what it promises" {
    plays 05-connect/README.md
}

@test "06-readwrite/README.md prints what it promises" {
    plays 06-readwrite/README.md
}

@test "07-multiclient/README.md prints what it promises" {
    plays 07-multiclient/README.md
}

@test "07-multiclient/service.md prints what it promises" {
    plays 07-multiclient/service.md
}

# plays_as USER README - in the background; a copy of the repository and the home are the
# user's own, and everything else is shared, as on a server that a class works on.
plays_as() {
    local home=$DIR/$1
    mkdir -p "$home/copy/tests" "$home/tmp"
    copy -Rp "$ROOT"/0* "$ROOT/Makefile" "$ROOT/README.md" "$home/copy"
    copy -Rp "$ROOT"/tests/{run-bats,commands,lib,pages,stages} "$home/copy/tests"
    cp "$UDS_TERMINAL" "$home/terminal"
    chown -R "$1:$1" "$home"
    start "user$1" setpriv --reuid="$1" --regid="$1" --clear-groups \
        env UDS_TERMINAL="$home/terminal" UDS_SHARED=yes UDS_TMP="$home/tmp" HOME="$home" \
        "$home/copy/tests/pages/play" "$2"
}

@test "readme: two users who play the same page at the same time on one machine never meet" {
    need root setpriv
    chmod 755 "$DIR"
    local user
    for user in 2001 2002; do plays_as "$user" 05-connect/README.md; done
    for user in 2001 2002; do
        finish "user$user"
        [ "$status" -eq 0 ] ||
            complain "exit status 0" "$(cat "$DIR/.played/user$user.log")" "user $user's page"
    done
}

# ---- The player itself ----------------------------------------------------

# page LINE... - a lesson, in a copy of stage 04, and what the player says of it. The
# player works in a copy of that copy, so the next page of the test finds it unchanged.
page() {
    if [ ! -d "$DIR/copy" ]; then
        mkdir -p "$DIR/copy/tests" "$DIR/copy"/0{4-accept,5-connect}
        copy -p "$ROOT"/04-accept/server* "$DIR/copy/04-accept"
        copy -p "$ROOT"/05-connect/client* "$DIR/copy/05-connect"
        copy -p "$ROOT/Makefile" "$ROOT/README.md" "$DIR/copy"
        ln -s "$ROOT"/tests/{run-bats,commands,lib,pages,stages} "$DIR/copy/tests"
    fi
    printf '%s\n' "$@" >"$DIR/copy/04-accept/README.md"
    UDS_TMP=$DIR run "$DIR/copy/tests/pages/play" 04-accept/README.md
}

# found MARK LINE TEXT - the player has stopped at that line of the page.
found() {
    [ "$status" -eq 1 ] || complain "exit status 1" "$status: $output" "the player"
    [[ $output == *"$1"*" $2 "* ]] || complain "line $2 marked $1" "$output" "the player"
    [ "${lines[${#lines[@]} - 1]}" = "04-accept/README.md:$2: $3" ] ||
        complain "04-accept/README.md:$2: $3" "$output" "the player"
}

FENCE='```'
SERVER=("${FENCE}console server" '$ ./server /tmp/s 2>&1' '…')
WAITS='         up to 5 clients may wait'
CLIENT=("${FENCE}console client" '$ ../05-connect/client /tmp/s </dev/null | grep connect')
ENDS=('close    descriptor 4' 'unlink   /tmp/s' 'close    descriptor 3')

# bats test_tags=tools
@test "readme: two terminals in step, a key, a gap, and a folder of its own for /tmp" {
    page "${SERVER[@]}" "$WAITS" "$FENCE" "${CLIENT[@]}" 'connect  descriptor 3: active' "$FENCE" \
        "${FENCE}console server" 'accept   …: active' "${ENDS[@]}" \
        '$ cat' '[type: a]' '[Enter]' 'a' '[Ctrl-D]' '$ cat' '[Ctrl-C]' '$ echo $?' 130 "$FENCE"
    [ "$status" -eq 0 ] || complain "exit status 0" "$output" "the player"
    [ -z "$output" ]
}

@test "readme: a line that differs is found, and shown with what came" {
    page "${FENCE}console" '$ echo one; echo two; echo three' one tow three "$FENCE"
    found BAD 4 "another line came"
    [[ $output == *"GOOD        3 default | one"*"found:  | two"*"MISSING     5 default | three"* ]]
}

# bats test_tags=tools
@test "readme: three dots stand for text within their line, and for nothing beside it" {
    page "${FENCE}console" '$ echo one two three' 'one … three' "$FENCE"
    [ "$status" -eq 0 ]
    page "${FENCE}console" '$ echo one two three' 'one … tree' "$FENCE"
    found BAD 3 "another line came"
    page "${FENCE}console" '$ echo "a*c [a] ?"' 'a*c [a] ?' '$ echo abc' 'a*c' "$FENCE"
    found BAD 5 "another line came"
}

# bats test_tags=tools
@test "readme: a line that does not come is found" {
    page "${FENCE}console" '$ echo one' one two "$FENCE"
    found MISSING 4 "the command has ended without this line"
    page "${FENCE}console" '$ true' … "$FENCE"
    found MISSING 3 "no line came for …"
}

# bats test_tags=tools
@test "readme: a line too many is found" {
    page "${FENCE}console" '$ echo one; echo two' one '$ echo three' three "$FENCE"
    found GOOD 3 "after this line, another one came"
    page "${FENCE}console" '$ echo one; echo two' one "$FENCE"
    found GOOD 3 "after this line, another one came"
}

# bats test_tags=tools
@test "readme: a line that comes before its block is found" {
    page "${SERVER[@]}" '         named /tmp/s' 'listen   descriptor 3: …' "$FENCE" \
        "${CLIENT[@]}" 'connect  descriptor 3: active' "$FENCE" \
        "${FENCE}console server" "$WAITS" 'accept   …: active' "${ENDS[@]}" "$FENCE"
    found GOOD 5 "after this line, another one came"
    [[ $output == *"found:  | $WAITS"* ]]
}

# bats test_tags=tools
@test "readme: a change is made where its old lines stand, once, and nowhere else" {
    local change=("${FENCE}console" '$ echo one > f; echo two >> f' "$FENCE" "${FENCE}diff f")
    local show=("$FENCE" "${FENCE}console" '$ cat f && rm f' 1 two "$FENCE")
    page "${change[@]}" "-one" "+1" "${show[@]}"
    [ "$status" -eq 0 ]
    page "${change[@]}" "-one" "+1" " two" "${show[@]}"
    [ "$status" -eq 0 ]
    page "${change[@]}" "-two" "+1" " one" "${show[@]}"
    found BAD 4 "this change cannot be made"
    [[ $output == *"found:  | 0 places in the file have: two"* ]]
    page "${change[@]}" "-o" "+1" "${show[@]}"
    found BAD 4 "this change cannot be made"
    page "${FENCE}diff none.c" "-one" "+two" "$FENCE"
    found BAD 1 "there is no such file to change"
}

# bats test_tags=tools
@test "readme: what a page leaves in /tmp or in its folder is found" {
    page "${FENCE}console" '$ echo > /tmp/s' "$FENCE"
    [ "$status" -eq 1 ]
    [ "$output" = "04-accept/README.md: at its end, this is left behind: s" ]
    page "${FENCE}console" '$ cp server.c broken.c' "$FENCE"
    [ "$output" = "04-accept/README.md: at its end, this is left behind: broken.c" ]
}

# bats test_tags=tools
@test "readme: a block that says why is not run, and is named" {
    page "${FENCE}console macOS" '$ false' nothing "$FENCE"
    [ "$status" -eq 0 ]
    [ "$output" = "04-accept/README.md:1: not run here: macOS" ]
}

# ---- What can be wrong without being run ----------------------------------

# right CHECK [PAGE...] - no page has a fault of that kind.
right() {
    local check=$1 page
    cd "$ROOT" || return
    shift
    [ $# -gt 0 ] || set -- README.md 0*/*.md
    for page in "$@"; do
        awk -v check="$check" -f tests/pages/check.awk "$page"
    done >"$DIR/faults"
    [ ! -s "$DIR/faults" ] ||
        complain "pages without a fault" "$(cat "$DIR/faults")" tests/pages/check.awk
}

@test "readme: every block is of a kind that is checked" {
    right blocks
}

@test "readme: every excerpt is lines of the file that it names, one after another" {
    right excerpts
}

@test "readme: every file, folder, make target, test, stage and step that is named exists" {
    unset MAKEFLAGS MAKELEVEL MFLAGS
    right names
}

@test "readme: every link leads to a file, and to a heading in it" {
    right links
    cd "$ROOT"
    right links .github/CONTRIBUTING.md tests/README.md tests/exercises/*.md
}

@test "readme: every message of a table is printed in a block, or in a test" {
    right messages
}

@test "readme: the front page has 900 words at most, without its tables" {
    right length README.md
}

@test "readme: where a block is for another terminal than the last one, the page says which" {
    right terminals
}

@test "readme: a page is read and typed in the time that it claims, 30 minutes at most" {
    cd "$ROOT"
    right time 0*/README.md
}

# fault CHECK TEXT LINE... - a page of these lines has this fault, and no other.
fault() {
    local check=$1 text=$2
    shift 2
    printf '%s\n' "$@" >"$DIR/page.md"
    run awk -v check="$check" -f "$ROOT/tests/pages/check.awk" "$DIR/page.md"
    expect "$DIR/page.md:$text"
}

# bats test_tags=tools
@test "readme: each fault that a page can have is found, and its line" {
    cd "$ROOT"
    unset MAKEFLAGS MAKELEVEL MFLAGS
    fault blocks "2: no test reads such a block: ${FENCE}sh" "" "${FENCE}sh" "ls" "$FENCE"
    fault blocks "1: no test reads such a block: ${FENCE}diff" "${FENCE}diff" "+1" "$FENCE"
    fault blocks "2: a block without an end" "${FENCE}console" "$ ls"
    fault excerpts "3: not so in LICENSE: MIT" "${FENCE}c LICENSE" "MIT License" "MIT" "$FENCE"
    fault excerpts "4: not so in LICENSE: X" \
        "${FENCE}c LICENSE" "MIT License" "" "X" "$FENCE"
    fault excerpts "3: not so in none.c: " "" "${FENCE}c none.c" "" "$FENCE"
    fault names "1: no such file: 01-socket/none.c" \
        "\`01-socket/server.c\`, \`cc 01-socket/none.c\`"
    fault names "2: no such target: make tset" "\`make test\`" "\`make tset\`"
    fault names "1: no such target: make demo-08" "\`make demo-07\`, \`demo-08\`"
    fault names "1: no such target: make tests" "\`make tests\`"
    fault names "1: no such test: 02: it fails" "\`02: it fails\`"
    fault names "1: no such stage: 08" "lessons 01 to 07, stage 07, lesson 08"
    fault names "1: no source here has a step 1" "See step 1."
    fault links "1: a link to nowhere: none.md" "[a](none.md), [b](page.md)"
    fault links "2: a link to a heading that is not there: #run" \
        "# Run it" "[a](#run), [b](#run-it)"
    fault length "4: too long to read" "a <details> b" "$(printf '%1400s' '' | sed 's/ /word /g')" \
        "</details>" "$(printf '%901s' '' | sed 's/ /word /g')"
    fault terminals "5: above this block is missing: **Client terminal**" \
        "**Server terminal**" "${FENCE}console server" "$ ls" "$FENCE" "${FENCE}console client" \
        "$FENCE"
    fault terminals "8: a block without an end" \
        "**Server terminal**" "${FENCE}console server" "$FENCE" "${FENCE}console macOS" "$FENCE" \
        "${FENCE}console server" "$FENCE" "${FENCE}console"
    fault time "2: it claims 20 minutes, and takes 2.0" "**Time:** 20 minutes" \
        "$(printf '%178s' '' | sed 's/ /word /g')"
    fault time "4: it claims 1 minutes, and takes 2.1" "**Time:** 1 minutes" \
        "${FENCE}console" "$ $(printf '%060d' 1)" "$FENCE"
    fault messages "8: neither a block nor a test prints: server: $DIR" \
        "${FENCE}console" "a" "$FENCE" "| message | cause | cure |" "|---|---|---|" \
        "| \`a\` | | |" "| no message, \`a\` | | |" "| \`server: $DIR\` | | |"
}
