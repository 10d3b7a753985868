# shellcheck shell=bash disable=SC2154,SC2034
#
# The programs of the stages: built once more with a change, or started and stopped as
# the tests of stage 07 do it; and the scripts that play their clients. Needs play.bash.

# The four designs of stage 07. server-epoll needs Linux, and a compiler other than tcc.
DESIGNS="server-fork server-thread server-poll server-epoll"
[[ $OSTYPE == linux* && ${UDS_CC-${CC-}} != tcc* ]] || DESIGNS=${DESIGNS% server-epoll}

# Put these in front of an action. The scripts list theirs when they are run without one:
#     run "${CLIENTS[@]}" crowd "$DIR/s" 100
#     start rude "${CLIENTS[@]}" stuck "$DIR/s" 1
CLIENTS=(python3 -SuB "$ROOT/tests/lib/clients.py")
IMPOSTORS=(python3 -SuB "$ROOT/tests/lib/impostors.py") # servers that are not ours
STARTERS=(python3 -SuB "$ROOT/tests/lib/starters.py")   # start a program at a terminal, ...
RACES=(python3 -SuB "$ROOT/tests/lib/races.py")         # start many servers on one path

# ---- Built once more ----------------------------------------------------------------

# variant SOURCE SED... - builds "$DIR/variant" from a program in which sed has removed
# or changed lines, as the lessons ask the reader to do. VARIANT_FLAGS is an option for
# the compiler.
variant() {
    local source=$1 before
    shift
    before=$(cat "$ROOT/$source")
    sed "$@" "$ROOT/$source" >"$DIR/variant.c"
    [ "$before" != "$(cat "$DIR/variant.c")" ] || complain "a changed source" "the same" "sed $*"
    "${CC:-cc}" -pthread ${VARIANT_FLAGS:+"$VARIANT_FLAGS"} -o "$DIR/variant" "$DIR/variant.c"
}

# build_server_list FOLDER - builds server-list there. That is the complete server of
# stage 07 without the lines that are for Linux only, so it waits for all its clients
# with poll().
build_server_list() {
    # shellcheck disable=SC2086 # a list of options
    sed 's/__linux__/__elsewhere__/' "$ROOT/07-multiclient/server.c" >"$1/server-list.c" &&
        "${CC:-cc}" ${UDS_CFLAGS-} -o "$1/server-list" "$1/server-list.c"
}

# build_both - for a setup_file: most tests of the complete server run twice, with the server
# as it is, which waits with epoll on Linux, and with server-list. UDS_SERVER_LIST is one
# that is built already, for another processor.
build_both() {
    local shared=$BATS_RUN_TMPDIR/server-list # by all files that run together
    if [ -n "${UDS_SERVER_LIST-}" ]; then
        ln -s "$UDS_SERVER_LIST" "$UDS_SERVER_LIST.program" "$BATS_FILE_TMPDIR"
    elif ! ln "$shared" "$BATS_FILE_TMPDIR" 2>/dev/null; then
        build_server_list "$BATS_FILE_TMPDIR"
        ln "$BATS_FILE_TMPDIR/server-list" "$shared" 2>/dev/null || true # or it is there by now
    fi
}
BOTH="server server-list"

# ---- A server of stage 07, in a test that has $folder -------------------------------

# program NAME - prints the file of that program.
program() {
    case $1 in
    server-list) echo "$BATS_FILE_TMPDIR/server-list" ;;
    *) echo "$folder/$1" ;;
    esac
}

# start_server [PROGRAM] - starts one that listens on "$DIR/s". UNDER is a command to
# run it under, such as valgrind.
start_server() {
    # shellcheck disable=SC2086 # a command and its arguments
    start server ${UNDER-} "$(program "${1:-server}")" "$DIR/s"
    await server "listen "
}

# start_quiet PROGRAM - the same, but throws its output away: with thousands of clients,
# reading it would take all the time.
start_quiet() {
    # A shell redirects the output, and then becomes the server.
    start server sh -c 'exec "$@" >/dev/null' - "$(program "$1")" "$DIR/s"
    until_served
}

# until_served - waits until a server on "$DIR/s" serves a client. For a server whose
# output is not read.
until_served() {
    until [ -S "$DIR/s" ] && "$folder/client" "$DIR/s" </dev/null 2>/dev/null; do
        state_of "$(pid server)"
        [[ -n $state && $state != Z ]] || complain "a server" "it has exited" server || return
    done
}

# signalled CALL PROGRAM - runs it on "$DIR/s", and sends it SIGTERM during its first CALL.
signalled() {
    # strace sends the signal. The leak checker of ASan does not work under strace.
    run -0 alone env ASAN_OPTIONS=detect_leaks=0 strace -qq -o /dev/null -e "trace=$1" \
        -e "inject=$1:signal=TERM:when=1" "$(program "$2")" "$DIR/s"
    [ ! -e "$DIR/s" ] || complain "no $DIR/s" "it is there" "$2"
}

# start_busy NAME... - under each name, starts a client that sends and reads as fast as it
# can, until the server exits.
start_busy() {
    local name
    for name in "$@"; do
        # shellcheck disable=SC2016 # the inner shell expands it
        start "$name" bash -c \
            'yes | "$1" "$2" | { read -r line; echo "$line"; cat >/dev/null; }' - \
            "$folder/client" "$DIR/s"
        await "$name" y
    done
}

# answers - a server on "$DIR/s" echoes.
answers() {
    run "$folder/client" "$DIR/s" <<<"anybody there?"
    expect "anybody there?"
}

# ends_within SECONDS - the server exits by then, with status 0, and its path is gone.
ends_within() {
    local since=$SECONDS
    finish server
    [ "$status" -eq 0 ] || complain "exit status 0" "$status: $output" server
    at_most "$1" "$((SECONDS - since))" "the seconds until the server exits"
    [ ! -e "$DIR/s" ]
}

# leave_by SIGNAL - the server exits with status 0 on that signal, and its path is gone.
leave_by() {
    send "$1" server
    finish server
    [ "$status" -eq 0 ] || complain "exit status 0" "$status" "$1"
    [ ! -e "$DIR/s" ] || complain "no $DIR/s" "it is there" "$1"
}

# descriptors - prints how many descriptors the server has open.
descriptors() {
    find "/proc/$(pid server)/fd" -mindepth 1 | wc -l
}

# memory - prints the server's own memory in KiB, without what it shares.
memory() {
    awk '/^RssAnon/ { print $2 }' "/proc/$(pid server)/status"
}
