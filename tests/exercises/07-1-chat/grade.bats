#!/usr/bin/env bats
# 07-1: what one client sends comes to all the others.

load ../grader
load ../clients

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
        "a sends hello to b and c; c sends hi to a and b" "$output" \
        "pass_on(): the loop over the clients"
}

@test "07-1: nobody hears itself" {
    serve
    play "
a, b = join(8), join(8)
a.sendall(b'hello\n')
get(b, 6)
b.sendall(b'good day\n')
print('a hears', get(a, 9))"
    [ "$output" = "a hears good day" ] || reject "A client hears itself." \
        "a sends hello and hears nothing; then b sends good day, and a hears: good day" "$output" \
        "pass_on(): its first argument"
}

@test "07-1: they hear the bytes that were sent, these and no others" {
    serve
    play "
a, b, c = join(8), join(8), join(8)
a.sendall(b'a line that leaves much in the buffer\n')
get(b, 38), get(c, 38)
b.sendall(b'hi\n')
get(a, 3)
b.sendall(b'and bye\n')
print('c hears', get(c, 11).replace('\n', ', '))
b.sendall(b'one\0two\n')
print('a hears', get(a, 16).replace('\n', ', ').replace('\0', '.'))"
    [ "$output" = "c hears hi, and bye
a hears and bye, one.two" ] || reject "The bytes that come are not those that were sent." \
        "c hears hi, and bye
a hears and bye, one.two (the dot: a byte that is 0)" "$output" \
        "read() puts no final 0 behind the bytes: only its result tells how many there are"
}

@test "07-1: a client that hears no more does not end the server" {
    serve
    play "
a, b, c = join(8), join(8), join(8)
b.shutdown(socket.SHUT_RD)
a.sendall(b'is somebody there?\n')
print('c hears', get(c, 19))
for n in range(20):
    join(8).close()
    a.sendall(b'and now?\n')
    if get(c, 9) != 'and now?': print('c does not hear a')
print('a new one is greeted:', get(connect(), 8))"
    [ "$output" = "c hears is somebody there?
a new one is greeted: welcome" ] && return
    [[ $output != *"a new one is greeted: welcome" ]] ||
        reject "When one client has gone, another one misses a message." \
        "c hears is somebody there?" "$output" \
        "drop() moves the last client into the gap: does the loop look at that client, too?"
    reject "When one client has gone, it is over for all." \
        "c hears is somebody there?
a new one is greeted: welcome" "$output" '06-readwrite/README.md: SIGPIPE, and EPIPE'
}

@test "07-1: a client that does not read does not hold up the others" {
    serve
    play "
a, b, c = join(8), join(8), join(8)
for n in range(64):
    a.sendall(bytes(16384))
    came = get(c, 16384)
    if came != '16384 bytes': sys.exit(print('of message', n, 'came', came or 'nothing'))
print('all 64 messages came')"
    [ "$output" = "all 64 messages came" ] ||
        reject "A client that does not read holds up all the others." \
        "64 messages from a to c, though b never reads" "$output" \
        '07-multiclient/README.md, "What is new": non-blocking, EAGAIN'
}
