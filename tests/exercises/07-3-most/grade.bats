#!/usr/bin/env bats
# 07-3: room for two clients, and a word for the third.

load ../grader
load ../clients

WELCOME=8 FULL=22 # bytes of the two messages
TAKE="take_client()"
LAST='07-multiclient/README.md, "Check yourself", 1: when does a client see the end?'

@test "07-3: it welcomes as many clients as there is room for, and echoes" {
    serve 2
    play "
a, b = connect(), connect()
print(get(a, $WELCOME), get(b, $WELCOME), sep=', ')
a.sendall(b'hello'); b.sendall(b'howdy')
print(get(a, 5), get(b, 5), sep=', ')"
    [ "$output" = "welcome, welcome
hello, howdy" ] || reject "With room for two, it does not serve two." "welcome, welcome
hello, howdy" "$output" "$TAKE: how many clients are there when it compares?"
}

@test "07-3: the next one is told that the server is full, and then sees the end" {
    serve 2
    play "
a, b = join($WELCOME), join($WELCOME)
c = connect()
print(get(c, 7))
print(get(c, $FULL - 7))
print(get(c, 1))"
    wanted="full, c
ome back later
 and the end"
    case $output in
    "$wanted") return ;;
    welcome*) set -- "It takes one client too many." \
        "what you compare with what: count includes the listener" ;;
    ' and the end'*) set -- "The one too many is not told why." "$TAKE: write() before close()" ;;
    ' and then: timed out'*) set -- "The one too many is left waiting." \
        '04-accept/README.md: a client that is not accepted waits in the backlog' ;;
    "full, c
ome back later
 and then: "*) set -- "It is told, but its connection stays open." "$LAST" ;;
    "full, c
ome back later
\\x00"*) set -- "A byte too many is sent: the '\\0' of a string." \
        "the size: sizeof counts the '\\0' of a string, and strlen() does not" ;;
    *) set -- "The one too many is told something else." "$TAKE" ;;
    esac
    reject "$1" "full, come back later\\n, and the end" "$output" "$2"
}

@test "07-3: the clients that are in do not notice" {
    serve 2
    play "
a, b = join($WELCOME), join($WELCOME)
for n in range(3): get(connect(), $FULL + 1)
a.sendall(b'hello'); b.sendall(b'howdy')
print(get(a, 5), get(b, 5), sep=', ')"
    [ "$output" = "hello, howdy" ] || reject "The clients that are in are not served any more." \
        "hello, howdy" "$output" "$TAKE: what happens to the others?"
}

@test "07-3: nor do they wait while others are refused" {
    serve 2
    play "
a, b = join($WELCOME), join($WELCOME)
waited = 0
for n in range(4):
    refused = connect()
    try: refused.sendall(b'let me in')
    except OSError: pass # it has been refused already
    start = time.monotonic()
    a.sendall(b'hello')
    came = get(a, 5)
    waited += time.monotonic() - start
    get(refused, 4)
print(came)
if waited > 2: print('after %.1f seconds' % waited)"
    [ "$output" = hello ] || reject "While clients are refused, the others wait." \
        "hello, at once, though four others are refused meanwhile" "$output" \
        "$TAKE: no call but poll() may block or sleep"
}

@test "07-3: however many are refused, there is no more room than before" {
    serve 2
    play "
a, b = join($WELCOME), join($WELCOME)
all = [connect() for n in range(6)]
print(*[get(s, 4) for s in all])"
    [ "$output" = "full full full full full full" ] ||
        reject "After one was refused, there is room for too many." \
        "full full full full full full" "$output" "what counts the clients: where does it change?"
}

@test "07-3: there may be room for 63" {
    serve 63
    play "
all = [connect() for n in range(65)]
came = [get(s, 4) for s in all]
print(came.count('welc'), 'welcomed,', came.count('full'), 'refused')"
    [ "$output" = "63 welcomed, 2 refused" ] ||
        reject "With room for 63 clients, it does not serve 63." "63 welcomed, 2 refused" \
        "$output" \
        "$TAKE: may it write behind the end of watched?"
}

# come() connects, until there is room: the server may see a new client before it sees that
# another one has left.
COME="
def come():
    came = 'nothing'
    for n in range(200):
        s = connect()
        came = get(s, $WELCOME)
        if came != 'full, co': break
    return s, came
a, b = join($WELCOME), join($WELCOME)
rounds = set()
def look():
    global a
    a, came = come()
    rounds.add('the next: %s, one more: %s' % (came, get(connect(), 4)))
"
ROOM="each time that one has left:
the next: welcome, one more: full"

@test "07-3: when a client has left, its place is free, for one" {
    serve 2
    play "$COME
for n in range(5):
    a.close()
    look()
print(*sorted(rounds), sep='\n')"
    [ "$output" = "the next: welcome, one more: full" ] ||
        reject "The place of a client that has left stays taken." "$ROOM" "$output" \
            "drop(): what counts the clients?"
}

@test "07-3: so it is when it has left without reading its replies" {
    serve 2
    play "$COME
for n in range(5):
    a.sendall(b'hello')
    select.select([a], [], [])
    a.close()
    look()
print(*sorted(rounds), sep='\n')"
    [ "$output" = "the next: welcome, one more: full" ] ||
        reject "The place of a client that leaves its replies unread stays taken." "$ROOM" \
            "$output" "echo(): read() fails with ECONNRESET then. What counts the clients?"
}

@test "07-3: so it is when it has left before its welcome" {
    serve 2
    play "$COME
for n in range(3):
    a.close()
    b.close()
    hold()
    for m in range(2): connect().close()
    go()
    b = come()[0]
    look()
print(*sorted(rounds), sep='\n')"
    [ "$output" = "the next: welcome, one more: full" ] ||
        reject "A client that has left before its welcome keeps a place." "$ROOM" \
            "$output" "$TAKE: what if write() fails?"
}

@test "07-3: a client that has left before it could be told is no trouble" {
    serve 2
    play "
a, b = join($WELCOME), join($WELCOME)
hold()
for n in range(3): connect().close()
go()
print(get(connect(), 4))
a.sendall(b'hello')
print(get(a, 5))"
    [ "$output" = "full
hello" ] ||
        reject "It ends because of a client that had left before it was told." \
        "full
hello" "$output" "$TAKE: what if write() fails?"
}

@test "07-3: clients that are refused cost no descriptor" {
    DESCRIPTORS=30 serve 2
    play "
a, b = join($WELCOME), join($WELCOME)
for n in range(40):
    came = get(connect(), 4)
    if came != 'full': sys.exit(print('number', n + 1, 'of those who stay: ', came))
for n in range(40):
    hold()
    connect().close()
    go()
    came = get(connect(), 4)
    if came != 'full': sys.exit(print('number', n + 1, 'of those who leave:', came))
print('all refused')"
    case $output in
    'all refused') return ;;
    *leave:*) set -- "A client that leaves before it is told leaves a descriptor behind." ;;
    *) set -- "A client that is refused leaves a descriptor behind." ;;
    esac
    reject "$1" "40 refused, with 30 descriptors" "$output" \
        "only close() gives a descriptor back. To see it: ls -l /proc/PID/fd, or lsof -p PID"
}

@test "07-3: no descriptor is used after it was closed" {
    inject "" "$DIR/calls"
    serve 2
    play "
a, b = join($WELCOME), join($WELCOME)
get(connect(), $FULL + 1)
b.close()
a.sendall(b'hello')
print(get(a, 5))"
    closed_once "$TAKE: what is done after close(client)?"
}
