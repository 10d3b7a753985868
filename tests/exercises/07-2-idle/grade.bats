#!/usr/bin/env bats
# 07-2: a client that sends nothing for 500 milliseconds is dropped.

load ../grader
load ../clients

# talk(s) sends a byte and hears it; gone(s) waits so long at most for the end.
# Each says how many seconds after the last byte was sent. Where this machine was
# busy for as long as a client may idle, nothing is said of the server: again.
TALK='
import time
sent = {}
def talk(s):
    sent[s] = time.monotonic()
    s.sendall(b"x")
    return get(s, 1) == "x"
def gone(s, wait):
    return bool(select.select([s], [], [], wait)[0])
def early(s):
    return time.monotonic() - sent[s] < 0.49
'

LOOK='since[], and now(), the clock of each client'

@test "07-2: it sends back what a client sends" {
    serve 500
    play "
s = connect()
s.sendall(b'hello')
print(get(s, 5))"
    [ "$output" = hello ] ||
        reject "It is no echo server any more." hello "$output" "echo()"
}

@test "07-2: a client that sends nothing is dropped, and not before its time" {
    serve 500
    # One after another, at different times of a second; every other one is silent.
    play "$TALK
waiting, count = [], 0
while waiting or count == 0:
    for s in select.select(waiting, [], [], 0.1)[0]:
        lived = time.monotonic() - sent[s]
        waiting.remove(s)
        if get(s, 1) != ' and the end': sys.exit(print('something else than the end'))
        if lived < 0.49: sys.exit(print('the end after %.2f seconds' % lived))
    if count < 12:
        s, start = connect(), time.monotonic()
        sent[s] = start
        if count % 2 and not talk(s): sys.exit(print('the end at once'))
        waiting.append(s)
        count += 1
    elif time.monotonic() > start + patience: sys.exit(print('not dropped'))
print('dropped in time')"
    case $output in
    'not dropped') reject "A client that sends nothing is not dropped." \
        "the end, after 500 milliseconds" "nothing, for $LIMIT seconds" "$LOOK" ;;
    'dropped in time') ;;
    *) reject "It drops a client before its time." "the end, after 500 milliseconds" "$output" \
        "$LOOK" ;;
    esac
}

@test "07-2: a client that talks is not dropped" {
    serve 500
    play "$TALK
def try_it():
    s = connect()
    start = time.monotonic()
    while time.monotonic() < start + 0.9:
        if gone(s, 0.05) and early(s):
            return 'dropped %.1f seconds after the start' % (time.monotonic() - start)
        if not talk(s): return 'dropped while it talks' if early(s) else None
    return 'not dropped'
sent = {}
for turn in range(9):
    s = None
    result = try_it()
    if result: break
print(result)"
    [ "$output" = "not dropped" ] || reject "It drops a client that talks." \
        "a client that sends a byte every 50 milliseconds stays" "$output" \
        "$LOOK: when does it start anew?"
}

@test "07-2: while one client talks, a silent one is dropped" {
    serve 500
    play "$TALK
silent, busy = connect(), connect()
talk(silent)
while not gone(silent, 0) and time.monotonic() < sent[silent] + patience:
    gone(busy, 0.05)
    if not talk(busy): busy = connect()
print('dropped' if gone(silent, 0) else 'not dropped, for $LIMIT seconds')"
    [ "$output" = dropped ] || reject "As long as one client talks, a silent one is not dropped." \
        "the end, after 500 milliseconds" "$output" "man 2 poll: when does its time start?"
}

@test "07-2: a silent client is dropped soon after its time, whatever the others do" {
    serve 500
    # The other one talks shortly before the silent one's time is over.
    play "$TALK
def dropped_after():
    silent, other = connect(), connect()
    talk(silent)
    gone(silent, 0.4)
    talk(other)
    gone(silent, patience)
    after = time.monotonic() - sent[silent]
    gone(other, patience)
    return after
for turn in range(3):
    after = dropped_after()
    if after < 0.75: break
print('soon' if after < 0.75 else 'the end after %.1f seconds' % after)"
    [ "$output" = soon ] ||
        reject "It drops a silent client late, as another one has talked meanwhile." \
        "the end, after 500 milliseconds" "$output" "time_to_sleep(): whose time is over first?"
}

@test "07-2: it sleeps while nothing is to be done" {
    need Linux
    inject "" "$DIR/calls"
    serve 500
    # The time on the processor, in clock ticks: man 5 proc, /proc/pid/stat.
    play "$TALK
def used():
    fields = open('/proc/$(pid server)/stat').read().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')
def calls(): return open('$DIR/calls').read().count('\n')
def rest(s):
    time_used, called, start = used(), calls(), time.monotonic()
    gone(s, 0.35)
    lasted = time.monotonic() - start
    return (used() - time_used) / lasted, (calls() - called) / lasted
s = connect()
talk(s)
with_one = rest(s)
gone(s, patience)
with_none = rest(socket.socketpair()[0])
time_used, called = map(max, zip(with_one, with_none))
if time_used > 0.25: print('spins: %.0f %% of the processor' % (100 * time_used))
elif called > 100: print('wakes: %.0f calls in a second' % called)
else: print('sleeps')"
    case $output in
    spins*) reject "It does not sleep while nothing is to be done." \
        "next to nothing of the processor's time" \
        "$output" "what time_to_sleep() returns: 0 is not at all, -1 for ever" ;;
    wakes*) reject "It wakes up again and again while nothing is to be done." \
        "one wake-up when a client's time is over" "$output" \
        "time_to_sleep(): how long is nothing to be done?" ;;
    sleeps) ;;
    *) reject "It cannot be watched while it sleeps." sleeps "$output" "does it still run?" ;;
    esac
}
