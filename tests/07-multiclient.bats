#!/usr/bin/env bats
# 07-multiclient: many clients at the same time, by poll, fork and threads; the
# client; and what the complete server does that the small ones do not.

load helper
setup() { open_stage; }
teardown() { close_stage; }

folder=$ROOT/07-multiclient
client=$folder/client
small="server-fork server-thread"

# start_server [PROGRAM] - one that listens on "$DIR/s".
start_server() {
    start server "$folder/${1:-server}" "$DIR/s"
    await server "listen "
}

# leave_by SIGNAL - the server ends by it, with status 0, and takes its name.
leave_by() {
    send "$1" server
    finish server
    [ "$status" -eq 0 ] || complain "exit status 0" "$status" "$1"
    [ ! -e "$DIR/s" ] || complain "no $DIR/s" "it is there" "$1"
}

# crowd COUNT - that many clients are connected at once; each sends its own
# bytes and gets them back, twice, in another order.
crowd() {
    python "
count = int(sys.argv[2])
all = [connect() for _ in range(count)]
for turn in range(2):
    for n, s in enumerate(all): s.sendall(b'client %d turn %d' % (n, turn))
    for n, s in reversed(list(enumerate(all))):
        want = b'client %d turn %d' % (n, turn)
        got = b''
        while len(got) < len(want): got += s.recv(100)
        if got != want: sys.exit('%r came to the client of %r' % (got, want))
print(count, 'served')" "$DIR/s" "$1"
}

@test "07: it serves many at once: an idle client does not make the next one wait (all three servers)" {
    for program in server $small; do
        start_server "$program"
        start first "$client" "$DIR/s"
        type_in first one
        await first one
        run "$client" "$DIR/s" <<<"two"
        expect "two"
        type_in first "one again"
        await first "one again"
        eof first
        finish first
        [ "$status" -eq 0 ]
        leave_by TERM
        rm -f "$DIR/s.lock"
    done
}

@test "07: 1,000 clients at once, each gets its own bytes back (poll)" {
    need python3
    start_server
    run crowd 1000
    expect "1000 served"
    leave_by TERM
}

@test "07: 100 clients at once, each gets its own bytes back (fork, threads)" {
    need python3
    for program in $small; do
        start_server "$program"
        run crowd 100
        expect "100 served"
        leave_by INT
    done
}

@test "07: 100 MiB through the client come back the same" {
    start_server
    head -c 104857600 /dev/urandom >"$DIR/sent"
    "$client" "$DIR/s" <"$DIR/sent" >"$DIR/back"
    same "$DIR/sent" "$DIR/back"
    leave_by TERM
}

@test "07: sizes around the buffers, and every byte value, come back the same (all three servers)" {
    for program in server $small; do
        start_server "$program"
        for size in 0 1 4095 4096 4097 65535 65536 65537 1048576; do
            head -c "$size" /dev/urandom >"$DIR/sent"
            "$client" "$DIR/s" <"$DIR/sent" >"$DIR/back"
            same "$DIR/sent" "$DIR/back"
        done
        leave_by HUP
    done
}

@test "07: fork: children are reaped, and no process keeps a descriptor that is not its own" {
    need Linux python3
    start_server server-fork
    crowd 50
    start guest "$client" "$DIR/s"
    type_in guest hello
    await guest hello
    local parent child
    parent=$(pid server)
    child=$(pgrep -P "$parent")
    [ "$(wc -w <<<"$child")" -eq 1 ] || complain "one child, no zombie" "$(ps -o pid,state,cmd --ppid "$parent")" server
    [ "$(readlink "/proc/$parent"/fd/* | grep -c socket)" -eq 1 ]
    [ "$(readlink "/proc/$child"/fd/* | grep -c socket)" -eq 1 ]
    eof guest
    finish guest
    leave_by TERM
}

@test "07: thread: 20 clients at the same instant, and each thread has its own" {
    need python3
    start_server server-thread
    for _ in 1 2 3 4 5; do
        run crowd 20
        expect "20 served"
    done
    [ "$(uname)" != Linux ] || [ "$(readlink "/proc/$(pid server)"/fd/* | grep -c socket)" -eq 1 ]
    leave_by TERM
}

