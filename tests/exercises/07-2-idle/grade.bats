#!/usr/bin/env bats
# 07-2: a client that sends nothing for 500 milliseconds is dropped.

load ../grader
load ../clients

# talk(s) sends a byte: does it come back? gone(s, wait) waits that long at most for the end.
# early(s): is it less than its time since the last byte that came back was sent? Where this
# machine was too busy for that long, nothing can be said about the server. Then settled()
# tries again: where an attempt returns nothing, or its client is gone when it acts.
TALK='
sent = {}
def arrive(at=path):
    start = time.monotonic()
    s = socket.socket(socket.AF_UNIX)
    s.connect(at)
    sent[s] = start
    return s
def talk(s):
    start = time.monotonic()
    try:
        s.sendall(b"x")
        heard = s.recv(1) == b"x"
    except OSError: return False
    if heard: sent[s] = start
    return heard
def gone(s, wait):
    return bool(select.select([s], [], [], wait)[0])
def early(s):
    return time.monotonic() - sent[s] < 0.495
def after(s):
    gone(s, patience)
    return time.monotonic() - sent[s]
def soonest(attempt):
    best = 99
    for turn in range(3):
        best = min(best, attempt())
        if best < 0.75: break
    return "soon" if best < 0.75 else "the end after %.1f seconds" % best
def settled(attempt):
    for turn in range(9):
        try: result = attempt()
        except OSError: continue
        if result: return result
    return "nothing that can be judged"
'

LOOK='since[], and now(), which it is compared with'
NEXT="time_to_sleep(): which client is the next to be dropped?"

@test "07-2: it sends back what a client sends, at once" {
    serve 500
    play "$TALK
def hear():
    s = arrive()
    s.sendall(b'hello')
    came = get(s, 5)
    return came if came == 'hello' or early(s) else None
print(settled(hear))
s, took = arrive(), []
for n in range(8):
    start = time.monotonic()
    talk(s)
    took.append(time.monotonic() - start)
if min(took) > 0.1: print('after %.0f milliseconds' % (1000 * min(took)))"
    case $output in
    hello) ;;
    *milliseconds) reject "It lets its clients wait for their echo." "hello, at once" "$output" \
        "no call but poll() may sleep: it is woken by bytes, too" ;;
    *) reject "It is no echo server any more." hello "$output" "echo()" ;;
    esac
}

@test "07-2: a client that sends nothing is dropped, and not before its time" {
    serve 500
    # One after another, at different times of a second; every other one is silent.
    play "$TALK
waiting, count, start = [], 0, time.monotonic()
while waiting or count == 0:
    for s in select.select(waiting, [], [], 0.1)[0]:
        lived = time.monotonic() - sent[s]
        waiting.remove(s)
        if get(s, 1) != ' and the end': sys.exit(print('something else than the end'))
        if lived < 0.495: sys.exit(print('the end after %.3f seconds' % lived))
    if count < 12:
        s, start = arrive(), time.monotonic()
        if count % 2 and not talk(s) and early(s): sys.exit(print('the end at once'))
        waiting.append(s)
        count += 1
    elif time.monotonic() > start + patience: sys.exit(print('not dropped'))
print('dropped in time')"
    case $output in
    'not dropped') reject "A client that sends nothing is not dropped." \
        "the end, after 500 milliseconds" "nothing, for seconds" "$LOOK" ;;
    'dropped in time') ;;
    *) reject "It drops a client before its time." "the end, after 500 milliseconds" "$output" \
        "$LOOK" ;;
    esac
}

@test "07-2: a client that talks is not dropped" {
    serve 500
    play "$TALK
def try_it():
    s = arrive()
    start = time.monotonic()
    while time.monotonic() < start + 0.9:
        if gone(s, 0.05) and early(s):
            return 'dropped %.1f seconds after the start' % (time.monotonic() - start)
        if not talk(s): return 'dropped while it talks' if early(s) else None
    return 'not dropped'
print(settled(try_it))"
    [ "$output" = "not dropped" ] || reject "It drops a client that talks." \
        "a client that sends a byte every 50 milliseconds stays" "$output" \
        "$LOOK: when does that time start again?"
}

