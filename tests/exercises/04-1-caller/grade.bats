#!/usr/bin/env bats
# 04-1: who is at the other end, as the kernel tells it.

load ../grader

LESSON='man 7 unix, man 3 getpeereid; 04-accept/README.md: two descriptors'

# call NAME - a client has called, and says which process it is; as root, where
# root grades, so that it is another user than the server.
call() {
    borrow 05-connect/client
    plainly start "$1" "$borrowed" "$path"
    await "$1" "connect "
}

setup_caller() {
    program caller "$path" "$1"
    await caller "listen "
}

@test "04-1: it tells the process that called" {
    setup_caller 1
    call one
    finish caller
    [[ $output != *"process $(pid caller)"* ]] ||
        reject "It tells its own process, not that of the caller." "process $(pid one)" "$output" \
            "which of your sockets has the client at its other end? $LESSON"
    [[ "$output " == *", process $(pid one) "* || $output == *"user $(pid one)"* ]] ||
        reject "What it tells is not of the caller." \
            "process $(pid one)" "$output" "$LESSON"
}

@test "04-1: it tells the user who called" {
    setup_caller 1
    call one
    finish caller
    [[ $output == *"user $EUID,"* ]] ||
        reject "The user that it tells is not the one that called." \
            "user $EUID, process $(pid one)" "$output" \
            "each member of what the kernel fills in: $LESSON"
    [ "$status" -eq 0 ] || reject "It fails, although it was told." "exit status 0" \
        "$output (exit status $status)" "what it says on standard error"
}

@test "04-1: it tells each client anew" {
    setup_caller 2
    call one
    call two
    finish caller
    [[ $output == *"process $(pid one)"*"process $(pid two)"* ]] ||
        reject "It tells the second client as it has told the first." \
            "process $(pid one), then process $(pid two)" "$output" \
            "who_calls(): what does it remember?"
}

@test "04-1: if the kernel does not tell, nor does it" {
    inject "getsockopt:*:ENOTCONN"
    setup_caller 1
    call one
    finish caller
    [[ $status -eq 1 && $output != *"accept   user"* ]] ||
        reject "A caller that it cannot name becomes a user all the same." \
            "a message, and exit status 1, when getsockopt() fails" \
            "$output (exit status $status)" \
            "the result of getsockopt(): user 0 is root"
}
