#!/usr/bin/env bats
# 07-1: what one client sends reaches all the others.

load ../grader
load ../clients
load ../streams

LOOP="pass_on(): the loop over the clients"
SIGPIPE='06-readwrite/README.md, "Check yourself": why does the program ignore SIGPIPE?'
BLOCK='07-multiclient/README.md, "The complete server": non-blocking, EAGAIN'

@test "07-1: what one client sends, all the others hear" {
    serve
    play "
a, b, c = join(8), join(8), join(8)
a.sendall(b'hello\n')
print('b hears', get(b, 6))
print('c hears', get(c, 6))
c.sendall(b'hi, a and b\n')
print('b hears', get(b, 12))"
    [ "$output" = "b hears hello
c hears hello
b hears hi, a and b" ] || reject "Not all of the others hear what one client sends." \
        "a sends hello to b and c; c sends hi to a and b:
b hears hello
c hears hello
b hears hi, a and b" "$output" "$LOOP"
}

@test "07-1: no client hears itself" {
    serve
    play "
a, b = join(8), join(8)
a.sendall(b'hello\n')
get(b, 6)
b.sendall(b'good day\n')
print('a hears', get(a, 9))"
    [ "$output" = "a hears good day" ] || reject "A client hears itself." \
        "a sends hello and hears nothing; then b sends good day:
a hears good day" "$output" "pass_on(): its first argument is the sender's place in the table"
}

@test "07-1: the others hear the bytes that were sent, and no other bytes" {
    serve
    play "
a, b, c = join(8), join(8), join(8)
a.sendall(b'a line that leaves much in the buffer\n')
get(b, 38), get(c, 38)
b.sendall(b'hi\n')
get(a, 3)
b.sendall(b'and bye\n')
print('c hears', get(c, 11))
b.sendall(b'one\0two\n')
print('a hears', get(a, 16))
c.sendall(b'a' * 70000)
print('b hears', get(b, 70000))"
    [ "$output" = "c hears hi\\nand bye
a hears and bye\\none\\x00two
b hears 70000 bytes" ] || reject "The bytes that arrive are not those that were sent." \
        "c hears hi\\nand bye
a hears and bye\\none\\x00two
b hears 70000 bytes" "$output" \
        "read() puts no '\\0' after the bytes: only its result tells how many there are"
}

@test "07-1: a client that no longer hears does not end the server" {
    serve
    play "
a, b, c = join(8), join(8), join(8)
b.shutdown(socket.SHUT_RD)
a.sendall(b'is anyone there?\n')
print('c hears', get(c, 17))
for n in range(20):
    join(8).close()
    a.sendall(b'and now?\n')
    if get(c, 9) != 'and now?': print('c does not hear a')
print('a new one is welcomed:', get(connect(), 8))"
    [ "$output" = "c hears is anyone there?
a new one is welcomed: welcome" ] && return
    [[ $output != *"a new one is welcomed: welcome" ]] ||
        reject "When one client has left, another one misses a message." \
        "c hears is anyone there?
a new one is welcomed: welcome" "$output" \
        "drop() moves the last client into the gap: does the loop look at that client, too?"
    reject "When one client has left, it is over for all." \
        "c hears is anyone there?
a new one is welcomed: welcome" "$output" "$SIGPIPE"
}

@test "07-1: a client may leave before its welcome" {
    serve
    play "
a, c = join(8), join(8)
hold()
for n in range(3): connect().close()
go()
print('a new one is welcomed:', get(connect(), 8))
a.sendall(b'still there?\n')
print('c hears', get(c, 13))"
    [ "$output" = "a new one is welcomed: welcome
c hears still there?" ] ||
        reject "A client that leaves before its welcome ends the server." \
        "a new one is welcomed: welcome
c hears still there?" "$output" "take_client(): write() to a client that has left
$SIGPIPE"
}

@test "07-1: a client that has left is closed once, and frees its place" {
    inject "" "$DIR/calls"
    serve
    play "
a, c = join(8), join(8)
for turn in range(3):
    deaf = [join(8) for n in range(25)]
    for s in deaf: s.shutdown(socket.SHUT_RD)
    a.sendall(b'hello\n')
    if get(c, 6) != 'hello': sys.exit(print('c does not hear a'))
    for s in deaf: s.close()
print('the next one is welcomed:', get(connect(), 8))"
    closed_once "hear() and drop() come to this entry again: what is in it? (FAULTS_LOG, strace)"
    [ "$output" = "the next one is welcomed: welcome" ] ||
        reject "Clients that have left still take up places." \
            "after 75 clients that left, 25 at a time:
the next one is welcomed: welcome" "$output" \
            "the entry of a client that has left: does drop() ever take it out of the table?"
}

@test "07-1: clients that do not read do not hold up the others" {
    serve
    play "
a, c, stuck = join(8), join(8), [join(8) for n in range(4)]
longest = 0
for n in range(64):
    start = time.monotonic()
    a.sendall(bytes(16384))
    for piece in range(4):
        came = get(c, 4096)
        longest = max(longest, time.monotonic() - start)
        if came != '4096 bytes': sys.exit(print('message', n + 1, 'of 64:', came or 'nothing'))
        if longest > 2: sys.exit(print('one arrives after %.1f seconds' % longest))
print('all 64 messages arrive')"
    case $output in
    'all 64 messages arrive') ;;
    *seconds) reject "While clients do not read, the others wait for seconds." \
        "64 messages from a to c at once, though four clients never read" "$output" \
        "$BLOCK. How long may the server wait for one client?" ;;
    *) reject "A client that does not read holds up all the others." \
        "64 messages from a to c, though four clients never read" "$output" "$BLOCK" ;;
    esac
}

@test "07-1: it sleeps while there is nothing to do" {
    need Linux
    inject "" "$DIR/calls"
    serve
    play "
a, c, stuck = join(8), join(8), join(8)
for n in range(64):
    a.sendall(bytes(16384))
    get(c, 16384)
join(8).close()
time_used, calls = rest(0.4)
print('it makes %.0f calls in a second' % calls if calls > 100 else 'it sleeps')"
    [ "$output" = "it sleeps" ] ||
        reject "It does not sleep while there is nothing to do." \
            "it sleeps in poll(), though one client does not read" "$output" \
            "what does poll() report again and again, and what takes that away?"
}

@test "07-1: a call that fails for one client concerns only that client" {
    local n
    # Interrupted, or nothing to read: that is no failure. ECONNRESET is: a client has left.
    inject "$(reads 1:EINTR,2:EAGAIN),poll:2:EINTR,ppoll:2:EINTR,select:2:EINTR,epoll_wait:2:EINTR"
    program server0 "$path.0"
    inject "$(writes 6:ECONNRESET)"
    program server1 "$path.1"
    inject "$(reads 1:ECONNRESET)"
    program server2 "$path.2"
    for n in 0 1 2; do listens "server$n"; done
    # One client sends, three listen. In the third server, the read() of yet another one fails.
    play "
def listeners(at, fails):
    global path
    path = at
    other, a, *rest = [join(8) for n in range(5)]
    got, ended = {s: b'' for s in rest}, []
    def pump(over):
        end = time.monotonic() + patience
        while not over() and len(ended) < 3 and time.monotonic() < end:
            for s in select.select([s for s in rest if s not in ended], [], [], 0.2)[0]:
                try: more = s.recv(100)
                except OSError: more = b''
                got[s] += more.replace(b'x', b'')
                if not more: ended.append(s)
    if fails:
        other.sendall(b'x')
        select.select([other] + rest, [], [], patience)
    for n in b'0123':
        a.sendall(bytes([n]))
        pump(lambda: any(n in got[s] for s in rest))
    last = join(8)
    last.sendall(b'.')
    pump(lambda: all(s in ended or b'.' in got[s] for s in rest))
    return sum(got[s] == b'0123.' for s in rest)
for n in range(3):
    try: print(listeners('$path.%d' % n, n == 2), end=' ')
    except OSError as error: print('failed:', error, end=' ')"
    for n in 0 1 2; do in_order "server$n"; done
    case $output in
    '3 2 3 ' | '3 3 3 ') ;;
    3*) reject "When a call fails for one client, it is over for others." \
        "of 3 clients that listen, 3 get all messages after a read() that fails for another one
(ECONNRESET), and at least 2 after a write() that fails for one" \
        "no failure, write(), read(): $output" \
        "pass_on() and hear(): EPIPE is not the only error of a client that has left" ;;
    *) reject "An interrupted call is taken for the end of a client." \
        "3 clients get all messages, though poll() and read() fail with EINTR or EAGAIN" "$output" \
        "hear(): which errors are no end?" ;;
    esac
}
