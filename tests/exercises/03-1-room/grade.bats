#!/usr/bin/env bats
# 03-1: the room that is left in a backlog, and sockets that are left as they were.

load ../grader
load ../clients
load ../evidence

LESSON='03-listen/README.md, "Break it": Fill the backlog'

# full_server - the server of stage 03: room for 6, and it accepts no client.
full_server() {
    borrow 03-listen/server
    start server "$borrowed" "$path"
    await server "press Enter"
}

# fill ROOM WHY - the program prints that number, and waits for Enter.
fill() {
    program room "$path"
    if ! await room "press Enter" 2>/dev/null; then
        HANGS="It waits for room, and nothing makes room." \
            HANGS_LOOK="$LESSON: a connect() that must not wait" finish room
        [ "$status" -eq 0 ] || reject "It takes a full backlog for a failure." \
            "room     $1 ($2)" "$output (exit status $status)" \
            "$LESSON; the errno of a connect() that finds no room: man 2 connect"
        reject "It exits before you press Enter: its clients are gone." "room     $1
         press Enter to exit" "$output (exit status $status)" "main()"
    fi
    text_of "$PLAY/room.out" stdout
    played room
    [[ $1 -lt 4 || $output != "room     1"$'\n'* ]] ||
        reject "It has tried one client, and no more." \
            "room     $1 ($2)" "$output" "count_room(): go on until a client finds no room"
    [ "$stdout" = "room     $1"$'\n'"         press Enter to exit" ] ||
        reject "Its number is not the number of clients that found room." \
            "room     $1 ($2), on standard output" \
            "standard output: ${stdout:-nothing}"$'\n'"both: $output" \
            "count_room(): which of your clients are in the queue?"
    probe
    [[ $probe == full || $OSTYPE != linux* ]] ||
        reject "It prints the number without being the clients." \
            "a full backlog afterwards: the next client gets EAGAIN" "$probe" \
            "count_room(): the clients have to connect
to see it: ss -xl | grep hello.sock, while it waits for Enter"
}

# leave - Enter ends the program.
leave() {
    press room
    finish room
    [ "$status" -eq 0 ] ||
        reject "It fails at its end." "exit status 0" "$output (exit status $status)" "main()"
}

# counted ROOM WHY
counted() {
    fill "$1" "$2"
    leave
}

# fails TEXT MESSAGE TRY - the program prints that reason, no number, and fails.
fails() {
    program room "$path"
    eof room
    finish room
    [[ $stdout != *"room  "* ]] || reject "$2" "room: ...: $1, no number, and exit status 1" \
        "$output (exit status $status)" "find_room(): one errno is a full backlog, the others are \
for die()
to see it: $3"
    [[ "$status $stderr" == "1 "*"$1"* ]] ||
        reject "The reason for its failure is not printed: $1." \
            "room: ...: $1 on standard error, and exit status 1" \
            "standard error: ${stderr:-nothing} (exit status $status)" "die(): what has errno then?
to see it: $3"
}

@test "03-1: a server with a backlog of 5 has room for 6 clients" {
    full_server
    counted 6 "Linux takes one more than the backlog"
}

@test "03-1: when there is no room, it prints 0 and does not wait" {
    full_server
    counted 6 "Linux takes one more than the backlog"
    counted 0 "the first six are still in the queue"
}

@test "03-1: other clients take room too" {
    full_server
    borrow 05-connect/client
    start one "$borrowed" "$path"
    await one "connect "
    start two "$borrowed" "$path"
    await two "connect "
    counted 4 "two other clients are in the queue"
}

@test "03-1: as many clients as it prints are really in the queue" {
    need Linux
    start server python3 -Suc 'import socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(11)
print("listens", flush=True)
sys.stdin.readline()
listener.setblocking(False)
count = 0
try:
    while True:
        listener.accept()
        count += 1
except BlockingIOError: print("accepted", count)' "$path"
    await server listens
    fill 12 "the backlog of this server is 11"
    press server
    await server "accepted "
    [ "$line" = "accepted 12" ] || reject "It prints more clients than there are in the queue." \
        "12 connections in the queue of the server" "$line" "count_room(): count what has connected"
    leave
}

@test "03-1: it does not wait for room, not even for a moment" {
    full_server
    inject connect:7:stop # the call that finds no room
    program room "$path"
    if stopped room; then
        sockets room
        # Only a socket in this mode does not wait.
        [[ $sockets == *" unconnected non-blocking "* ]] ||
            reject "It waits for room, if only for a moment." \
                "connect() with O_NONBLOCK in the flags of the descriptor" \
                "descriptor, state, mode:"$'\n'"$(cut -d ' ' -f 1-3 <<<"$sockets")" \
                "man 2 connect: EAGAIN
to see it: strace -r ./room hello.sock"
        send CONT room
    fi
}

