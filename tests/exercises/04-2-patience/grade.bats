#!/usr/bin/env bats
# 04-2: a limit to the waiting, and signals meanwhile.

load ../grader
load ../calls
load ../clients
load ../evidence

LESSON='man 2 poll (timeout, EINTR), man 2 clock_gettime (CLOCK_MONOTONIC)'
SLACK=$((50 * LIMIT)) # milliseconds that a right answer may need beside its waiting

# hold MILLISECONDS - the program listens, and stands still before it begins to wait.
hold() {
    inject listen:1:stop
    program patience "$path" "$1"
    stopped patience
}

# waits MILLISECONDS [SIGNAL [PAUSE]] - from that moment to its end, without any client. No load of
# the machine makes that shorter than it should be, and where it seems too long, it is tried
# again twice. Sets $elapsed.
waits() {
    local least=1000000
    for _ in 1 2 3; do
        hold "$1"
        lasts patience "${2-}" "${3-0.02}"
        [ "$elapsed" -lt "$((1000 * LIMIT))" ] || break
        finish patience
        # A clock that has whole milliseconds may be one short.
        [ "$elapsed" -ge "$(($1 - 2))" ] || return 0
        [ "$elapsed" -ge "$least" ] || least=$elapsed
        [ "$elapsed" -gt "$(($1 + SLACK))" ] || return 0
    done
    elapsed=$least
    [ "$least" -ne 1000000 ] || { played patience && CONDEMNED=yes; }
}

# nobody_came MILLISECONDS - what it prints, and how it ends.
nobody_came() {
    [ "$status" -eq 1 ] || reject "No client came, but the exit status is not 1." \
        "exit status 1" "$output (exit status $status)" "what accept_within() returns"
    [ "$stdout" = "listen   $path"$'\n'"nobody   came within $1 ms" ] ||
        reject "It does not print that nobody came." "nobody   came within $1 ms" \
            "standard output: $stdout" "what accept_within() returns"
    [[ ! -e $path && ! -L $path ]] || reject "It leaves its path behind." "no $path" \
        "$(ls -l "$path")" "the end of main()"
}

