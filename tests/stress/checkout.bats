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

# inner COMMAND... - not as a part of this bats, but with the commands of "$DIR/bin".
inner() {
    unset "${!BATS_@}"
    PATH=$DIR/bin:${PATH#*/bats-core:} exec "$@"
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

@test "checkout: in one that is read-only and another user's, the tests leave nothing behind" {
    local as=()
    [ "$EUID" -ne 0 ] || { need setpriv && as=("${AS_NOBODY[@]}"); } # root may write everywhere
    mkdir "$DIR/tree" "$DIR/tmp"
    cp -Rp "$ROOT"/{0*,tests,.github,Makefile,README.md,LICENSE} "$DIR/tree"
    {
        echo 'load ../lib/helper'
        echo 'setup() { open_stage; }'
        echo 'teardown() { close_stage; }'
        echo '@test "its own folder is read-only" {'
        # shellcheck disable=SC2016 # the test expands it
        echo '    mkdir -p "$DIR/one/two" && chmod 555 "$DIR/one"'
        echo '}'
    } >"$DIR/tree/tests/stages/folder.bats"
    chmod 755 "$DIR"
    chmod -R a+rX,a-w "$DIR/tree"
    chmod 1777 "$DIR/tmp"
    cd "$DIR/tree"
    PATH=/usr/bin:/bin:$PATH # first what any user can run
    succeeds inner ${as[@]+"${as[@]}"} env UDS_TMP="$DIR/tmp" tests/run-bats -f "its own folder|\
make: the scripts and the tests compile|watch: it fails if|stages: the demo fails if|\
stages: a behaviour without a test|make exercises: counts|readme: a line that does not come" \
        tests/commands/{make,watch,exercises}.bats tests/stages/{every-stage,folder}.bats \
        tests/pages/pages.bats
    [ "$(grep -c '^ok' <<<"$output")" -eq 7 ] || complain "7 tests" "$output" run-bats
    [ -z "$(ls -A "$DIR/tmp")" ] || complain "nothing left" "$(ls "$DIR/tmp")" "the tests"
}

# unpacked - a clone whose last commit has the tag v2.0, and in "$DIR/a space" what make dist
# makes of it.
unpacked() {
    origin
    git -C "$DIR/origin" tag -a -m "What is new" v2.0
    git clone -q "$DIR/origin" "$DIR/clone"
    mkdir "$DIR/a space"
    succeeds make -s -C "$DIR/clone" dist DIST="$DIR/a space"
    expect "$DIR/a space/unix-domain-sockets-2.0.tar.gz"
    tar -xzf "$output" -C "$DIR/a space"
}

@test "dist: in a folder with a space and without git, the archive builds, plays and tests" {
    unpacked
    cd "$DIR/a space/unix-domain-sockets-2.0"
    mkdir "$DIR/bin"
    printf '%s\n' '#!/bin/sh' "echo \"\$*\" >>'$DIR/asked'" 'exit 1' >"$DIR/bin/git"
    chmod +x "$DIR/bin/git"
    succeeds inner make -s CFLAGS=-O0
    succeeds inner make -s demo-01
    contains "server | socket   descriptor 3"
    succeeds inner tests/run-bats -f 'a usage error' tests/stages/03-listen.bats
    contains "ok 1 03: a usage error"
    [ ! -e "$DIR/asked" ] || complain "git not asked" "$(cat "$DIR/asked")" "the archive"
}

@test "dist: it has all files of the commit, and refuses what is not committed" {
    local commit
    unpacked
    succeeds diff -r -x .git "$DIR/clone" "$DIR/a space/unix-domain-sockets-2.0"
    cd "$DIR/clone"
    commit=$(git rev-parse --short HEAD)
    git tag -d v2.0
    succeeds make -s dist # without a tag, and here, where git ignores it
    expect "./unix-domain-sockets-$commit.tar.gz"
    rm "$output"
    echo >new
    run ! make -s dist
    contains "dist: these changes would be left out; commit them or put them away:"
    contains "?? new"
    rm new
    echo >>README.md
    run ! make -s dist
    contains " M README.md"
    git checkout -q README.md
    run ! make -s dist DIST=none
    contains "dist: none: not a folder"
    rm -rf .git
    run ! make -s dist
    contains "dist: this folder is not a git checkout"
    run find . -name '*.tar.gz'
    expect ""
}