@test "07-2: while one client talks, a silent one is dropped" {
    local n
    # Both orders at the same time, each with a server of its own.
    for n in 0 1; do program "server$n" "$path$n" 500; done
    for n in 0 1; do listens "server$n"; done
    play "$TALK
import threading
def attempt(n):
    at = path + str(n)
    pair = [arrive(at), arrive(at)]
    talk(pair[0]), talk(pair[1])
    silent, busy = pair if n == 0 else reversed(pair)
    while not gone(silent, 0) and time.monotonic() < sent[silent] + patience:
        gone(busy, 0.05)
        if not talk(busy): busy = arrive(at)
    came[n] = 'dropped' if gone(silent, 0) else 'not dropped'
came = ['nothing'] * 2
threads = [threading.Thread(target=attempt, args=(n,)) for n in range(2)]
for t in threads: t.start()
for t in threads: t.join()
print(*came, sep='\n')"
    for n in 0 1; do in_order "server$n"; done
    [ "$output" = "dropped
dropped" ] || reject "As long as one client talks, a silent one is not dropped." \
        "dropped, when the first of two clients is silent
dropped, when the second one is" "$output" "man 2 poll: when does its timeout start again?"
}

@test "07-2: a silent client is dropped soon after its time, whatever the others do" {
    local n
    # Four at the same time, each with a server of its own: all they do is wait.
    for n in 0 1 2 3; do program "server$n" "$path$n" 500; done
    for n in 0 1 2 3; do listens "server$n"; done
    play "$TALK
import threading
def talks_late(at):
    silent, other = arrive(at), arrive(at)
    talk(silent)
    gone(silent, 0.4)
    talk(other)
    took = after(silent)
    other.close()
    return took
def is_first(at, place):
    all = [arrive(at) for n in range(3)]
    for s in all: talk(s)
    gone(all[place], 0.4)
    for s in all:
        if s != all[place]: talk(s)
    took = after(all[place])
    for s in all: s.close()
    return took
def leaves(at):
    first, silent = arrive(at), arrive(at)
    talk(first), talk(silent)
    gone(silent, 0.4)
    first.close()
    return after(silent)
all = [talks_late, lambda at: is_first(at, 1), lambda at: is_first(at, 2), leaves]
came = ['nothing'] * 4
def run(n): came[n] = soonest(lambda: all[n](path + str(n)))
threads = [threading.Thread(target=run, args=(n,)) for n in range(4)]
for t in threads: t.start()
for t in threads: t.join()
print(*came, sep='\n')"
    for n in 0 1 2 3; do in_order "server$n"; done
    case $output in
    $'soon\nsoon\nsoon\nsoon') ;;
    $'soon\nsoon\nsoon\n'*) reject "When a client leaves, the time of another one starts again." \
        "the end 500 milliseconds after its last byte, though another client has left" \
        "${output##*$'\n'}" "after drop(client), whose entry is since[client]?" ;;
    $'soon\n'*) reject "It sleeps by the time of one client, and another one's is over first." \
        "soon: the second of three clients is the first one whose time is over
soon: the third one is" "$(printf '%s\n' "$output" | sed -n 2,3p)" "$NEXT" ;;
    *) reject "It drops a silent client late, as another one has talked meanwhile." \
        "the end, after 500 milliseconds" "${output%%$'\n'*}" "$NEXT" ;;
    esac
}

@test "07-2: while bytes keep coming from one client, a silent one is dropped" {
    # Each read() takes one byte. So the bytes that wait last for seconds.
    inject "read:*:short,readv:*:short,recv:*:short,recvfrom:*:short,recvmsg:*:short"
    serve 500
    play "$TALK
import threading
def attempt():
    silent = arrive()
    talk(silent)
    gone(silent, 0.4)
    busy = arrive()
    def flood():
        try:
            while True: busy.sendall(bytes(65536))
        except OSError: pass
    threading.Thread(target=flood, daemon=True).start()
    busy.recv(1)
    began = early(silent)
    while time.monotonic() < sent[silent] + 0.7: busy.recv(65536)
    echoed = 0
    while echoed < 1000:
        came = len(busy.recv(65536))
        if came == 0: break
        echoed += came
    dropped = gone(silent, 0)
    busy.shutdown(socket.SHUT_RDWR)
    return 'dropped' if dropped else 'not dropped' if began else None
print(settled(attempt))"
    [ "$output" = dropped ] || reject "While bytes keep coming, no silent client is dropped." \
        "dropped after 500 milliseconds, though poll() always has bytes to report" "$output" \
        "main(): is drop_idle() only reached if poll() returns 0?"
}

