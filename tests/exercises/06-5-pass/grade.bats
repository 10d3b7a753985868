#!/usr/bin/env bats
# 06-5: an open file passes to another process, by SCM_RIGHTS.

load ../grader
load ../clients

MANUAL='man 3 cmsg, the example; man 7 unix, "SCM_RIGHTS"'

# Clients and servers in Python. take(file) prints what a giver has sent: one descriptor of
# this file, or else what it was. server() is a giver; give() sends data and descriptors.
PEER='
import array, stat
def take(file):
    try:
        s = connect()
        data, beside, _, _ = s.recvmsg(5000, socket.CMSG_SPACE(64))
    except OSError as error: return print("error", error)
    if not beside: return print("bytes", data)
    files = array.array("i")
    for level, kind, rights in beside:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS): files.frombytes(rights)
    if len(files) != 1: return print("descriptors:", len(files))
    one, other = os.fstat(files[0]), os.stat(file)
    if (one.st_dev, one.st_ino) != (other.st_dev, other.st_ino):
        return print("another file,", "a socket" if stat.S_ISSOCK(one.st_mode) else "no socket")
    print("file", os.read(files[0], 100))
def server():
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(float(sys.argv[2]))
    s.bind(path)
    os.chmod(path, 0o777)
    s.listen()
    print("listen", flush=True)
    client = s.accept()[0]
    client.settimeout(float(sys.argv[2]))
    return client
def give(data, *files):
    s = server()
    beside = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))]
    s.sendmsg([data], beside if files else [])
    return s
'

# A file that a program as USER_ID can open only with MODE 644: with 600, what it reads
# can only have come by descriptor.
words_with() {
    printf 'the words\n' >"$DIR/words"
    chmod "$1" "$DIR/words"
}

# starts_giver - it gives the file at $path.
starts_giver() {
    words_with 644
    program giver give "$path" "$DIR/words"
    await giver listen 2>/dev/null ||
        reject "The giver does not listen." "listen   $path" "$(said giver)" "give()"
}

# takes CODE - it takes from a server of ours: $output, $stdout, $stderr, $status.
takes() {
    rm -f "$path"
    plainly start server python3 -Suc "import os, socket, sys
path = sys.argv[1]
$PEER$1" "$path" "$((LIMIT + 1))"
    await server listen
    program taker take "$path"
    type_in taker "from standard input"
    eof taker
    HANGS="The taker does not exit: it had to be killed." \
        HANGS_LOOK="take_descriptor(): one recvmsg() is enough; it must not wait for more" \
        finish taker
}

# took TEXT MESSAGE LOOK - it has printed this, and succeeded.
took() {
    [[ $stdout == "$1" && $status -eq 0 && -z $stderr ]] ||
        reject "$2" "$1 (exit status 0)" "${output:-nothing} (exit status $status)" "$3"
}

# did_not_take REASON MESSAGE LOOK - it has reported that it got no file.
did_not_take() {
    [[ $status -eq 1 && -z $stdout && $stderr == "pass: take: "* ]] ||
        reject "$2" "pass: take: $path: $1 (exit status 1)" \
            "${output:-nothing} (exit status $status)" "$3"
}

@test "06-5: it gives an open file" {
    starts_giver
    play "${PEER}take(sys.argv[2])" "$DIR/words"
    played=$output
    finish giver
    case $played in
    "file b'the words\\n'") ;;
    "bytes b''" | error*) reject "It gives nothing at all." "an open file, and one byte of data" \
        "$played
$output (exit status $status)" \
        "give_descriptor(): a control message travels with data, one byte at least. $MANUAL" ;;
    "bytes b'the words"*) reject "It gives a copy of the bytes in the file." \
        "the open file itself" "$played" "give_descriptor(): SCM_RIGHTS. $MANUAL" ;;
    bytes*) reject "What it gives is not a file but bytes." "a control message: SCM_RIGHTS" \
        "$played" "give_descriptor(): sendmsg(). $MANUAL" ;;
    descriptors*) reject "It does not give exactly one descriptor." "one descriptor" "$played" \
        "give_descriptor(): cmsg_len says how many there are. CMSG_LEN leaves the padding out,
