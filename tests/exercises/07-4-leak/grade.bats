#!/usr/bin/env bats
# 07-4: a server that sends a file to everybody, and keeps no descriptor.

load ../grader
load ../clients

SIZE=600000 # bytes of the file: more than waits in a connection
export DESCRIPTORS=40

LOOK='ls -l /proc/PID/fd, or lsof -p PID, while it runs'

# serve_file - the server has 40 descriptors; sixty clients are too many for it,
# if it loses one for each.
serve_file() {
    head -c "$SIZE" /dev/zero | tr '\0' x >"$DIR/file"
    serve "$DIR/file"
}

@test "07-4: a client is sent the file, and then the end" {
    serve_file
    play "
s = connect()
print(get(s, $SIZE + 1))"
    [ "$output" = "$SIZE bytes and the end" ] ||
        reject "A client does not get the file." "$SIZE bytes and the end" "$output" "send_piece()"
}

@test "07-4: when one client is done, the others go on" {
    serve_file
    play "
a, b, c = connect(), connect(), connect()
for s in a, b, c: get(s, 1)
a.close()
get(b, $SIZE), get(b, 1)
print(get(c, $SIZE - 1), '/', get(c, 1))"
    [ "$output" = "$((SIZE - 1)) bytes /  and the end" ] ||
        reject "When one client leaves, another one is cut off." \
            "the third client gets $SIZE bytes, and the end" "$output" \
            "forget(): which client is in that entry, before and after?"
}

@test "07-4: sixty clients one after another get it, with 40 descriptors" {
    serve_file
    play "
for n in range(60):
    s = connect()
    came = get(s, $SIZE), get(s, 1)
    if came != ('$SIZE bytes', ' and the end'): sys.exit(print('number', n + 1, 'gets', *came))
print('all get it')"
    [ "$output" = "all get it" ] || reject "Clients that have got all leave descriptors behind." \
        "all get it" "$output" "$LOOK"
}

@test "07-4: sixty clients that leave early do not cost anything" {
    serve_file
    play "
for n in range(60):
    s = connect()
    if get(s, 1) != 'x': sys.exit(print('number', n + 1, 'gets nothing'))
    s.close()
print(get(connect(), $SIZE))"
    [ "$output" = "$SIZE bytes" ] ||
        reject "A client that leaves before it has got all leaves descriptors behind." \
        "after sixty of them, the next one gets $SIZE bytes" "$output" \
        "$LOOK; then: what if write() fails?"
}

@test "07-4: a client for whom there is no file sees the end, and costs nothing" {
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
    # The next ones may wait in its queue already when it ends.
    failed* | 'number '[1-9]' gets  and then: '*reset*) set -- \
        "Where there is no file for a client, it ends for all." ;;
    *) set -- "A client for whom there is no file leaves its descriptor behind." ;;
    esac
    reject "$1" "the end for sixty clients; when the file is there, the next one gets it" \
        "$output" \
        "take_client(): both ways out, when open() fails"
}

@test "07-4: no descriptor is closed twice" {
    inject "" "$DIR/calls"
    serve_file
    play "
get(connect(), $SIZE + 1)
s = connect()
get(s, 1)
s.close()
os.rename('$DIR/file', '$DIR/away')
get(connect(), 1)
os.rename('$DIR/away', '$DIR/file')
print(get(connect(), $SIZE + 1))"
    closed_once "forget() and its callers: which of them closes?"
}
