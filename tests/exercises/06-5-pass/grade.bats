#!/usr/bin/env bats
# 06-5: an open file goes to another process, by SCM_RIGHTS.

load ../grader

MANUAL='man 3 cmsg, its example; man 7 unix, "SCM_RIGHTS"'

# Clients and servers in Python; all that they say is printed.
PEER='
import array, os, socket, sys
path, patience = sys.argv[1], float(sys.argv[2])
s = socket.socket(socket.AF_UNIX)
s.settimeout(patience)
def client():
    s.connect(path)
    return s
def server():
    s.bind(path)
    os.chmod(path, 0o777)
    s.listen()
    print("listen", flush=True)
    return s.accept()[0]
def take():
    try: data, beside, _, _ = client().recvmsg(5000, socket.CMSG_SPACE(4))
    except OSError as error: return print("error", error.strerror)
    if not beside: return print("bytes", data)
    print("file", os.read(array.array("i", beside[0][2][:4])[0], 100))
def give(data, *files):
    beside = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))]
    server().sendmsg([data], beside if files else [])
'

# A file that only we can open: what comes out of it has come by descriptor.
setup_secret() {
    printf 'the words\n' >"$DIR/secret"
    chmod "$1" "$DIR/secret"
}

# gives - it gives the file to a client of ours: sets $played.
gives() {
    setup_secret 644
    program giver give "$path" "$DIR/secret"
    await giver listen ||
        reject "The giver does not listen." "listen   $path" "$(said giver)" "give()"
    plainly start client python3 -Suc "${PEER}take()" "$path" "$((LIMIT / 2 + 1))"
    finish client
    played=$output
    finish giver
}

# takes CODE - it takes from a server of ours: $output, $status.
takes() {
    plainly start server python3 -Suc "$PEER$1" "$path" "$((LIMIT / 2 + 1))"
    await server listen
    program taker take "$path"
    type_in taker "from standard input"
    eof taker
    finish taker
}

@test "06-5: it gives an open file" {
    gives
    case $played in
    "file b'the words\\n'") ;;
    "bytes b''" | error*) reject "It gives nothing at all." "a file, and one byte of data" \
        "$played" \
        "give_descriptor(): a control message travels with data, one byte at least. $MANUAL" ;;
    "bytes b'the words"*) reject "It gives a copy of the bytes in the file." \
        "the open file itself" "$played" \
        "give_descriptor(): SCM_RIGHTS. $MANUAL" ;;
    bytes*) reject "What it gives is no file, but bytes." "a control message: SCM_RIGHTS" \
        "$played" \
        "give_descriptor(): sendmsg(). $MANUAL" ;;
    *) reject "What it gives is not the file." "a client that can read: the words" "$played" \
        "give_descriptor(). $MANUAL" ;;
    esac
    [ "$status" -eq 0 ] ||
        reject "The giver does not end well." "exit status 0" "$output (exit status $status)" \
        "give()"
}

@test "06-5: it takes an open file, and reads from where the giver was" {
    setup_secret 600
    takes "
file = os.open('$DIR/secret', os.O_RDONLY)
os.read(file, 4)
give(b'F', file)"
    [[ $output == words && $status -eq 0 ]] ||
        reject "It reads from something else than what it was given." \
            "words: the giver has read the first 4 bytes, the rest is left (exit status 0)" \
            "${output:-nothing} (exit status $status)" \
            "take_descriptor(): the file has a new number here, at CMSG_DATA. $MANUAL"
}

@test "06-5: it takes what has no name" {
    takes "
reader, writer = os.pipe()
os.write(writer, b'by a pipe')
os.close(writer)
give(b'F', reader)"
    [[ $output == "by a pipe" && $status -eq 0 ]] ||
        reject "It cannot take a pipe." "by a pipe (exit status 0)" \
            "${output:-nothing} (exit status $status)" \
            "take_descriptor(): a descriptor can stand for something that has no name"
}

@test "06-5: a message without a file is an error" {
    takes "give(b'F')"
    [[ $status -eq 1 && $output == "pass: take: "* ]] ||
        reject "It takes a file where none has come." \
            "pass: take: $path: Protocol error (exit status 1)" \
            "${output:-nothing} (exit status $status)" \
            "take_descriptor(): CMSG_FIRSTHDR is NULL where nothing came"
    rm -f "$path"
    takes "server().close()"
    [[ $status -eq 1 && $output == "pass: take: "* ]] ||
        reject "It takes a file although the giver has gone." \
            "pass: take: $path: an error (exit status 1)" \
            "${output:-nothing} (exit status $status)" \
            "take_descriptor(): recvmsg() returns 0 at the end"
}

@test "06-5: both sides of it understand each other" {
    setup_secret 644
    program giver give "$path" "$DIR/secret"
    await giver listen
    program taker take "$path"
    eof taker
    finish taker
    [[ $output == "the words" && $status -eq 0 ]] ||
        reject "Its two sides do not understand each other." "the words (exit status 0)" \
            "$output (exit status $status)" "give_descriptor(), take_descriptor()"
    finish giver
}
