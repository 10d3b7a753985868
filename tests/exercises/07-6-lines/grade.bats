#!/usr/bin/env bats
# 07-6: messages are lines, however read() returns their bytes.

load ../grader
load ../clients

# line(s) is the next line that comes, written as in C, or what comes in its place.
# closed(s) is what comes where the end of the connection should. meanwhile() returns
# when the server has read all that was sent before: one more client, the witness, gets
# two replies, and with the second one the round of the loop that saw the first is over.
TALK='
def shown(data):
    text = repr(data)[2:-1].replace("\\x00", "\\0")
    return text if len(text) < 60 else "%s... (%d bytes)" % (text[:20], len(data))
def receive(s, size):
    global patience
    s.settimeout(patience)
    try: return s.recv(size)
    except ConnectionResetError: return b""
    except OSError: patience = 0.1
def missing(data): return "nothing" if data is None else "the end"
def line(s):
    got = b""
    while not got.endswith(b"\n") and len(got) < 20000:
        byte = receive(s, 1)
        if not byte: return (shown(got) + " and then " if got else "") + missing(byte)
        got += byte
    return shown(got)
def closed(s):
    data = receive(s, 4096)
    return shown(data) if data else missing(data)
def leave(s):
    try: s.shutdown(socket.SHUT_WR)
    except OSError: pass # on macOS, if the server has closed it
    came = closed(s)
    if came == "nothing": sys.exit(print("at end of file:", came))
    return came
witness = connect()
def meanwhile():
    for n in range(2):
        try: witness.sendall(b"\n")
        except OSError: pass # line() says so
        came = line(witness)
        if came not in ("0 \\n", "\\n"): sys.exit(print("the witness:", came))
'

PART="07-multiclient/server.c, part 4: answer()"
STREAM='06-readwrite/README.md, "Look from outside": no boundaries'
MIXED="The pieces of two clients' lines get mixed up."
OWN="answer(): where is what it leaves over? Each client needs a place of its own"

# talk CODE - plays it with a server: sets $output. What the witness gets, and that a
# client is closed when it leaves, is the same in each test.
talk() {
    serve
    play "$TALK$1"
    case $output in
    *'at end of file: nothing') reject "At end of file, the client is not closed." \
        "the end of the connection" \
        "$output" '06-readwrite/README.md, "What is new": read() returns 0' ;;
    *'the witness: nothing') reject \
        "While one client's line is incomplete, no other client is served." \
        'a reply to another client' "$output" \
        "07-multiclient/server-poll.c: no call but poll() may block for long" ;;
    *'the witness: the end') reject "It closes a client that has done nothing wrong." \
        'a reply to another client' "$output" "does the server still run? Look at what it prints" ;;
    *'the witness: '*) reject "$MIXED" '0 \n, the reply to the empty line of another client' \
        "${output##*witness: }" "$OWN" ;;
    esac
}

@test "07-6: the reply to a line is its length, a space, and the line" {
    wanted='5 hello\n
0 \n
12 hello, world\n'
    talk "
a = connect()
for text in b'hello\n', b'\n', b'hello, world\n':
    a.sendall(text)
    print(line(a))"
    [ "$output" = "$wanted" ] ||
        reject "The reply to a line is not its length, a space, and the line." \
        "$wanted" "$output" "$PART"
}

@test "07-6: a line that arrives in pieces gets one reply, when it is complete" {
    wanted='5 hello\n
5 world\n'
    talk "
a = connect()
a.sendall(b'hel')
meanwhile()
a.sendall(b'lo\n')
print(line(a))
for piece in b'w', b'orl', b'd', b'\n':
    meanwhile()
    a.sendall(piece)
print(line(a))"
    case $output in
    "$wanted") ;;
    3*) reject "What one read() returns is taken for one line." "$wanted" "$output" "$STREAM" ;;
    hel*) reject "A piece of a line is sent back before its '\\n' has come." "$wanted" "$output" \
        "$STREAM" ;;
    *) reject "The pieces of a line are not put together." "$wanted" "$output" \
        "answer(): what it leaves over, its next call for this client needs" ;;
    esac
}

