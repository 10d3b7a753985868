#!/usr/bin/env bats
# 04-2: a limit to the waiting, and signals in between.

load ../grader

LESSON='man 2 poll: timeout, EINTR; man 2 clock_gettime: CLOCK_MONOTONIC'

# begin MILLISECONDS - the program listens.
begin() {
    program patience "$path" "$1"
    await patience "listen "
}

# call - a client calls it.
call() {
    borrow 05-connect/client
    start client "$borrowed" "$path"
}

# accepted - a client that comes now is served.
accepted() {
    call
    finish patience
    [[ $status -eq 0 && $output == *"accept   descriptor"* ]]
}

@test "04-2: when nobody comes, it leaves when the time is over" {
    begin 300
    finish patience 2>/dev/null || [ "$verdict_patience" != time ] ||
        reject "It waits longer than it should." "an end after 300 ms" "none in $LIMIT s: $output" \
            "$LESSON"
    [[ $status -eq 1 && $output == *"nobody   came"* ]] ||
        reject "It does not say that nobody came." \
            "nobody   came within 300 ms, and exit status 1" \
            "$output (exit status $status)" "what accept_within() returns"
}

@test "04-2: it does not leave before" {
    TIMEFORMAT=%3R
    { time graded "$path" 700 2>/dev/null; } 2>"$DIR/elapsed"
    elapsed=$(tr -cd 0-9 <"$DIR/elapsed")
    [ "$((10#$elapsed))" -ge 700 ] || reject "It does not wait that long." \
        "an end after 700 ms, not before" "after $((10#$elapsed)) ms" \
        "the unit in which your call wants the time"
}

@test "04-2: a client that comes in time is accepted" {
    begin 4000
    accepted || reject "It does not accept a client that comes in time." \
        "accept   descriptor 4, and exit status 0" "$output (exit status $status)" "$LESSON"
}

@test "04-2: it sleeps while it waits" {
    begin 4000
    sleeps patience || reject "It does not sleep while it waits." "process state S (sleeping)" \
        "state $state, each time" "a call that waits, in place of a loop that looks"
}

@test "04-2: a signal does not end the waiting" {
    begin 4000
    sleeps patience && send USR1 patience && sleeps patience && send USR1 patience &&
        sleeps patience || true
    accepted || reject "A signal ends the waiting." \
        "accept   descriptor 4, for a client after two signals" "$output (exit status $status)" \
        "$LESSON"
}

# disturbed - for 500 ms, with signals all the time, until it ends or $over is reached.
disturbed() {
    begin 500
    while [ "$SECONDS" -lt "$over" ] && sleeps patience; do
        send USR1 patience 2>/dev/null || break
    done
}

@test "04-2: many signals do not make the waiting longer, nor shorter" {
    over=$((SECONDS + LIMIT - 1))
    TIMEFORMAT=%3R
    { time disturbed 2>/dev/null; } 2>"$DIR/elapsed"
    elapsed=$(tr -cd 0-9 <"$DIR/elapsed")
    [ "$SECONDS" -lt "$over" ] || reject "Every signal makes the waiting longer." \
        "an end after 500 ms" "none in $((LIMIT - 1)) s with signals" \
        "how much of the time is left, after a signal? $LESSON"
    finish patience
    [[ $status -eq 1 && $output == *"nobody   came"* ]] ||
        reject "It does not say that nobody came, after signals." "nobody   came within 500 ms" \
            "$output (exit status $status)" "$LESSON"
    [ "$((10#$elapsed))" -ge 500 ] || reject "Every signal makes the waiting shorter." \
        "an end after 500 ms, not before" "after $((10#$elapsed)) ms" \
        "how much of the time is left, after a signal? $LESSON"
}

@test "04-2: a call that fails for another reason than a signal is told" {
    inject "poll:*:EINVAL,ppoll:*:EINVAL,select:*:EINVAL,pselect:*:EINVAL" "$DIR/calls"
    graded "$path" 500
    # Who makes none of these calls has nothing to tell.
    ! grep -q EINVAL "$DIR/calls" || [[ $status -eq 1 && $output == *"Invalid argument"* ]] ||
        reject "It takes every failure for a signal." \
            "patience: poll: Invalid argument, and exit status 1" \
            "$output (exit status $status)" "errno: only EINTR is a reason to go on"
}