@test "07: a client that does not read is not read from, and the others do not notice" {
    need python3
    start_server
    start rude python3 -uc "
import socket
s = socket.socket(socket.AF_UNIX)
s.connect('$DIR/s')
s.settimeout(5)
total = 0
s.setblocking(False)
import select
while select.select([], [s], [], 0.5)[1]:
    total += s.send(bytes(65536))
print('stuck after', total)
input()
s.setblocking(True)
s.shutdown(socket.SHUT_WR)
back = 0
while piece := s.recv(65536): back += len(piece)
print('all back' if back == total else 'lost %d' % (total - back))"
    await rude "stuck after"
    run "$client" "$DIR/s" <<<"hello"
    expect "hello"
    press rude
    await rude "all back"
    finish rude
    leave_by TERM
}

@test "07: clients that vanish in the middle do not end it" {
    need python3
    start_server
    python "
for n in range(50):
    s = connect()
    s.setblocking(False)
    try:
        while True: s.send(bytes(65536))
    except BlockingIOError: pass
    s.close()" "$DIR/s"
    run "$client" "$DIR/s" <<<"hello"
    expect "hello"
    leave_by TERM
    [ "$(grep -c '^accept ' <<<"$output")" -eq 51 ]
    [ "$(grep -c '^close ' <<<"$output")" -eq 52 ]
}

@test "07: SIGINT, SIGTERM and SIGHUP: status 0, the path is gone, the lock file stays" {
    for signal in INT TERM HUP; do
        start_server
        leave_by "$signal"
        [ -f "$DIR/s.lock" ]
    done
}

@test "07: leaving answers what was sent, and then the client reads a clean end" {
    need python3
    start_server
    start guest python3 -uc "
import socket
s = socket.socket(socket.AF_UNIX)
s.connect('$DIR/s')
s.sendall(b'hello')
print(s.recv(100).decode())
input()
s.sendall(bytes(200000))
print('sent')
back = 0
while piece := s.recv(65536): back += len(piece)
print('then', back, 'and the end')"
    await guest hello
    send STOP server
    press guest
    await guest sent
    send TERM server
    send CONT server
    await guest "then 200000 and the end"
    finish server
    [ "$status" -eq 0 ]
}

@test "07: a client in the queue at the end is still answered" {
    need python3
    start_server
    send STOP server
    start guest "$client" "$DIR/s"
    type_in guest hello
    asleep guest
    send TERM server
    send CONT server
    await guest hello
    finish server
    [ "$status" -eq 0 ]
}

@test "07: a second server on the path is refused, and the first one still answers" {
    start_server
    inode=$(ls -i "$DIR/s")
    refuses 1 "server: bind: $DIR/s: Address already in use" "$folder/server" "$DIR/s"
    [[ $output == *"in use by process $(pid server)"* ]]
    [ "$(ls -i "$DIR/s")" = "$inode" ]
    run "$client" "$DIR/s" <<<"hello"
    expect "hello"
    leave_by TERM
}

@test "07: after kill -9 the next server takes the path over" {
    for _ in 1 2 3 4 5; do
        start_server
        send KILL server
        finish server
        [ -S "$DIR/s" ]
    done
    start_server
    run "$client" "$DIR/s" <<<"hello"
    expect "hello"
    leave_by TERM
}

@test "07: a live stranger's socket, which knows no lock, is refused and goes on" {
    start stranger "$ROOT/03-listen/server" "$DIR/s"
    await stranger "press Enter"
    run "$folder/server" "$DIR/s"
    [ "$status" -eq 1 ]
    [[ $output == *"server: connect: $DIR/s: Address already in use"* ]]
    run "$ROOT/05-connect/client" "$DIR/s" </dev/null
    [ "$status" -eq 0 ]
}

@test "07: a file, a folder, a link in place of the path: refused and left as they are" {
    echo precious >"$DIR/file"
    mkdir "$DIR/folder"
    ln -s file "$DIR/link"
    ln -s nowhere "$DIR/dangling"
    touch "$DIR"/{file,folder,link,dangling}.lock
    for name in file folder link dangling; do
        refuses 1 "server: bind: $DIR/$name: File exists" "$folder/server" "$DIR/$name"
    done
    [ "$(cat "$DIR/file")" = precious ]
}

