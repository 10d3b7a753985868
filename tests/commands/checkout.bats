#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # $status and $output are those of `run`
#
# What git and make dist hand out: a clone on another system, an archive without git.

load ../lib/helper

setup() {
    open_stage
    need git
    # Not the user's settings, nor the repository of a hook that runs the tests.
    unset "${!GIT_@}" MAKEFLAGS MAKELEVEL MFLAGS
    export HOME=$DIR GIT_CONFIG_NOSYSTEM=1
    unset XDG_CONFIG_HOME
}
teardown() { close_stage; }

# origin - creates a repository of the files that are here, in "$DIR/origin": what git has of
# them does not matter, and this folder may come from an archive.
origin() {
    git init -q "$DIR/origin"
    export GIT_DIR=$DIR/origin/.git
    git config user.name Test
    git config user.email test@localhost
    git --work-tree="$ROOT" add -A
    git commit -q -m "All files"
    unset GIT_DIR
}

# succeeds COMMAND... - ends with status 0.
succeeds() {
    UDS_TMP=$DIR run "$@"
    [ "$status" -eq 0 ] || complain "status 0" "$status: $output" "$*"
}

@test "checkout: where git writes the line ends of Windows, the scripts and stages work" {
    local wrong
    origin
    git clone -q -c core.autocrlf=true "$DIR/origin" "$DIR/clone"
    cd "$DIR/clone"
    wrong=$(grep -rlI --exclude-dir=.git $'\r' . | head -n 3)
    [ -z "$wrong" ] || complain "no carriage return" "$wrong" "a clone with core.autocrlf"
    succeeds tests/commands/doctor
    contains "ready: yes"
    succeeds make -s CFLAGS=-O0 demo-01
    contains "server | socket   descriptor 3"
    run git status --porcelain
    expect ""
}
