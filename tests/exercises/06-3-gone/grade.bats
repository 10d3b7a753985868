#!/usr/bin/env bats
# 06-3: a client that leaves too early concerns only itself.

load ../grader
load ../clients
load ../streams

GONE='06-readwrite/README.md, "Break it": the table "When the peer leaves"'
SIGPIPE='06-readwrite/README.md, "Break it": Without signal(SIGPIPE, SIG_IGN)'

# ask(s, words) sends them, and returns what comes back, as long as they are.
ASK='
def ask(s, words):
    try: s.sendall(words)
    except OSError as error: return str(error)
    return get(s, len(words))
'

# serves COUNT CODE EXPECTED - a server for that many clients, and these clients: do they
# print this? Sets $played.
serves() {
    serve "$1"
    play "$ASK$2"
    played=$output
    [ "$played" = "$3" ]
}

# ends_well - the server exits by itself, with status 0, and has removed its path.
ends_well() {
    HANGS="The server does not exit after as many clients as you said." \
        HANGS_LOOK="main(): every client counts, also one that has left" finish server
    [[ $status -eq 0 && ! -e $path ]] ||
        reject "The server does not exit as it should after its last client." \
            "unlink   $path (exit status 0)" "$output (exit status $status)" \
            "main(): a client's error must not decide how the server ends"
}

# stop_server - ends it, if it has not ended: status 143. A crash is reported first.
stop_server() {
    send TERM server 2>/dev/null || true
    finish server
    case $status in
    143) state="the server still runs: it is busy with a client that has left" ;;
    141) state="exit status 141: signal 13, SIGPIPE, has killed the server" ;;
    *) state="the server has exited with status $status" ;;
    esac
}

# served_on COUNT CODE EXPECTED MESSAGE LOOK - serves, or else this message.
served_on() {
    serves "$1" "$2" "$3" && return
    stop_server
    reject "$4" "the clients get: $3" "$played
$output
$state" "$5"
}

@test "06-3: a client gets its words in capitals, as often as it writes" {
    served_on 1 'a = connect()
print(ask(a, b"hello"), ask(a, b"you too"), ask(a, b"x" * 12000))' "HELLO YOU TOO 12000 bytes" \
        "A client does not get all of its words in capitals." \
        "serve(): the loop was right, until the client has no more"
    ends_well
}

@test "06-3: short and interrupted calls still lose nothing" {
    inject "$(reads 1:EINTR),$(writes '1:EINTR,*:short')"
    served_on 1 'print(ask(connect(), b"hello"))' HELLO \
        "A short or interrupted call loses bytes, or the client." \
        "serve(), write_all(): EINTR and short writes were right before; EINTR says nothing about
the client. Try: strace -e inject=read:error=EINTR:when=2+2 ./gone hello.sock 1"
    ends_well
}

@test "06-3: a client that has left before its reply does not end the server" {
    local clients='
first, gone, third = connect(), connect(), connect()
gone.sendall(b"hello")
gone.close()
print(ask(first, b"first"))
first.close()
print(ask(third, b"third"))'
    serves 3 "$clients" $'FIRST\nTHIRD' && ends_well && return
    stop_server
    case $status in
    143) reject "It tries for ever to write to a client that has left." \
        "THIRD for the next client" "$played
$state" "write_all(): EPIPE will not pass. $GONE" ;;
    141) reject "It dies of SIGPIPE." "THIRD for the next client" "$played
$output
$state" "kill -l 13; $SIGPIPE" ;;
    0) reject "It ends at the signal, although not by it." "THIRD for the next client" "$played
$output
$state" "main(): a server must not exit because a client left; $SIGPIPE" ;;
    *) reject "Now it exits by itself: one failed write() is the end for all." \
        "THIRD for the next client" "$played
$output
$state" "serve(): die() is for the server's own failures. Try what the task shows; $GONE" ;;
    esac
}