@test "07: the path is 0600 whatever the umask, and the umask is given back" {
    (umask 000 && exec "$folder/server" "$DIR/s" >"$DIR/out" 3>&- 4>&-) &
    local process=$!
    until grep -q listen "$DIR/out"; do :; done
    [[ $(ls -l "$DIR/s") == srw-------* ]]
    [ "$(uname)" != Linux ] || [[ $(grep Umask "/proc/$process/status") == *0000 ]]
    kill "$process"
    wait "$process"
}

@test "07: fork and thread are 06 at the start: an existing name is an error and stays" {
    start_server
    for program in $small; do
        refuses 1 "server: bind: $DIR/s: Address already in use" "$folder/$program" "$DIR/s"
    done
    leave_by TERM
}

@test "07: the client: no input, no output, status 0" {
    start_server
    run "$client" "$DIR/s" </dev/null
    [ "$status" -eq 0 ]
    expect ""
    leave_by TERM
}

@test "07: the client: it tells a server that left early from one that finished" {
    start_server
    start guest "$client" "$DIR/s"
    type_in guest hello
    await guest hello
    send KILL server
    finish server
    finish guest
    [ "$status" -eq 1 ]
    expect "hello
client: the server left: 6 of 6 bytes came back"
}

@test "07: the client: it names what is wrong with the path" {
    refuses 1 "client: connect: $DIR/s: No such file or directory" "$client" "$DIR/s"
    start stranger "$ROOT/02-bind/server" "$DIR/s"
    await stranger "press Enter"
    refuses 1 "client: connect: $DIR/s: Connection refused" "$client" "$DIR/s"
    long=$DIR/$(printf 'a%.0s' $(seq 150))
    refuses 1 "the longest path that fits" "$client" "$long"
    refuses 1 "the longest path that fits" "$folder/server" "$long"
}

@test "07: the client: an output that closes or takes nothing ends it" {
    need Linux
    start_server
    run bash -c "yes | '$client' '$DIR/s' 2>/dev/null | head -n 1"
    expect "y"
    run bash -c "'$client' '$DIR/s' <<<hello >/dev/full"
    [ "$status" -eq 1 ]
    expect "client: write: standard output: No space left on device"
    leave_by TERM
}

@test "07: the client with -v tells its calls, the server with -q nothing" {
    start server "$folder/server" -q "$DIR/s"
    until [ -S "$DIR/s" ] && "$client" "$DIR/s" </dev/null 2>/dev/null; do :; done
    run alone "$client" -v "$DIR/s" </dev/null
    expect "socket   descriptor 3
connect  descriptor 3
shutdown descriptor 3
close    descriptor 3"
    send TERM server
    finish server
    [ "$status" -eq 0 ]
    expect ""
}

@test "07: socat and nc are clients like any other" {
    need socat nc
    start_server
    run socat -t 5 - "UNIX-CONNECT:$DIR/s" <<<"hello from socat"
    expect "hello from socat"
    run nc -N -U "$DIR/s" <<<"hello from nc"
    expect "hello from nc"
    leave_by TERM
    start server socat "UNIX-LISTEN:$DIR/s" PIPE
    until [ -S "$DIR/s" ]; do :; done
    until run "$client" "$DIR/s" <<<"hello" && [[ $output != *refused* ]]; do :; done
    expect "hello"
}

@test "07: wrong usage: status 2, nothing made" {
    refuses 2 "usage: $folder/server [-q] PATH" "$folder/server"
    refuses 2 "usage: $folder/server [-q] PATH" "$folder/server" ""
    refuses 2 "usage: $folder/server [-q] PATH" "$folder/server" -x "$DIR/s"
    refuses 2 "usage: $folder/server [-q] PATH" "$folder/server" "$DIR/s" 1
    refuses 2 "usage: $client [-v] PATH" "$client"
    refuses 2 "usage: $client [-v] PATH" "$client" ""
    refuses 2 "usage: $client [-v] PATH" "$client" -v
    for program in $small; do
        refuses 2 "usage: $folder/$program PATH" "$folder/$program"
        refuses 2 "usage: $folder/$program PATH" "$folder/$program" ""
        refuses 2 "usage: $folder/$program PATH" "$folder/$program" "$DIR/s" 1
    done
}
