#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031,SC2016 # $status and $output are those of `run`
#
# make clients: it finds what fails, what no longer fails, and what is missing.

load ../lib/helper
setup() {
    open_stage
    need timeout socat
    folder=$ROOT/07-multiclient
    mkdir "$DIR/bin"
}
teardown() { close_stage; }

# clients ROWS [ARGUMENT...] - runs these rows of it.
clients() {
    ONLY=$1 UDS_TMP=$DIR PATH=$DIR/bin:$PATH run "$ROOT/tests/checks/clients" "${@:2}"
    [ -z "$(find "$DIR" -mindepth 1 -name 'uds.*')" ] ||
        complain "nothing left" "$(ls "$DIR")" "make clients"
}

# tool NAME LINE... - a tool of that name, a script.
tool() {
    printf '%s\n' '#!/bin/sh' "${@:2}" >"$DIR/bin/$1"
    chmod +x "$DIR/bin/$1"
}

# bats test_tags=torture
@test "make clients: a server that changes a byte fails in every case" {
    need python3
    variant 07-multiclient/server-fork.c 's/^        if (size == -1 || write_all/buffer[0]++;\n&/'
    clients python-timeout "$DIR/variant"
    [ "$status" -eq 1 ] || complain "status 1" "$status: $output" "make clients"
    contains "python-timeout         ABCD"
    contains "clients: python-timeout, variant, half-close: exit status 0, 100000 bytes came back"
}

# bats test_tags=torture
@test "make clients: a known failure is a dot, and one that no longer fails is reported" {
    tool nc 'case $1 in -h) echo -U ;; *) socat -t 20 - "UNIX-CONNECT:$2" && exec sleep 60 ;; esac'
    clients nc "$folder/server"
    [ "$status" -eq 0 ] || complain "status 0" "$status: $output" "make clients"
    contains "nc                     a-.-"
    tool nc 'case $1 in -h) echo -U ;; *) exec socat -t 20 - "UNIX-CONNECT:$2" ;; esac'
    PATIENCE=200 clients nc "$folder/server"
    [ "$status" -eq 1 ] || complain "status 1" "$status: $output" "make clients"
    contains "nc                     a-!-"
    contains "clients: nc, server, half-close: passed, but service.md says that it fails"
}

# bats test_tags=tools
@test "make clients: what is missing is named, and with --all it is an error" {
    tool lua5.4 'exit 1'
    tool curl 'case $1 in -s) exec socat - "UNIX-CONNECT:$4" ;; esac'
    clients 'lua curl' "$folder/server"
    [ "$status" -eq 0 ] || complain "status 0" "$status: $output" "make clients"
    contains "not installed: lua with lua-socket"
    contains "curl                   a---"
    clients 'lua curl' --all "$folder/server"
    [ "$status" -eq 1 ] || complain "status 1" "$status: $output" "make clients --all"
    clients no-such-row "$folder/server"
    [ "$status" -eq 1 ]
    contains "clients: nothing was run"
}
