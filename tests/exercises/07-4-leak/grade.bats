#!/usr/bin/env bats
# 07-4: a server that sends a file to each client, and keeps no descriptor.

load ../grader
load ../clients

SIZE=600000 # bytes of the file: more than waits in a connection
export DESCRIPTORS=40

LOOK='ls -l /proc/PID/fd, or lsof -p PID, while it runs'

# serve_file - the server has 40 descriptors. Sixty clients are too many for it, if it
# loses one for each. No two pieces of the file are alike.
serve_file() {
    LC_ALL=C awk -v size="$SIZE" 'BEGIN { for (n = 0; n < size / 8; n++) printf "%07d\n", n }' \
        >"$DIR/file"
    serve "$DIR/file"
}

# whole(s) reads to the end, and compares with the file. begin(s) reads the first bytes.
FILE='
file = b"".join(b"%07d\n" % n for n in range('$((SIZE / 8))'))
def whole(s, got=b""):
    global patience
    s.settimeout(patience)
    try:
        while len(got) <= len(file):
            more = s.recv(65536)
            if not more: break
            got += more
    except OSError as error:
        patience = min(patience, 0.1)
        return "%d bytes and then: %s" % (len(got), error)
    if got == file: return "the file"
    if got == file[:len(got)]: return "%d bytes and the end" % len(got)
    return "%d bytes, and not those of the file" % len(got)
def begin(s):
    return s.recv(8)
'

@test "07-4: a client is sent the file, and then end of file" {
    serve_file
    play "$FILE
print(whole(connect()))"
    [ "$output" = "the file" ] ||
        reject "A client does not get the file." "all $SIZE bytes, in order, and then the end" \
            "$output" "send_piece()"
}

@test "07-4: when one client has got all, the others go on" {
    serve_file
    play "$FILE
all = [connect() for n in range(4)]
begun = [begin(s) for s in all]
ends = [whole(all[n], begun[n]) for n in (0, 2, 3, 1)]
print(*ends, whole(connect()), sep=' and ')"
    [ "$output" = "the file and the file and the file and the file and the file" ] ||
        reject "When one client has got all, another one is cut off." \
            "four clients at the same time get the file, and so does a new one" "$output" \
            "forget(): which client is in that entry, before and after?"
}

@test "07-4: when one client leaves early, the others go on" {
    serve_file
    play "$FILE
all = [connect() for n in range(4)]
begun = [begin(s) for s in all]
all[0].close()
all[2].close()
print(whole(all[3], begun[3]), 'and', whole(all[1], begun[1]), 'and', whole(connect()))"
    [ "$output" = "the file and the file and the file" ] ||
        reject "When one client leaves, another one is cut off." \
            "the others still get the file, all of it, and so does a new one" "$output" \
            "forget(): which client is in that entry, before and after?"
}

@test "07-4: sixty clients one after another get it, with 40 descriptors" {
    serve_file
    play "$FILE
for n in range(60):
    came = whole(connect())
    if came != 'the file': sys.exit(print('number', n + 1, 'gets', came))
print('all get it')"
    [ "$output" = "all get it" ] || reject "Clients that have got all leave descriptors behind." \
        "all get it" "$output" "$LOOK"
}

@test "07-4: sixty clients that leave early cost nothing" {
    serve_file
    play "$FILE
for n in range(30):
    pair = [connect(), connect()]
    for s in pair:
        if begin(s) != file[:8]: sys.exit(print('number', 2 * n + 1, 'gets nothing'))
    for s in pair: s.close()
print(whole(connect()))"
    [ "$output" = "the file" ] ||
        reject "A client that leaves before it has got all leaves descriptors behind." \
        "after sixty of them, the next one gets the file" "$output" \
        "$LOOK; then: what if write() fails?"
}

@test "07-4: a client for which there is no file sees the end, and costs nothing" {
    serve "$DIR/none"
    play "
for n in range(60):
    came = get(connect(), 1)
    if came != ' and the end': sys.exit(print('number', n + 1, 'gets', came))
open('$DIR/none', 'w').write('here')
os.chmod('$DIR/none', 0o644)
print(get(connect(), 4))"
    case $output in
    here) return ;;
    # The next ones may wait in its queue already when it exits.
    failed* | 'number '[1-9]' gets  and then: '*reset*) set -- \
        "Where there is no file for a client, it ends for all." ;;
    *) set -- "A client for which there is no file leaves its descriptor behind." ;;
    esac
    reject "$1" "the end for sixty clients; when the file is there, the next one gets it" \
        "$output" \
        "take_client(): the way out when open() fails. To see it: ./leak leak.sock /none"
}

