#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # $status and $output are those of `run`
#
# The blocks of 07-multiclient/service.md that not every machine can run. Their first
# lines say what they need, as in "console server, with root", and so pages.bats leaves
# them out. Here each section that has such blocks is played as a page of its own.

load ../lib/helper
setup_file() {
    export UDS_TERMINAL=$BATS_FILE_TMPDIR/terminal
    "${CC:-cc}" -o "$UDS_TERMINAL" "$ROOT/tests/pages/terminal.c"
}
setup() { open_stage; }
teardown() { close_stage; }

PAGE=07-multiclient/service.md

# plays_section HEADING - each block of that section prints what it promises, with all that
# it needs.
plays_section() {
    need Linux ps pgrep
    mkdir -p "$DIR/copy/tests"
    copy -Rp "$ROOT"/0[3-7]-* "$ROOT/Makefile" "$ROOT/README.md" "$DIR/copy"
    ln -s "$ROOT"/tests/{run-bats,commands,lib,pages,stages} "$DIR/copy/tests"
    awk -v heading="## $1" '/^## / { inside = $0 == heading } inside' "$ROOT/$PAGE" |
        sed -E 's/^(```console [a-z]+), with .*/\1/' >"$DIR/copy/$PAGE"
    UDS_TMP=$DIR run "$DIR/copy/tests/pages/play" "$PAGE"
    [ "$status" -eq 0 ] || complain "the section as printed" "$output" "$PAGE"
    [ -z "$output" ] || complain "no block left out" "$output" "$PAGE"
}

# need_namespaces OPTION... - skips the test unless unshare may create these.
need_namespaces() {
    need unshare
    unshare "$@" true 2>/dev/null || skip "unshare $* is not allowed here"
}

@test "service: a container sees the restarted server through a folder, not through a file" {
    need_namespaces -rm
    plays_section "Connection refused, in the container, after a restart"
}

@test "service: a group lets another user connect" {
    need root setpriv
    plays_section "Permission denied, for another user"
}

@test "service: socket-proxyd, socat and nc lose or keep the reply after a half close" {
    need socat nc systemd-socket-activate timeout
    [ -x /lib/systemd/systemd-socket-proxyd ] || skip "no systemd-socket-proxyd here"
    plays_section "The request arrives, but the reply is lost"
}

@test "service: process 1 gets only the signals that it handles, and nohup is respected" {
    need nohup
    need_namespaces -rpf
    plays_section "docker stop takes ten seconds, or the server dies at logout"
}

@test "service: under systemd, the server takes descriptor 3" {
    need systemd-socket-activate
    plays_section "Another server answers there, under systemd"
}

@test "service: a private folder hides the path, and a shared one has another user's lock" {
    need root setpriv
    need_namespaces -rm
    plays_section "No such file or directory, but the socket is there"
}

@test "service: systemd finds nothing wrong with the unit file" {
    need systemd-analyze
    plays_section "A unit file for this server"
}

@test "service: SO_PEERCRED shows the parent, and 0 from another PID namespace" {
    need python3
    need_namespaces -rpf
    plays_section "SO_PEERCRED names the wrong process"
}

@test "service: systemd-tmpfiles spares a socket that is bound by its absolute path" {
    need systemd-tmpfiles
    plays_section "The socket file is gone, but the server is still running"
}

@test "service: no section with such blocks is left out above" {
    awk '/^## / { heading = substr($0, 4) } /^```console .*, with / { print heading }' \
        "$ROOT/$PAGE" | uniq >"$DIR/sections"
    [ -s "$DIR/sections" ]
    while IFS= read -r heading; do
        grep -qF "plays_section \"$heading\"" "$BATS_TEST_FILENAME" ||
            complain "a test" "none" "$heading"
    done <"$DIR/sections"
}