@test "06-3: a client that leaves its reply unread does not end the server" {
    serves 2 '
gone, second = connect(), connect()
gone.sendall(b"hello")
gone.recv(1, socket.MSG_PEEK) # it is there, and stays there
gone.close()
print(ask(second, b"second"))' SECOND && ends_well && return
    stop_server
    case $output in
    *"close: client: Bad file descriptor"*)
        reject "It closes a client's descriptor twice." "one close() for each client" "$output" \
            "serve(): after break, the close() at its end follows" ;;
    esac
    reject "A failed read() is the end for all." "SECOND for the next client" "$played
$output
$state" "serve(): here read() failed with ECONNRESET. Has the server failed, or the client? $GONE"
}

@test "06-3: a client that leaves in the middle of a reply does not end the server" {
    served_on 2 '
gone, second = connect(), connect()
gone.setblocking(False)
while select.select([], [gone], [], 0.3)[1]: # until the server waits in write()
    try: gone.send(bytes(65536))
    except BlockingIOError: pass
gone.close()
print(ask(second, b"second"))' SECOND \
        "A client that leaves in the middle of a reply ends the server." \
        "serve(), write_all(): a write() that was blocked failed here. $GONE"
    ends_well
    inject "$(writes 1:ECONNRESET)"
    served_on 2 'gone = connect()
gone.sendall(b"hello")
gone.close()
print(ask(connect(), b"second"))' SECOND \
        "A client that leaves in the middle of a reply ends the server." \
        "serve(): here write() failed with ECONNRESET instead of EPIPE. $GONE
Try: strace -e trace=write -e inject=write:error=ECONNRESET:when=3 ./gone hello.sock 2"
    ends_well
}

@test "06-3: after many clients that left before their reply, no descriptor is lost" {
    DESCRIPTORS=24 serves 41 '
now = connect()
for turn in range(20):
    gone, after = connect(), connect()
    gone.sendall(b"hello")
    gone.close()
    now.close()
    got = ask(after, b"after")
    now = after
print(got)' AFTER && ends_well && return
    stop_server
    [ "$status" -ne 141 ] ||
        reject "It survives SIGPIPE once, and dies of the next." \
            "AFTER for each next client" "$state" \
            "main(): signal(SIGPIPE, SIG_IGN) holds until the end; $SIGPIPE"
    reject "The descriptor of a client that has left stays open." \
        "AFTER for each next client: 20 such clients need no more than 24 descriptors" \
        "$(printf '%s' "$output" | tail -n 3)
$state" "serve(): every way out must close the client. See it: ls -l /proc/\$(pgrep gone)/fd"
}

@test "06-3: after many clients that left their reply unread, no descriptor is lost" {
    DESCRIPTORS=24 serves 41 '
for turn in range(40):
    gone = connect()
    gone.sendall(b"hello")
    gone.recv(1, socket.MSG_PEEK)
    gone.close()
print(ask(connect(), b"last"))' LAST && ends_well && return
    stop_server
    reject "After a failed read(), the client's descriptor stays open." \
        "LAST: 40 such clients need no more than 24 descriptors" \
        "$(printf '%s' "$output" | tail -n 3)
$state" "serve(): the way out after a failed read() must close the client, too. See it:
ls -l /proc/\$(pgrep gone)/fd"
}

@test "06-3: whatever error read() reports of a client, that client is done" {
    inject "$(reads '*:EIO')"
    serve 1
    play 'connect().sendall(b"hello")'
    HANGS="It tries for ever to read from a client whose read() fails." \
        HANGS_LOOK="serve(): only after EINTR is there more to read. Try:
strace -e inject=read:error=EIO:when=2+ ./gone hello.sock 1" finish server
    [ "$status" -eq 0 ] || reject "One error of read() is survived, another is the end for all." \
        "unlink   $path (exit status 0)" "$output (exit status $status)" \
        "serve(): here read() failed with EIO. Has the server failed?"
    inject "$(reads 1:EIO)" "$DIR/calls"
    rm -f "$path"
    serve 1
    play 'connect().sendall(b"hello")'
    finish server
    closed_once "serve(): one close() for each client"
}
