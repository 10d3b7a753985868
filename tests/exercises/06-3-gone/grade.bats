#!/usr/bin/env bats
# 06-3: a client that leaves too early is its own affair.

load ../grader

LESSON='06-readwrite/README.md, "Break it": A client that has gone'

# Clients in Python: what one gets is printed, or the error that it meets.
CLIENTS='
import socket, sys
path, patience = sys.argv[1], float(sys.argv[2])
def connect():
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(patience)
    s.connect(path)
    return s
def ask(s, words):
    try:
        s.sendall(words)
        return s.recv(100)
    except socket.timeout: return "nothing, in %g seconds" % patience
    except OSError as error: return error.strerror
'

# play COUNT CODE - a server for so many clients, and these; $played is what
# they print.
play() {
    program server "$path" "$1"
    await server listen ||
        reject "The server does not start." "listen   $path" "$(said server)" "main()"
    plainly start clients python3 -Suc "$CLIENTS$2" "$path" "$((LIMIT / 2 + 1))"
    finish clients
    played=$output
}

# ends_well - the server ends by itself, with status 0, and has removed its name.
ends_well() {
    finish server
    [[ $status -eq 0 && ! -e $path ]] ||
        reject "The server does not end well." "unlink   $path (exit status 0)" \
            "$output (exit status $status)" "serve()"
}

@test "06-3: a client gets its words in capitals" {
    play 1 'print(ask(connect(), b"hello"))'
    [ "$played" = "b'HELLO'" ] ||
        reject "It does not answer in capitals." "HELLO" "$played" "serve(): that part was right"
    ends_well
}

@test "06-3: a client that has gone before its reply does not end the server" {
    play 3 '
first, gone, third = connect(), connect(), connect()
gone.sendall(b"hello")
gone.close()
print(ask(first, b"first"))
first.close()
print(ask(third, b"third"))'
    case $played in
    *"b'THIRD'") ends_well && return ;;
    *nothing*) reject "It tries for ever to write to a client that has gone." \
        "an end of the attempt: EPIPE does not pass" "the next client gets nothing" "write_all()" ;;
    esac
    finish server
    case $status in
    141) reject "It dies of SIGPIPE." "the third client gets: THIRD" \
        "exit status 141: signal 13 has ended it" "$LESSON" ;;
    0) reject "It ends at the signal, although not by it." "the third client gets: THIRD" \
        "$output (exit status 0)" "a server must not end because a client does; $LESSON" ;;
    *) reject "Now it ends by itself: one failed write() is the end for all." \
        "the third client gets: THIRD" \
        "$output (exit status $status)" "die() in serve(): is it the server that has failed?" ;;
    esac
}

@test "06-3: a client that leaves its reply unread does not end the server" {
    play 2 '
gone, second = connect(), connect()
gone.sendall(b"hello")
gone.recv(1, socket.MSG_PEEK) # it is there, and stays there
gone.close()
print(ask(second, b"second"))'
    if [ "$played" != "b'SECOND'" ]; then
        finish server
        reject "A failed read() is the end for all." "the second client gets: SECOND" \
            "$output (exit status $status)" \
            "die() in serve(): ECONNRESET, the client threw our reply away"
    fi
    ends_well
}

@test "06-3: after many clients that have gone, no descriptor is lost" {
    DESCRIPTORS=24 play 41 '
now = connect()
for turn in range(20):
    gone, after = connect(), connect()
    gone.sendall(b"hello")
    gone.close()
    now.close()
    got = ask(after, b"after")
    now = after
print(got)'
    if [ "$played" != "b'AFTER'" ]; then
        finish server
        reject "The descriptor of a client that has gone stays open." \
            "20 such clients need no more than 24 descriptors" \
            "$(printf '%s' "$output" | tail -n 3) (exit status $status)" \
            "serve(): every way out must close the client; 04-accept/README.md"
    fi
    ends_well
}

@test "06-3: whatever read() says of a client, that client is done" {
    inject "read:*:EIO,recv:*:EIO"
    play 1 'ask(connect(), b"hello")'
    finish server 2>/dev/null || [ "$verdict_server" != time ] ||
        reject "It tries for ever to read from a client that fails." \
            "an end of that client: only EINTR passes" \
            "no end within $LIMIT s, where read() fails with EIO" \
            "serve(): after which error is there more to read?"
    [ "$status" -eq 0 ] || reject "An error of read() that it does not know is the end for all." \
        "unlink   $path (exit status 0)" "$output (exit status $status)" \
        "serve(): is it the server that has failed?"
}
