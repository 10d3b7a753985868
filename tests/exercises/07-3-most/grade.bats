#!/usr/bin/env bats
# 07-3: room for two clients, and a word for the third.

load ../grader
load ../clients

WELCOME=8 FULL=22 # bytes of the two messages
TAKE="take_client()"

@test "07-3: it greets as many clients as there is room for, and echoes" {
    serve 2
    play "
a, b = connect(), connect()
print(get(a, $WELCOME), get(b, $WELCOME), sep=', ')
a.sendall(b'hello'); b.sendall(b'howdy')
print(get(a, 5), get(b, 5), sep=', ')"
    [ "$output" = "welcome, welcome
hello, howdy" ] || reject "With room for two, it does not serve two." "welcome, welcome
hello, howdy" "$output" "$TAKE: who stays?"
}

@test "07-3: the next one is told that it is full, and then the connection ends" {
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
        "what you compare with what: count has the listener in it" ;;
    ' and the end'*) set -- "The one too many is not told why." "$TAKE: write() before close()" ;;
    ' and then: timed out'*) set -- "The one too many is left waiting." \
        '04-accept/README.md: who is not accepted waits in the queue' ;;
    "full, c
ome back later
 and then: "*) set -- "It is told, but its connection stays open." \
        '07-multiclient/README.md, "Check yourself", 1: when does a client see the end?' ;;
    *) set -- "The one too many is told something else." "$TAKE" ;;
    esac
    reject "$1" "full, come back later
and the end" "$output" "$2"
}

@test "07-3: those who are in do not notice" {
    serve 2
    play "
a, b = join($WELCOME), join($WELCOME)
for n in range(3): get(connect(), $FULL + 1)
a.sendall(b'hello'); b.sendall(b'howdy')
print(get(a, 5), get(b, 5), sep=', ')"
    [ "$output" = "hello, howdy" ] || reject "Those who are in are not served any more." \
        "hello, howdy" "$output" "$TAKE: what happens to the others?"
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

@test "07-3: when a client has left, its place is free, for one" {
    serve 2
    # The server may see who comes before it sees who has left: then come again.
    play "
def come():
    for n in range(200):
        s = connect()
        came = get(s, $WELCOME)
        if came != 'full, co': break
    return s, came
a, b = join($WELCOME), join($WELCOME)
rounds = set()
for n in range(5):
    a.close()
    a, came = come()
    c = connect()
    rounds.add('the next: %s, one more: %s' % (came, get(c, 4)))
print(*sorted(rounds), sep='\n')"
    [ "$output" = "the next: welcome, one more: full" ] ||
        reject "The place of a client that has left stays taken." \
            "each time that one has left:
the next: welcome, one more: full" "$output" "drop(): what counts the clients?"
}

@test "07-3: one who has gone before it could be told is no trouble" {
    serve 2
    play "
import signal
a, b = join($WELCOME), join($WELCOME)
os.kill($(pid server), signal.SIGSTOP)
for n in range(3): connect().close()
os.kill($(pid server), signal.SIGCONT)
a.sendall(b'hello')
print(get(a, 5), get(connect(), 4))"
    [ "$output" = "hello full" ] ||
        reject "It ends because of a client who had gone before it was told." \
        "hello full" "$output" "$TAKE: what if write() fails?"
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