@test "03-1: afterwards the flags of the descriptors are what they were" {
    need Linux
    full_server
    fill 6 "Linux takes one more than the backlog"
    sockets room
    [ "$(grep -c " connected " <<<"$sockets")" -eq 6 ] ||
        reject "Its clients do not stay connected until Enter." "6 connected sockets" \
            "${sockets:-none}" "count_room(): what closes them?
to see it: ls -l /proc/\$(pgrep -x room)/fd"
    [[ $sockets == *" connected non-"* || $sockets != *non-blocking* ]] ||
        reject "O_NONBLOCK is left set on a client that found no room." \
            "each socket blocking, as it was made" \
            "descriptor, state, mode:"$'\n'"$(cut -d ' ' -f 1-3 <<<"$sockets")" \
            "find_room(): F_SETFL with the old flags, on every way out
to see it: grep flags /proc/\$(pgrep -x room)/fdinfo/*"
    [[ $sockets != *non-blocking* ]] || reject "O_NONBLOCK is left set." \
        "each socket blocking, as it was made" \
        "descriptor, state, mode:"$'\n'"$(cut -d ' ' -f 1-3 <<<"$sockets")" \
        "find_room(): F_SETFL with the flags that F_GETFL returned, on every way out
to see it: grep flags /proc/\$(pgrep -x room)/fdinfo/*"
    ! grep -qv ' \(0\.0\|?\)$' <<<"$sockets" || reject "A time limit is left on its sockets." \
        "SO_SNDTIMEO 0: a later write() waits as long as it takes" \
        "descriptor, state, mode, limit in ms:"$'\n'"$sockets" "find_room(): undo what you set"
    leave
}

@test "03-1: if there is no server, it prints that and fails" {
    fails "No such file or directory" "There is no server, but it takes that for a full backlog." \
        "./room no.sock"
}

@test "03-1: if the server does not listen, it prints that and fails" {
    borrow 02-bind/server
    start server "$borrowed" "$path"
    await server "press Enter"
    fails "Connection refused" "The server does not listen, but it takes that for a full backlog." \
        "./room hello.sock, with ../../02-bind/server hello.sock"
}

@test "03-1: if it runs out of descriptors, it prints that and fails" {
    full_server
    inject socket:4:EMFILE
    fails "Too many open files" "It runs out of descriptors, and calls that a full backlog." \
        "(ulimit -n 6; ./room hello.sock)"
}

@test "03-1: if a connect() in the middle fails, it prints that and fails" {
    full_server
    inject connect:3:EACCES
    fails "Permission denied" "A connect() is not permitted, and it calls that a full backlog." \
        "strace -e inject=connect:error=EACCES:when=3 ./room hello.sock"
    inject connect:3:EPROTO
    fails "Protocol error" "It takes a failure that it does not know for a full backlog." \
        "strace -e inject=connect:error=EPROTO:when=3 ./room hello.sock"
}

@test "03-1: descriptor 0 is as good as any other" {
    full_server
    # Enter cannot come: the descriptor is a client.
    REDIRECT='<&-' program room "$path"
    await room "press Enter" 2>/dev/null || finish room
    played room
    [[ $output == "room     6"$'\n'* ]] ||
        reject "It takes descriptor 0 for a failure." \
            "room     6, when standard input is closed" "$output" \
            "the result of socket(): only -1 is a failure
to see it: ./room hello.sock <&-"
}

@test "03-1: if the flags cannot be read or set, it prints that and fails" {
    local call
    full_server
    for call in 1 2 3; do
        inject "fcntl:$call:EIO" "$DIR/calls"
        program room "$path"
        eof room
        finish room 2>/dev/null || true
        # A program that does not make this call has nothing to report.
        ! grep -qs 'fcntl EIO' "$DIR/calls" ||
            [[ $status -eq 1 && $stderr == *"Input/output error"* && $stdout != *"room  "* ]] ||
            reject "A failure of fcntl() goes unnoticed." \
                "room: fcntl: ...: Input/output error, if call $call of fcntl() fails" \
                "${output:-nothing printed} (exit status $status)" \
                "find_room(): the result of each fcntl()
to see it: strace -e inject=fcntl:error=EIO:when=$call ./room hello.sock"
        rm -f "$DIR/calls"
    done
}