@test "07-6: lines that arrive together get one reply each, in order" {
    wanted='5 hello\n
3 you\n
0 \n
4 four\n'
    talk "
a = connect()
a.sendall(b'hello\nyou\n\nfour\n')
for n in range(4): print(line(a))"
    case $output in
    "$wanted") return ;;
    1[0-9]' hello'*) set -- "Lines that arrive together are taken for one line." ;;
    '5 hello\n
nothing'*) set -- "Of the lines that arrive together, only the first gets a reply." ;;
    *) set -- "The lines that arrive together do not get one reply each." ;;
    esac
    reject "$1" "$wanted" "$output" "answer(): how many bytes are left after the first '\\n'?"
}

@test "07-6: what follows the last '\\n' is kept until the rest of that line comes" {
    wanted='3 one\n
5 hello\n
3 two\n'
    talk "
a = connect()
a.sendall(b'one\nhel')
print(line(a))
meanwhile()
a.sendall(b'lo\ntwo\n')
print(line(a), line(a), sep='\n')"
    [ "$output" = "$wanted" ] || reject "What follows the last '\\n' of a read() is lost." \
        "$wanted" "$output" "answer(): what happens to the bytes after the last '\\n'?"
}

@test "07-6: the pieces of two clients are kept apart" {
    wanted='5 hello\n
5 world\n'
    talk "
a, b = connect(), connect()
a.sendall(b'hel')
meanwhile()
b.sendall(b'wor')
meanwhile()
a.sendall(b'lo\n')
b.sendall(b'ld\n')
print(line(a), line(b), sep='\n')"
    [ "$output" = "$wanted" ] || reject "$MIXED" "$wanted" "$output" "$OWN"
}

@test "07-6: when a client leaves, the others keep their pieces" {
    wanted='13 0 is client 0\n
13 2 is client 2\n
13 3 is client 3\n'
    talk "
all = [connect() for n in range(4)]
for n, s in enumerate(all): s.sendall(b'%d is ' % n)
meanwhile()
leave(all[1])
for n in 0, 2, 3:
    all[n].sendall(b'client %d\n' % n)
    print(line(all[n]))"
    [ "$output" = "$wanted" ] ||
        reject "When a client leaves, another one loses the piece of its line." \
        "$wanted" "$output" "drop_client(): which entry moves, and what belongs to it?"
}

@test "07-6: a line may contain any bytes, '\\0' included" {
    wanted='5 \0a\0\0b\n
1 \0\n
4 c\0\0d\n
4 \x80\xff\t\r\n'
    talk "
a = connect()
a.sendall(b'\0a\0\0b\n\0\n')
print(line(a), line(a), sep='\n')
a.sendall(b'c\0')
meanwhile()
a.sendall(b'\0d\n\x80\xff\t\r\n')
print(line(a), line(a), sep='\n')"
    [ "$output" = "$wanted" ] ||
        reject "A '\\0' in a line is taken for an end." "$wanted" "$output" \
        "answer(): strchr(), strlen(), strcpy() and %s all stop at a '\\0'; which functions do not?"
}

@test "07-6: a line may have 1,000 bytes" {
    wanted='1000 xxxxxxxxxxxxxxx... (1006 bytes)
1000 xxxxxxxxxxxxxxx... (1006 bytes)'
    talk "
a = connect()
a.sendall(b'x' * 1000 + b'\n')
print(line(a))
a.sendall(b'x' * 600)
meanwhile()
a.sendall(b'x' * 400)
meanwhile()
a.sendall(b'\n')
print(line(a))"
    [ "$output" = "$wanted" ] || reject "A line of exactly 1,000 bytes does not get its reply." \
        "$wanted" "$output" "answer(): LONGEST bytes are allowed, and the '\\n' is not one of them"
}

@test "07-6: lines that arrive together may have more than 1,000 bytes in all" {
    wanted='299 xxxxxxxxxxxxxxxx... (304 bytes)
299 xxxxxxxxxxxxxxxx... (304 bytes)
299 xxxxxxxxxxxxxxxx... (304 bytes)
299 xxxxxxxxxxxxxxxx... (304 bytes)
299 xxxxxxxxxxxxxxxx... (304 bytes)'
    talk "
a = connect()
a.sendall((b'x' * 299 + b'\n') * 5)
for n in range(5): print(line(a))"
    [ "$output" = "$wanted" ] ||
        reject "Lines that arrive together are refused, though none is too long." \
        "$wanted" "$output" "answer(): what does it compare with LONGEST?"
}