@test "07-4: a file that cannot be read costs nothing either" {
    mkdir "$DIR/thing"
    chmod 755 "$DIR/thing"
    serve "$DIR/thing"
    play "
for n in range(60):
    came = get(connect(), 1)
    if came != ' and the end': sys.exit(print('number', n + 1, 'gets', came))
os.rmdir('$DIR/thing')
open('$DIR/thing', 'w').write('here')
os.chmod('$DIR/thing', 0o644)
print(get(connect(), 4))"
    case $output in
    here) return ;;
    failed* | 'number '[1-9]' gets  and then: '*reset*) set -- \
        "Where a file cannot be read, it ends for all." ;;
    *) set -- "When the file cannot be read, a descriptor is left behind." ;;
    esac
    reject "$1" "the end for sixty clients; when the file is there, the next one gets it" \
        "$output" \
        "send_piece(): the way out when read() fails. To see it: ./leak leak.sock /etc"
}

@test "07-4: what write() did not take is sent later" {
    # The same for all calls that write: a program uses one of them.
    inject write:every7:short,write:3:EAGAIN,send:every7:short,send:3:EAGAIN
    serve_file
    play "$FILE
print(whole(connect()))"
    [ "$output" = "the file" ] ||
        reject "Bytes that write() did not take are lost." \
            "the whole file, though some calls take one byte only, and one fails with EAGAIN" \
            "$output" "send_piece(): where does the next read() begin? To see it:
strace -e inject=write,sendto:error=EAGAIN:when=3 ./leak leak.sock FILE"
}

@test "07-4: no descriptor is closed twice" {
    inject "" "$DIR/calls"
    DESCRIPTORS=200 serve_file
    # Sixty-three have an entry in the table; the others see the end at once.
    play "$FILE
all = [connect() for n in range(66)]
begun = [begin(s) for s in all[:63]]
print('more than 63:', *[get(s, 1) for s in all[63:]])
for s in all[:60]: s.close()
print(*[whole(all[n], begun[n]) for n in (61, 60, 62)])
os.rename('$DIR/file', '$DIR/away')
get(connect(), 1)
os.mkdir('$DIR/file', 0o755)
get(connect(), 1)
os.rmdir('$DIR/file')
os.rename('$DIR/away', '$DIR/file')
print(whole(connect()))"
    closed_once "forget() and its callers: which of them closes?"
    [ "$output" = "more than 63:  and the end  and the end  and the end
the file the file the file
the file" ] || reject "With sixty-six clients at the same time, it does not serve them." \
        "more than 63:  and the end  and the end  and the end
the file the file the file
the file" "$output" "take_client(): what is closed when the table is full?"
}

@test "07-4: a call that fails for one client costs no descriptor" {
    # Most answers send these files in five pieces.
    local faults=open:2:EIO,openat:2:EIO,fcntl:4:EINVAL,read:20:EIO,close:14:EINTR call
    for call in write writev send sendto sendmsg; do
        faults=$faults,$call:12:EPIPE,$call:18:ECONNRESET
    done
    inject "$faults" "$DIR/calls"
    SIZE=20000 serve_file
    play "
def descriptors(): return len(os.listdir('/proc/%d/fd' % server))
def whole():
    s = connect()
    came = get(s, 20001)
    s.close()
    return came
before, end = descriptors(), time.monotonic() + patience
came = [whole() for n in range(13)]
while state(server) != 'S' and time.monotonic() < end: time.sleep(0.01)
print(*[text for text in came if not text.endswith(' and the end')], sep='\n', end='')
print(came[-1] if came[-1] != '20000 bytes and the end' else
    'more descriptors: %d' % (descriptors() - before))"
    case $output in
    'more descriptors: 0') ;;
    'more descriptors: '*) reject "After a call that has failed, a descriptor is left behind." \
        "as many descriptors as before" \
        "$output, after these calls have failed: $(grep ' E' "$DIR/calls" | xargs)" "$LOOK" ;;
    *) reject "A call that fails for one client ends the server, or cuts off others." \
        "a client for which a call fails sees the end, and the next ones get the file" \
        "$output; these calls have failed: $(grep ' E' "$DIR/calls" | xargs)" \
        "which of the calls is about one client only?" ;;
    esac
    closed_once "close(): on Linux the number is free even if it fails with EINTR"
}