CMSG_SPACE counts it, and the padding makes another descriptor: 0. $MANUAL
See it: strace -e trace=sendmsg ./pass give hello.sock words" ;;
    another*) reject "It gives another descriptor than that of the file." "the file" "$played" \
        "give_descriptor(): which number goes to CMSG_DATA?" ;;
    *) reject "What it gives cannot be read from its beginning." "file b'the words\\n'" "$played" \
        "give_descriptor(): the position travels with the open file, so leave it as it is" ;;
    esac
    [[ $status -eq 0 && $stdout == *"give     $DIR/words" && ! -e $path ]] ||
        reject "The giver does not exit as it should." "give     $DIR/words (exit status 0)" \
            "$output (exit status $status)" "give()"
}

@test "06-5: a sendmsg() that fails is reported with its own reason" {
    inject "$(printf '%s,' sendmsg:1:ENOMEM sendmmsg:1:ENOMEM)write:1:ENOMEM"
    starts_giver
    play "${PEER}take(sys.argv[2])" "$DIR/words"
    finish giver
    [[ $status -eq 1 && $stderr == "pass: give: $DIR/words: Cannot allocate memory" ]] ||
        reject "A failed sendmsg() is not reported." \
            "pass: give: $DIR/words: Cannot allocate memory (exit status 1)" \
            "$output (exit status $status)" "give_descriptor(): check its result. Try:
strace -e trace=sendmsg -e inject=sendmsg:error=ENOMEM ./pass give hello.sock words"
}

@test "06-5: it takes an open file, and reads from where the giver was" {
    words_with 600
    takes "
file = os.open('$DIR/words', os.O_RDONLY)
os.read(file, 4)
give(b'F', file)"
    took words "It reads from something else than what it was given." \
        "take_descriptor(): here the file has a new number, which is at CMSG_DATA. The giver had
read the first 4 bytes; the position is that of the open file. $MANUAL"
}

@test "06-5: it takes what has no name" {
    takes "
reader, writer = os.pipe()
os.write(writer, b'by a pipe')
os.close(writer)
give(b'F', reader)"
    took "by a pipe" "It cannot take a pipe." \
        "take_descriptor(): a descriptor can stand for something that has no name"
}

@test "06-5: it takes the file although the giver stays connected" {
    words_with 600
    takes "give(b'F', os.open('$DIR/words', os.O_RDONLY)).recv(1)"
    took "the words" "It takes the file only after the giver has left." \
        "take_descriptor(): recvmsg() returns as soon as there is something"
}

@test "06-5: without a file, it reports a protocol error" {
    takes "give(b'F')"
    did_not_take "Protocol error" "It takes a file where none has come." \
        "take_descriptor(): CMSG_FIRSTHDR() is NULL if no control message has come. Try, as giver:
printf F | nc -lU hello.sock"
    [ "$stderr" = "pass: take: $path: Protocol error" ] ||
        reject "It does not say why there is no file: errno is not set." \
            "pass: take: $path: Protocol error" "$stderr" \
            "take_descriptor(): recvmsg() has not failed, so set errno yourself: EPROTO"
    takes "server().close()"
    did_not_take "Protocol error" "It takes a file although the giver has left." \
        "take_descriptor(): recvmsg() returns 0 at the end, and then there is no file"
    [ "$stderr" = "pass: take: $path: Protocol error" ] ||
        reject "It does not say that the giver has left: errno is not set." \
            "pass: take: $path: Protocol error" "$stderr" \
            "take_descriptor(): recvmsg() has not failed, so set errno yourself: EPROTO"
}

@test "06-5: a recvmsg() that fails is reported with its own reason" {
    inject recvmsg:1:ECONNRESET,recvmmsg:1:ECONNRESET,read:1:ECONNRESET
    takes "give(b'F')"
    [[ $status -eq 1 && $stderr == "pass: take: $path: Connection reset by peer" ]] ||
        reject "A failed recvmsg() is not reported as what it is." \
            "pass: take: $path: Connection reset by peer (exit status 1)" \
            "$output (exit status $status)" "take_descriptor(): look at -1 first. Try:
strace -e trace=recvmsg -e inject=recvmsg:error=ECONNRESET ./pass take hello.sock"
}

@test "06-5: its two sides understand each other" {
    starts_giver
    program taker take "$path"
    eof taker
    finish taker
    took "the words" "Its two sides do not understand each other." \
        "give_descriptor(), take_descriptor(): try both, in two terminals, as the task shows"
    finish giver
}