@test "07-2: it sleeps while there is nothing to do" {
    need Linux
    inject "" "$DIR/calls"
    serve 500
    play "$TALK
s = arrive()
talk(s)
with_one = rest(0.35)
gone(s, patience)
# A first look may find it on its way to its long sleep. A timeout shows in the second, too.
for turn in range(2):
    with_none = rest(1.1)
    if with_none[1] == 0: break
if max(with_one[0], with_none[0]) > 0.25:
    print('spins: %.0f %% of the processor' % (100 * max(with_one[0], with_none[0])))
elif with_one[1] > 100: print('wakes: %.0f calls in a second' % with_one[1])
elif with_none[1] > 0: print('no client: %.1f calls in a second' % with_none[1])
else: print('sleeps')"
    case $output in
    spins*) reject "It does not sleep while there is nothing to do." \
        "next to no time of the processor" \
        "$output" "time_to_sleep(): 0 means not at all, and -1 means no limit" ;;
    wakes*) reject "It wakes up again and again while there is nothing to do." \
        "one wake-up when the client's time is over, or a few before" "$output" \
        "time_to_sleep(): how long is there nothing to do?" ;;
    no\ client*) reject "It wakes up again and again though there is no client." \
        "no call until a client comes" "$output" \
        "time_to_sleep(): the result without clients. To see it: strace ./idle idle.sock 500" ;;
    sleeps) ;;
    *) reject "It cannot be watched while it sleeps." sleeps "$output" "does it still run?" ;;
    esac
}

@test "07-2: a client whose bytes have arrived is not idle" {
    serve 500
    # Twice, because a server that looks at the clock now and then may be stopped just there.
    play "$TALK
def attempt():
    s = arrive()
    talk(s)
    hold()
    try:
        time.sleep(0.2)
        s.sendall(b'hello')
        time.sleep(0.5)
    finally: go()
    return get(s, 5)
came = settled(attempt)
print(came if came == 'hello' else settled(attempt))"
    [ "$output" = hello ] ||
        reject "It drops a client before it has read what that client has sent." \
            "hello: while the server was stopped for 0.7 seconds, the client has sent this" \
            "$output" "main(): which of the two comes first, drop_idle() or echo()?"
}

@test "07-2: a server that was too busy to look drops a client at its next look" {
    need Linux
    local n numbers=()
    # Each of these servers stops behind another one of its first looks at the clock, for
    # longer than a client may be silent.
    for n in 1 2 3 4 5 6; do
        inject "clock_gettime:$n:stop"
        program "server$n" "$path$n" 300
        numbers+=("$(pid "server$n")")
    done
    play "
clients, numbers = [], [int(number) for number in sys.argv[2:]]
for n, number in enumerate(numbers):
    while True:
        s = socket.socket(socket.AF_UNIX)
        try: s.connect(path + str(n + 1))
        except OSError: time.sleep(0.01)
        else: break
        if state(number) == 'T': go(number) # it looks before it listens
    clients.append(s)
time.sleep(0.5)
for number in numbers: go(number)
for s in clients:
    if get(s, 1) != ' and the end': sys.exit(print('not dropped'))
print('all dropped')" "${numbers[@]}"
    [ "$output" = "all dropped" ] ||
        reject "It sleeps for ever, though a client's time is over." \
            "all dropped: the server was stopped behind a look at the clock" "$output" \
            "time_to_sleep(): can its result be less than 0? To see it:
strace -e inject=clock_gettime:delay_exit=600000 ./idle idle.sock 300"
}

@test "07-2: an entry is taken out of the table, and closed once" {
    inject "" "$DIR/calls"
    serve 300
    play "$TALK
pair = [arrive(), arrive()]
talk(pair[0])
for s in pair: gone(s, patience)
def served():
    s = arrive()
    return 'an echo' if talk(s) else 'none' if early(s) else None
print(settled(served))"
    closed_once "drop_idle(): does the entry stay in the table?"
    [ "$output" = "an echo" ] || reject "After it has dropped clients, it serves no new one." \
        "an echo" "$output" "drop_idle()"
}