@test "07-6: a client whose line gets longer is closed at once, and no other" {
    wanted='the end
the end
the end
the end
5 hello\n'
    talk "
a, b, c, d, e = [connect() for n in range(5)]
d.sendall(b'hel')
meanwhile()
a.sendall(b'x' * 1001)
print(closed(a))
b.sendall(b'x' * 600)
meanwhile()
b.sendall(b'x' * 401)
print(closed(b))
c.sendall(b'x' * 1001 + b'\n')
print(closed(c))
e.sendall(b'x' * 600)
meanwhile()
e.sendall(b'x' * 401 + b'\n')
print(closed(e))
d.sendall(b'lo\n')
print(line(d))"
    case $output in
    "$wanted") ;;
    nothing*) reject "A line is too long already, and the server waits for its '\\n'." \
        "the end of the connection, as soon as there are 1,001 bytes" "$output" \
        "answer(): when does it know that the line is too long?" ;;
    'the end
nothing'*) reject "The length of a line is checked in each piece, not in all of them together." \
        "the end of the connection, after 600 bytes and 401 more" "$output" \
        "answer(): what it has kept is a part of the line, too" ;;
    'the end
the end
the end
'[!t]*) reject "What is left of a line is measured without what was kept of it before." \
        "the end of the connection, after 600 bytes, and 401 more with the '\\n'" "$output" \
        "answer(): the piece with the '\\n' belongs to the bytes it has kept" ;;
    *' xxx'* | *line*) reject "A line that is too long gets a reply." "$wanted" "$output" \
        "answer(): where does it compare the length with LONGEST?" ;;
    'the end
'*) reject "When one client's line is too long, it is over for others as well." \
        "$wanted" "$output" "$PART: who is dropped if it returns false?" ;;
    *) reject "A client whose line is too long is not closed." "$wanted" "$output" \
        "$PART: who is dropped if it returns false?" ;;
    esac
}

@test "07-6: the lines before the one that is too long get their replies" {
    wanted='5 hello\n
3 you\n
the end'
    talk "
a = connect()
a.sendall(b'hello\nyou\n' + b'x' * 1001)
print(line(a), line(a), closed(a), sep='\n')"
    [ "$output" = "$wanted" ] ||
        reject "The lines before the one that is too long get no reply." "$wanted" "$output" \
        "answer(): they are complete, whatever comes after them"
}

@test "07-6: at end of file, a line without its '\\n' gets no reply" {
    wanted='3 one\n
the end'
    talk "
a = connect()
a.sendall(b'one\nhel')
print(line(a))
print(leave(a))"
    [ "$output" = "$wanted" ] || reject "At end of file, a line that is incomplete gets a reply." \
        "$wanted" "$output" \
        "serve(): without the '\\n', the server cannot know whether this is the whole line"
}

@test "07-6: a new client does not get what another one has left over" {
    wanted='2 lo\n
2 lo\n
2 lo\n
2 lo\n'
    talk "
for text in b'hel', b'one\nhel', b'x' * 1001, b'x' * 600 + b'|' + b'x' * 401:
    a = connect()
    for piece in text.split(b'|'):
        a.sendall(piece)
        meanwhile()
    leave(a)
    closed(a)
    b = connect()
    b.sendall(b'lo\n')
    print(line(b))
    leave(b)"
    [ "$output" = "$wanted" ] ||
        reject "A new client gets what another one has left over." "$wanted" "$output" \
        "accept_client(): the number of this descriptor may have been another client's"
}

@test "07-6: nor what one has left over whose connection has failed" {
    wanted='2 lo\n
2 lo\n'
    talk "
def next():
    meanwhile()
    b = connect()
    b.sendall(b'lo\n')
    print(line(b))
    leave(b)
# With a reply unread, the server's read() fails; without, it is a write().
a = connect()
a.sendall(b'one\nhel')
meanwhile()
a.close()
next()
a = connect()
a.sendall(b'hel')
meanwhile()
hold()
a.sendall(b'lo\nyou')
a.close()
go()
next()"
    [ "$output" = "$wanted" ] ||
        reject "A new client gets what one has left over whose connection has failed." \
            "$wanted" "$output" "serve() and answer(): every way out that drops a client, or
accept_client(): the number of this descriptor may have been another client's"
}
