#!/usr/bin/env bats
# The injector, faults.c: what the other tests in this folder and the graders of the exercises
# rely on. calls.c is the program whose calls fail here.

# play.bash and helper.bash set what is not set here.
# shellcheck disable=SC2154
# bats file_tags=tools
load ../lib/helper
load play

setup_file() {
    [ "$(uname)" = Linux ] && command -v "${CC:-cc}" >/dev/null || return 0
    local source=$ROOT/tests/faults/calls.c
    build_programs
    "${CC:-cc}" -O0 -U_FORTIFY_SOURCE -pthread -o "$built/calls" "$source"
    # With this option, some calls have a different name for the linker: open64, for example.
    "${CC:-cc}" -O0 -U_FORTIFY_SOURCE -D_FILE_OFFSET_BITS=64 -pthread -o "$built/calls64" "$source"
}

setup() {
    open_faults
}

teardown() {
    [ -z "${DIR:-}" ] || close_stage
}

# calls FAULTS ARGUMENT... - runs calls.c with these faults: $output, $status.
calls() {
    rm -f "$DIR/log"
    FAULTS_LOG=$DIR/log run faulty "$1" "$built/${program:-calls}" "${@:2}"
}

@test "faults: the injector can make every call in its list fail" {
    local program name names returned faults='' wanted='' log='' batch=()
    # In the list, each call is written MINUS(symbol, name), ZERO(symbol, name), and so on.
    names=$(sed -n '/^#define CALLS/,/clang-format on/p' "$ROOT/tests/faults/faults.c" |
        grep -oE '[A-Z]+\([a-z0-9_]+, [a-z0-9_]+\)' | sed 's/(.*, / /; s/)//' | sort -u)
    [ "$(wc -l <<<"$names")" -gt 80 ]
    for program in calls calls64; do
        # The empty name at the end is for the last batch.
        while read -r returned name; do
            if [ "${#batch[@]}" -eq 12 ] || [ -z "$name" ]; then
                calls "${faults#,}" "${batch[@]}"
                expect "${wanted#$'\n'}"
                [ "$(<"$DIR/log")" = "${log#$'\n'}" ]
                faults='' wanted='' log='' batch=()
            fi
            case $returned in
            MINUS) returned="-1 5" ;;
            ZERO) returned="0 5" ;;
            NUMBER) returned="5 5" ;;
            LEFT) returned="7 5" ;; # sleep(7) has not slept at all
            esac
            batch+=("$name") faults="$faults,$name:1:EIO"
            wanted=$wanted$'\n'"$name $returned" log=$log$'\n'"$name EIO"
        done <<<"$names"$'\n'
        batch=() faults='' wanted='' log=''
    done
}

@test "faults: the injector's short: one byte at a time, or one message" {
    local write read
    while read -r write read; do
        calls "" pass "$write" "$read"
        expect "6 6 abcdef"
        calls "$write:*:short" pass "$write" "$read"
        expect "1 1 1 1 1 1 6 abcdef"
    done <<'END'
write read
writev readv
send recv
sendto recvfrom
END
    while read -r write read; do
        calls "$read:*:short" pass "$write" "$read"
        expect "6 1 1 1 1 1 1 abcdef"
    done <<'END'
write read
writev readv
send recv
sendto recvfrom
END
    # A descriptor that is passed along separates what comes with it from what follows.
    calls "" pass sendmsg recvmsg
    expect "6 6 abcdef"
    calls "sendmsg:*:short,recvmsg:*:short" pass sendmsg recvmsg
    expect "1 1 1 1 1 1 1 1 1 1 1 1 abcdef"
    calls "sendmsg:*:short" pass sendmsg recvmsg
    expect "1 1 1 1 1 1 1 1 1 1 1 1 abcdef"
    calls "" pass sendmmsg recvmmsg
    expect "6 6 abcdef"
    calls "sendmmsg:*:short,recvmmsg:*:short" pass sendmmsg recvmmsg
    expect "2 2 2 2 2 2 abcdef"
}

@test "faults: the injector counts calls: one of them, a range, every second, every one" {
    local which wanted
    while read -r which wanted; do
        calls "prctl:$which:EIO" prctl prctl prctl prctl prctl prctl prctl
        output=${output//$'\n'/ }
        output=${output//prctl 1 0/.}
        output=${output//prctl -1 5/x}
        expect "$wanted"
    done <<'END'
2 . x . . . . .
2-4 . x x x . . .
even . x . x . x .
every3 . . x . . x .
* x x x x x x x
END
    # The first fault that matches decides.
    calls "prctl:1:EPERM,prctl:1-2:EIO" prctl prctl prctl
    expect $'prctl -1 1\nprctl -1 5\nprctl 1 0'
}

@test "faults: a call that reports a failure may have been made all the same" {
    calls "" dup dup
    local second=${lines[1]}
    calls "dup:1:+EIO" dup dup
    expect $'dup -1 5\n'"$second"
    calls "dup:1:EIO" dup dup
    [ "$output" != $'dup -1 5\n'"$second" ]
}

@test "faults: the injector stops a program after a call" {
    start stopped env LD_PRELOAD="$built/faults.so" FAULTS=prctl:2:stop \
        "$built/calls" prctl prctl prctl
    becomes T stopped
    send CONT stopped
    finish stopped
    [ "$status" -eq 0 ]
    expect $'prctl 1 0\nprctl 1 0\nprctl 1 0'
}

@test "faults: the injector lists calls for a descriptor that is not open" {
    calls "" close dup
    [ "$(<"$DIR/log")" = $'close\nnot open: close\ndup' ]
}

@test "faults: with FAULTS_BESIDE, a program without that library makes its calls undisturbed" {
    local FAULTS_BESIDE=faults.so
    export FAULTS_BESIDE
    calls prctl:1:EIO prctl
    expect "prctl -1 5"
    [ "$(<"$DIR/log")" = "prctl EIO" ]
    FAULTS_BESIDE=vgpreload
    calls prctl:1:EIO prctl
    expect "prctl 1 0"
    [ ! -e "$DIR/log" ]
}

@test "faults: the injector refuses faults that it does not understand" {
    local faults
    for faults in read read:1 read:0:EIO read:x:EIO read:1:EWRONG reed:1:EIO read:3-:EINTR \
        read:3x:EINTR; do
        calls "$faults" prctl
        [ "$status" -eq 125 ] || complain "exit status 125" "$status" "$faults"
        expect "faults.so: not understood: $faults"
    done
}