# joins - a client connects. Sets $elapsed: how long the program runs after that; and $answer:
# "accepted" or, if it has only left the client in its queue, "not accepted".
joins() {
    local said
    said=$(alone python '
import time
s = connect()
start = time.monotonic()
s.settimeout(float(sys.argv[2]))
try: answer = "accepted" if s.recv(1) == b"" else "answered"
except OSError: answer = "not accepted"
print(int(1000 * (time.monotonic() - start)), answer)' "$path" "$LIMIT" 2>&1) ||
        reject "A client cannot connect to it." "a server that listens" "${said##*$'\n'}" "main()"
    elapsed=${said%% *} answer=${said#* }
}

# accepted MESSAGE LOOK - a client that connects now is served.
accepted() {
    joins
    ends patience
    [[ $answer == accepted && $status -eq 0 && $stdout == *"accept   descriptor "* ]] ||
        reject "$1" "accept   descriptor 4, and exit status 0" \
            "$output (exit status $status); the client is $answer" "$2"
}

# reported ERROR TEXT CALLS... - these calls fail with that error: it reports that.
reported() {
    local error=$1 text=$2 rules='' call
    shift 2
    for call in "$@"; do rules=$rules,$call:${error//CALL/$call}; done
    inject "${rules#,}" "$DIR/calls"
    program patience "$path" 1000
    await patience "listen " 2>/dev/null || true
    [ ! -e "$path" ] || joins 2>/dev/null || true
    ends patience
    # A program that makes none of these calls has nothing to report.
    grep -qs " ${error##*:}\$" "$DIR/calls" || return 0
    call=$(awk -v error="${error##*:}" '$2 == error { print $1; exit }' "$DIR/calls")
    wanted="patience: $call: $text, and exit status 1"
    look="errno: only EINTR is a reason to go on
to see it: strace -e inject=$call:error=${error##*:} ./patience hello.sock 500"
    [[ $verdict_patience != time && $stdout != *"nobody "* && $stdout != *"accept "* ]] ||
        reject "It goes on although $call() has failed." "$wanted" \
            "${output:-nothing printed} (exit status $status)" "$look"
    [[ $status -eq 1 && $stderr == *"$text"* ]] ||
        reject "It does not report the failure of $call()." "$wanted" \
            "standard error: ${stderr:-nothing} (exit status $status)" "$look"
    names_it "$call" "$look"
    [[ ! -e $path && ! -L $path ]] || reject "It leaves its path behind when $call() fails." \
        "no $path" "$(ls -l "$path")" "die() removes it"
    rm -f "$DIR/calls"
}

@test "04-2: if no client comes, it exits when the time is over" {
    waits 330
    [ "$elapsed" -ge 328 ] || reject "It does not wait that long." \
        "an end after 330 ms, not before" "after $elapsed ms: $output" \
        "the unit in which your call wants the time"
    [ "$elapsed" -lt 1000000 ] || reject "It waits for ever." \
        "an end after 330 ms" "none within $LIMIT s: $output" "$LESSON"
    [ "$elapsed" -le "$((330 + SLACK))" ] || reject "It waits longer than it should." \
        "an end after 330 ms" "after $elapsed ms, the fastest of three times" \
        "a time in whole seconds, or a sleep that is too long?
to see it: time ./patience hello.sock 330"
    nobody_came 330
}

@test "04-2: with 0 ms it does not wait" {
    waits 0
    [ "$elapsed" -le "$SLACK" ] || reject "With 0 ms it waits for ever, or too long." \
        "an end at once" "${output:-nothing printed}" \
        "what 0 means for your call: no time, or no limit?"
    nobody_came 0
}

@test "04-2: with 0 ms a client that is already pending is accepted" {
    hold 0
    start client python3 -Suc 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
print("connected")
try: print("end" if s.recv(1) == b"" else "bytes")
except OSError: print("reset")' "$path"
    await client connected
    send CONT patience
    ends patience
    came="$output (exit status $status)"
    [ "$verdict_patience" = time ] || finish client
    [[ $ended_patience -eq 0 && $came == *"accept   descriptor "* && $output == *end* ]] ||
        reject "With 0 ms it does not even look for a client." \
            "accept   descriptor 4, and exit status 0" "$came" \
            "accept_within(): look first, and at the clock afterwards"
}

@test "04-2: a client that comes in time is accepted at once" {
    local least=1000000
    for _ in 1 2 3; do
        program patience "$path" 4000
        await patience "listen "
        sleeps patience || true
        accepted "It does not accept a client that comes in time." "$LESSON"
        [ "$elapsed" -ge "$least" ] || least=$elapsed
        [ "$least" -gt "$SLACK" ] || break
    done
    [ "$least" -le "$SLACK" ] || reject "It accepts a client too late." \
        "accept   descriptor 4, at once" "after $least ms, the fastest of three times" \
        "a call that returns when the client comes, and no sleep between two looks"
}

@test "04-2: it sleeps while it waits" {
    program patience "$path" 4000
    await patience "listen "
    sleeps patience || reject "It does not sleep while it waits." "process state S (sleeping)" \
        "state $state, each time" "a call that blocks, instead of a loop that looks
to see it: ps -o stat,time -C patience"
}

@test "04-2: a signal does not end the waiting" {
    program patience "$path" 4000
    await patience "listen "
    sleeps patience && send USR1 patience && sleeps patience && send USR1 patience &&
        sleeps patience || true
    # It may be gone already.
    if [ -e "$path" ] && [ -z "$ended_patience" ]; then joins; fi 2>/dev/null || true
    ends patience
    [[ $status -eq 0 && $output == *"accept   descriptor"* ]] ||
        reject "A signal ends the waiting." \
            "accept   descriptor 4, for a client that comes after two signals" \
            "$output (exit status $status)" "$LESSON
to see it, with its process number: kill -USR1 PID"
}

@test "04-2: a signal that comes when the time is over does not start it again" {
    local late=''
    # It stands still until the time is over. Then the signal is the first that it sees.
    for _ in 1 2 3; do
        hold 600
        send CONT patience
        await patience "listen "
        sleeps patience && send STOP patience 2>/dev/null && late=yes && break
        finish patience
    done
    [ -n "$late" ] || reject "It does not wait that long." "process state S (sleeping)" \
        "state $state, each time" "the unit in which your call wants the time"
    python 'import signal, time
time.sleep(0.8)
os.kill(int(path), signal.SIGUSR1)' "$(pid patience)" || trouble "the signal cannot be sent"
    lasts patience
    [ "$elapsed" -lt "$((1000 * LIMIT))" ] || CONDEMNED=yes
    [ "$elapsed" -le "$((4 * SLACK))" ] ||
        reject "A signal after the time makes it wait for ever." "an end at once" \
            "none within $elapsed ms" \
            "what is left can be negative by now, and what does your call make of that?
to see it, with its process number: kill -STOP PID, and after its time,
kill -USR1 PID; kill -CONT PID"
    finish patience
    nobody_came 600
}

@test "04-2: many signals make the waiting neither longer nor shorter" {
    waits 500 USR1
    [ "$elapsed" -lt 1000000 ] || reject "Every signal makes the waiting longer." \
        "an end after 500 ms" "none within $LIMIT s, with a signal every 20 ms" \
        "how much of the time is left after a signal? $LESSON"
    [ "$elapsed" -ge 498 ] || reject "Every signal makes the waiting shorter." \
        "an end after 500 ms, not before" \
        "after $elapsed ms, with a signal every 20 ms: $output (exit status $status)" \
        "how much of the time is left after a signal? $LESSON"
    [ "$elapsed" -le "$((500 + SLACK))" ] || reject "Signals make the waiting longer." \
        "an end after 500 ms" \
        "after $elapsed ms, with a signal every 20 ms, the fastest of three times" \
        "how much of the time is left after a signal? $LESSON"
    nobody_came 500
}

@test "04-2: signals that come faster than milliseconds change nothing either" {
    # What is measured between two of them is less than a millisecond.
    waits 800 USR1 0.0002
    [ "$elapsed" -ge 798 ] ||
        reject "Signals shorten the waiting: each is taken for a millisecond." \
        "an end after 800 ms, not before" "after $elapsed ms, with a signal every 0.3 ms" \
        "how much of the time is left? Ask the clock when it ends, not how long each round was"
    [ "$elapsed" -le "$((800 + SLACK))" ] ||
        reject "Signals lengthen the waiting: less than a millisecond counts as nothing." \
            "an end after 800 ms" "none within $((elapsed < 1000000 ? elapsed : 1000 * LIMIT)) ms, \
with a signal every 0.3 ms" \
            "how much of the time is left? Ask the clock when it ends, not how long each round was"
}

@test "04-2: a time that no int can hold is as good as any other" {
    program patience "$path" 4294967296 # as an int, that is 0
    await patience "listen "
    sleeps patience || true
    if [ -e "$path" ]; then joins; fi 2>/dev/null || true
    ends patience
    [[ $status -eq 0 && $stdout == *"accept   descriptor "* ]] ||
        reject "A time that does not fit into an int is cut off." \
            "accept   descriptor 4, for a client that comes within 4294967296 ms" \
            "${output:-nothing printed} (exit status $status)" \
            "each variable that holds a time, and the time that your call takes: its type"
}

@test "04-2: a call that fails for another reason than a signal is reported" {
    WAITING=(poll ppoll select pselect epoll_wait epoll_pwait)
    reported "1:EINVAL" "Invalid argument" "${WAITING[@]}"
    reported "1:EINTR,CALL:2:EINVAL" "Invalid argument" "${WAITING[@]}"
    reported "1:EMFILE" "Too many open files" accept accept4
    reported "1:EIO" "Input/output error" fcntl setsockopt epoll_create epoll_create1 epoll_ctl
}
