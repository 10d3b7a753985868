#!/usr/bin/env bats
# What the complete servers must do, point by point, for server and for
# server-epoll alike. The number in brackets is the point's; those that need a
# call to fail are in faults.bats, those that take long in torture/.

load helper
setup() { open_stage; }
teardown() { close_stage; }

folder=$ROOT/07-multiclient
client=$folder/client
both="server server-epoll"

# answers - the path leads to a server that echoes.
answers() {
    run "$client" "$DIR/s" <<<"anybody there?"
    expect "anybody there?"
}

@test "07 (1): a fresh path serves a client" {
    for server in $both; do
        start_server "$server"
        answers
        leave_by TERM
    done
}

@test "07 (2): after kill -9 the next start takes the path over and serves" {
    for server in $both $both $both; do
        start_server "$server"
        answers
        send KILL server
        finish server
        [ -S "$DIR/s" ]
    done
    start_server server
    answers
    leave_by TERM
}

@test "07 (3): a second server is refused and says by whom; the first one keeps path and clients" {
    for server in $both; do
        start_server "$server"
        inode=$(ls -i "$DIR/s")
        for second in $both; do
            refuses 1 "server: bind: $DIR/s: Address already in use" "$folder/$second" "$DIR/s"
            [[ $output == *"in use by process $(pid server)"* ]]
        done
        [ "$(ls -i "$DIR/s")" = "$inode" ]
        answers
        leave_by TERM
    done
}

@test "07 (4): many starts at the same instant on a stale path: one owner, and the path leads to it" {
    for _ in 1 2 3; do
        start_server server
        send KILL server
        finish server
        run "$ROOT/tests/torture/race" "$DIR/s" 40 "$folder"/{server,server-epoll}
        expect "1 owner, and it answers"
    done
}

@test "07 (5): starts, TERMs and KILLs in ten loops on one path: never two alive, never one without its path" {
    run "$ROOT/tests/torture/loops" "$DIR/s" 10 1 "$folder"/{server,server-epoll}
    [[ $output == *"never two, never one without its path" ]] || complain "no violation" "$output" loops
}

@test "07 (6): a file, a folder, a link to either, a dangling link: refused, and left as they are" {
    echo precious >"$DIR/file"
    mkdir "$DIR/folder"
    ln -s file "$DIR/filelink"
    ln -s folder "$DIR/folderlink"
    ln -s nowhere "$DIR/dangling"
    touch "$DIR"/{file,folder,filelink,folderlink,dangling}.lock
    for server in $both; do
        for name in file folder filelink folderlink dangling; do
            refuses 1 "server: bind: $DIR/$name: File exists" "$folder/$server" "$DIR/$name"
        done
    done
    [ "$(cat "$DIR/file")" = precious ]
    [ "$(readlink "$DIR/dangling")" = nowhere ]
}

@test "07 (7): a live stranger's socket, which knows no lock, is refused and goes on" {
    for server in $both; do
        start stranger "$ROOT/03-listen/server" "$DIR/s"
        await stranger "press Enter"
        start second "$folder/$server" "$DIR/s"
        finish second
        [ "$status" -eq 1 ]
        [[ $output == *"server: connect: $DIR/s: Address already in use"* ]]
        run "$ROOT/05-connect/client" "$DIR/s" </dev/null
        [ "$status" -eq 0 ]
        press stranger
        finish stranger
        [ "$status" -eq 0 ]
    done
}

@test "07 (7): a stranger whose backlog is full is alive too" {
    need Linux python3
    for server in $both; do
        start stranger python3 -Suc "
import socket
s = socket.socket(socket.AF_UNIX)
s.bind('$DIR/s')
s.listen(0)
c = socket.socket(socket.AF_UNIX)
c.connect('$DIR/s')
print('full')
input()"
        await stranger full
        start second "$folder/$server" "$DIR/s"
        finish second
        [ "$status" -eq 1 ]
        [[ $output == *"Address already in use"* ]]
        send KILL stranger
        finish stranger
        rm "$DIR/s"
    done
}

@test "07 (9): a lock planted as a link is refused, and its target is not made" {
    ln -s "$DIR/target" "$DIR/s.lock"
    for server in $both; do
        refuses 1 "server: open: $DIR/s.lock: " "$folder/$server" "$DIR/s"
    done
    [ ! -e "$DIR/target" ]
}

@test "07 (10): an empty path is usage; the longest fits, a byte more names the limit and makes nothing" {
    local room long
    long=$DIR/$(printf 'a%.0s' $(seq 120))
    for server in $both; do
        refuses 2 "usage: " "$folder/$server" ""
        refuses 1 "the longest path that fits has " "$folder/$server" "$long"
        room=${output##*has }
        room=${room% bytes}
        refuses 1 "the longest path that fits" "$folder/$server" "${long:0:room+1}"
        refuses 1 "the longest path that fits" "$client" "${long:0:room+1}"
        start server "$folder/$server" "${long:0:room}"
        await server "listen "
        run "$client" "${long:0:room}" <<<hello
        expect hello
        send TERM server
        finish server
        [ "$status" -eq 0 ]
        rm "${long:0:room}.lock"
    done
    refuses 2 "usage: " "$client" ""
}

@test "07 (10): relative paths and spaces work" {
    cd "$DIR"
    for server in $both; do
        start server "$folder/$server" "a name"
        await server "listen "
        run "$client" "./a name" <<<hello
        expect hello
        send TERM server
        finish server
        [ "$status" -eq 0 ]
        [ ! -e "a name" ]
    done
}

@test "07 (11): the path is 0600 whatever the umask, and the process has its umask back" {
    for server in $both; do
        umask 000
        start_server "$server"
        umask 022
        [[ $(ls -l "$DIR/s") == srw-------* ]]
        [[ $(ls -l "$DIR/s.lock") == -rw-------* ]]
        [ "$(uname)" != Linux ] || [[ $(grep Umask "/proc/$(pid server)/status") == *0000 ]]
        leave_by TERM
    done
}

@test "07 (12): while the path is made, another user never gets in" {
    need root python3
    chmod 755 "$DIR"
    start intruder python3 -u "$ROOT/tests/torture/intruder.py" "$DIR/s"
    await intruder hammering
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        for server in $both; do
            start server bash -c "umask 000; exec '$folder/$server' '$DIR/s'"
            await server "listen "
            leave_by TERM
        done
    done
    press intruder
    finish intruder
    [[ $output == *"tries, 0 got in" ]]
}

@test "07 (13): no chmod of the path, and every descriptor is close-on-exec" {
    need Linux strace
    for server in $both; do
        start server strace -D -f -o "$DIR/trace" -e trace=chmod,fchmod,fchmodat "$folder/$server" "$DIR/s"
        await server "listen "
        run cat "$DIR/trace"
        expect ""
        send TERM server
        finish server
        start_server "$server"
        start guest "$client" "$DIR/s"
        await server "accept "
        for number in "/proc/$(pid server)"/fd/*; do
            case ${number##*/} in 0 | 1 | 2 | 10 | 251) continue ;; esac
            flags=$(awk '/^flags/ { print $2 }' "/proc/$(pid server)/fdinfo/${number##*/}")
            [ $((0$flags & 02000000)) -ne 0 ] || complain "close-on-exec" "$flags" "$number -> $(readlink "$number")"
        done
        eof guest
        finish guest
        leave_by TERM
    done
}

@test "07 (14): out of descriptors it lives, rests, serves whom it has, and takes the waiting when others leave" {
    need Linux python3
    for server in $both; do
        start server bash -c "ulimit -n 32; exec '$folder/$server' '$DIR/s'"
        await server "listen "
        start crowd python3 -Suc "
import socket
def connect():
    s = socket.socket(socket.AF_UNIX)
    s.connect('$DIR/s')
    s.settimeout(20)
    return s
all = [connect() for _ in range(100)]
for n, s in enumerate(all): s.send(b'%03d' % n)
print('first', all[0].recv(3).decode())
input()
for n in range(20): all[n].send(b'yes'); assert all[n].recv(3) == (b'yes' if n == 0 else b'%03d' % n)
for n in range(100):
    if n >= 20: assert all[n].recv(3) == b'%03d' % n
    all[n].close()
print('all served')"
        await crowd "first 000"
        before=$(awk '{ print $14 + $15 }' "/proc/$(pid server)/stat")
        run python "
import time
time.sleep(0.5)" "$DIR/s"
        after=$(awk '{ print $14 + $15 }' "/proc/$(pid server)/stat")
        [ $((after - before)) -le 3 ] || complain "at most 3 ticks (30 ms) of CPU in half a second" "$((after - before))" "$server"
        press crowd
        await crowd "all served"
        leave_by TERM
    done
}

@test "07 (16): 1,000 connections one after another leave no descriptor behind" {
    need Linux python3
    for server in $both; do
        start_quiet "$server"
        answers
        before=$(descriptors)
        python "
for n in range(1000):
    s = connect()
    s.send(b'x')
    assert s.recv(1) == b'x'
    s.close()" "$DIR/s"
        answers
        [ "$(descriptors)" -eq "$before" ]
        leave_by TERM
    done
}

@test "07 (18): sizes around the buffers and every byte value come back the same" {
    for server in $both; do
        start_server "$server"
        for size in 0 1 4095 4096 65535 65536 65537 1048576; do
            head -c "$size" /dev/urandom >"$DIR/sent"
            "$client" "$DIR/s" <"$DIR/sent" >"$DIR/back"
            same "$DIR/sent" "$DIR/back"
        done
        leave_by TERM
    done
}

@test "07 (18, 27): 100 MiB from a file, from a pipe, and to a slow reader come back the same" {
    need python3
    head -c 104857600 /dev/urandom >"$DIR/sent"
    for server in $both; do
        start_server "$server"
        "$client" "$DIR/s" <"$DIR/sent" >"$DIR/back"
        same "$DIR/sent" "$DIR/back"
        # The slow reader turns each piece round, and once more.
        # shellcheck disable=SC2002 # a pipe is what is tested
        cat "$DIR/sent" | "$client" "$DIR/s" | python3 -Sc "
import sys
while piece := sys.stdin.buffer.raw.read(1000000): sys.stdout.buffer.write(piece[::-1][::-1])" >"$DIR/back"
        same "$DIR/sent" "$DIR/back"
        leave_by TERM
    done
}

@test "07 (20): half close: send, shut down, then read everything, then the end" {
    need python3
    for server in $both; do
        start_server "$server"
        run python "
s = connect()
s.setblocking(False)
sent = 0
try:
    while True: sent += s.send(bytes(65536))
except BlockingIOError: pass
s.shutdown(socket.SHUT_WR)
s.setblocking(True)
back = 0
while piece := s.recv(65536): back += len(piece)
print('all' if back == sent else (sent, back))" "$DIR/s"
        expect all
        leave_by TERM
    done
}

@test "07 (21): a client that never reads costs one buffer at most; 100 of them, 100; the others are answered" {
    need Linux python3
    [ -z "${UDS_SANITIZED-}" ] || skip "sanitizers keep freed memory"
    for server in $both; do
        start_server "$server"
        answers
        for count in 1 100; do
            before=$(memory)
            start rude python3 -Suc "$STUCK" "$DIR/s" "$count"
            await rude stuck
            grown=$(($(memory) - before))
            [ "$grown" -le $((count * 68 + 64)) ] || complain "$((count * 68 + 64)) KiB at most" "$grown" "$server, $count clients"
            answers
            send KILL rude
            finish rude
            answers
        done
        leave_by TERM
    done
}

@test "07 (22): clients killed with data both ways, or that close without reading: it lives, descriptors freed" {
    need Linux python3
    for server in $both; do
        start_server "$server"
        answers
        before=$(descriptors)
        python "
for n in range(50):
    s = connect()
    s.setblocking(False)
    try:
        while n % 2 == 0: s.send(bytes(65536))
    except BlockingIOError: pass
    if n % 2: s.send(b'never read')
    s.close()" "$DIR/s"
        bash -c "head -c 100M /dev/zero | '$client' '$DIR/s'" 2>/dev/null | head -c 1000000 >/dev/null || true
        answers
        until [ "$(descriptors)" -eq "$before" ]; do answers; done
        leave_by TERM
    done
}

@test "07 (23): four clients at full speed do not starve one that asks now and then" {
    need python3
    for server in $both; do
        start_server "$server"
        for n in 1 2 3 4; do
            start "fast$n" bash -c "yes | '$client' '$DIR/s' | (read -r line; echo \"\$line\"; cat >/dev/null)"
            await "fast$n" y
        done
        run python "
s = connect()
for n in range(200):
    s.send(b'%03d' % n)
    assert s.recv(3) == b'%03d' % n
print('200 answers')" "$DIR/s"
        expect "200 answers"
        send KILL server
        for n in 1 2 3 4; do finish "fast$n"; done
        finish server
    done
}

@test "07 (24): a client that is stopped midway and goes on is complete; the others do not notice" {
    head -c 20000000 /dev/urandom >"$DIR/sent"
    mkfifo "$DIR/go"
    for server in $both; do
        start_server "$server"
        start slow bash -c "'$client' '$DIR/s' <'$DIR/sent' | (head -c 1000000; echo half >&2; read -r _ <'$DIR/go'; cat) >'$DIR/back'; echo done"
        await slow half
        answers
        echo >"$DIR/go"
        await slow "done"
        same "$DIR/sent" "$DIR/back"
        leave_by TERM
    done
}

@test "07 (25): 1,000 clients at once, each gets its own bytes" {
    need python3
    for server in $both; do
        start_quiet "$server"
        run crowd 1000
        expect "1000 served"
        leave_by TERM
    done
}

@test "07 (32): TERM, INT, HUP: status 0, the path gone, the lock file left (started in the background)" {
    for server in $both; do
        for signal in TERM INT HUP; do
            start_server "$server"
            answers
            leave_by "$signal"
            [ -f "$DIR/s.lock" ]
        done
    done
}

@test "07 (32): two signals before it looks, or an alarm that its starter has set: status 0, the path gone" {
    for server in $both; do
        start_server "$server"
        send STOP server
        send TERM server
        send HUP server
        leave_by CONT
        start_server "$server"
        leave_by ALRM
    done
}

@test "07 (33): replies still due are delivered, then a clean end" {
    need python3
    for server in $both; do
        start_server "$server"
        start guest python3 -Suc "
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
print('then', back, 'and the end')
input()
s.sendall(b'too late, and thrown away')"
        await guest hello
        send STOP server
        press guest
        await guest sent
        send TERM server
        send CONT server
        await guest "then 200000 and the end"
        asleep server # it half-closed, and waits for the guest to do the same
        press guest
        finish guest
        finish server
        [ "$status" -eq 0 ]
    done
}

@test "07 (33): 200 clients in the queue at the end are still answered" {
    need python3
    for server in $both; do
        start_quiet "$server"
        send STOP server
        start guests python3 -Suc "
import socket
all = [socket.socket(socket.AF_UNIX) for _ in range(200)]
for s in all:
    s.connect('$DIR/s')
    s.send(b'hello')
print('queued')
for s in all:
    s.shutdown(socket.SHUT_WR)
    assert (s.recv(10), s.recv(10)) == (b'hello', b'')
print('all answered')"
        await guests queued
        send TERM server
        send CONT server
        await guests "all answered"
        finish server
        [ "$status" -eq 0 ]
    done
}

@test "07 (33): server-epoll -w: a worker that leaves does not mind a client who comes at that moment" {
    need Linux
    start server "$folder/server-epoll" -w 2 "$DIR/s"
    await server "listen "
    ln "$DIR/s" "$DIR/other" # its name goes at the signal; by this one a client still comes
    worker=$(pgrep -P "$(pid server)")
    kill -STOP "$worker"
    send TERM server
    await server "close "
    start guest "$client" "$DIR/other"
    type_in guest hello
    asleep guest
    kill -CONT "$worker"
    await guest hello
    finish guest
    finish server
    [ "$status" -eq 0 ]
}

@test "07 (33): while a client that never reads delays the end, a second signal ends it at once" {
    need python3
    for server in $both; do
        variant "07-multiclient/$server.c" 's/define PATIENCE 2 /define PATIENCE 600 /'
        start server "$DIR/variant" "$DIR/s"
        await server "listen "
        start rude python3 -Suc "$STUCK" "$DIR/s" 1
        await rude stuck
        send TERM server
        until [ ! -e "$DIR/s" ]; do :; done
        await server "close "
        asleep server
        send TERM server
        finish server
        [ "$status" -eq 0 ]
        send KILL rude
        finish rude
    done
}

@test "07 (34): the path deleted, or taken by another, while it runs: status 0, and the other stays" {
    for server in $both; do
        start_server "$server"
        rm "$DIR/s"
        send TERM server
        finish server
        [ "$status" -eq 0 ]
        start_server "$server"
        rm "$DIR/s"
        echo precious >"$DIR/s"
        send TERM server
        finish server
        [ "$status" -eq 0 ]
        [ "$(cat "$DIR/s")" = precious ]
        rm "$DIR/s"
    done
}

@test "07 (30): started without standard input, output and error, it mixes up no descriptors" {
    for server in $both; do
        rm -f "$DIR/s"
        start server bash -c "exec '$folder/$server' '$DIR/s' <&- >&- 2>&-"
        until [ -S "$DIR/s" ] && "$client" "$DIR/s" </dev/null 2>/dev/null; do :; done
        answers
        leave_by TERM
    done
}

@test "07 (35): both servers and the client under valgrind: no error, no leak, no byte lost" {
    need Linux valgrind python3
    [ -z "${UDS_SANITIZED-}" ] || skip "the sanitizers watch already"
    head -c 3000000 /dev/urandom >"$DIR/sent"
    for server in $both; do
        UNDER="valgrind -q --error-exitcode=9 --leak-check=full --track-fds=yes --log-file=$DIR/valgrind" \
            start_server "$server"
        crowd 100
        "$client" "$DIR/s" <"$DIR/sent" >"$DIR/back"
        same "$DIR/sent" "$DIR/back"
        python "
s = connect()
s.setblocking(False)
while select.select([], [s], [], 0.3)[1]: s.send(bytes(65536))
s.shutdown(socket.SHUT_WR)
s.setblocking(True)
while s.recv(65536): pass" "$DIR/s"
        start rude python3 -Suc "$STUCK" "$DIR/s" 10
        await rude stuck
        send KILL rude
        finish rude
        valgrind -q --error-exitcode=9 --leak-check=full "$client" "$DIR/s" <"$DIR/sent" >"$DIR/back"
        same "$DIR/sent" "$DIR/back"
        leave_by TERM
        # What may be open at the end: what it was started with, the lock, the
        # pipe, epoll's; no client and no listener.
        [ "$(grep -c 'AF_UNIX socket' "$DIR/valgrind")" -eq 0 ] || complain "no socket left open" "$(cat "$DIR/valgrind")" "$server"
    done
}

@test "07: server-epoll -w: workers share the listener, and leave together" {
    need Linux python3
    start server "$folder/server-epoll" -w 3 "$DIR/s"
    await server "listen "
    run crowd 200
    expect "200 served"
    [ "$(pgrep -c -P "$(pid server)")" -eq 2 ]
    leave_by TERM
    start server "$folder/server-epoll" -w 3 "$DIR/s"
    await server "listen "
    kill -KILL "$(pgrep -P "$(pid server)" | head -n 1)"
    finish server
    [ "$status" -eq 1 ]
    [ ! -e "$DIR/s" ]
    for workers in 0 x -1 1x '' 1000 99999999999; do
        refuses 2 "usage: " "$folder/server-epoll" -w "$workers" "$DIR/s"
    done
}

@test "07 (33): it leaves by itself: from a client that never reads, with an output nobody reads, with SIGALRM blocked" {
    need python3
    for server in $both; do
        # A FIFO that takes 64 KiB, and that nobody reads.
        mkfifo "$DIR/full"
        start server bash -c "exec 9<>'$DIR/full'; exec '$folder/$server' '$DIR/s' >&9"
        until [ -S "$DIR/s" ] && "$client" "$DIR/s" </dev/null 2>/dev/null; do :; done
        python "
for n in range(2000):
    s = connect()
    s.send(b'x')
    assert s.recv(1) == b'x'
    s.close()" "$DIR/s"
        answers
        leave_by TERM
        rm "$DIR/full"
    done
    local way
    for way in "poll server" "epoll server-epoll"; do # both at once: each takes two seconds
        start "${way% *}" python3 -Sc "
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM, signal.SIGTERM])
os.execv('$folder/${way#* }', ['server', '$DIR/${way% *}'])"
        await "${way% *}" "listen "
        start "rude_${way% *}" python3 -Suc "$STUCK" "$DIR/${way% *}" 1
        await "rude_${way% *}" stuck
    done
    send TERM poll
    send TERM epoll
    for way in poll epoll; do
        finish "$way"
        [ "$status" -eq 0 ]
        [ ! -e "$DIR/$way" ]
    done
}

@test "07: server-epoll -w: a worker has died: the others end too, with status 1, even if one of them is stuck" {
    local signal
    need Linux
    for signal in TERM ALRM; do # it hears a signal meanwhile; its patience ends
        start server "$folder/server-epoll" -w 3 "$DIR/s"
        await server "listen "
        read -r -d '' dead slow <<<"$(pgrep -P "$(pid server)" | tr '\n' ' ')" || true
        kill -STOP "$slow"
        kill -KILL "$dead"
        await server "close "
        asleep server
        send "$signal" server
        [ "$signal" = ALRM ] || { asleep server && kill -CONT "$slow"; }
        finish server
        [ "$status" -eq 1 ]
        [ ! -e "$DIR/s" ]
    done
}

@test "07: server-epoll -w: the parent's patience is that of all: told to leave, it ends with status 0, however late its alarm is" {
    need Linux python3 strace
    start server "$folder/server-epoll" -w 2 "$DIR/s"
    await server "listen "
    kill -STOP "$(pid server)" # so that the worker takes the client who never reads
    start rude python3 -Suc "$STUCK" "$DIR/s" 1
    await rude stuck
    start late strace -f -o "$DIR/calls" -e trace=alarm -e inject=alarm:delay_enter=1000000 -p "$(pid server)"
    await late attached
    send CONT server
    send TERM server
    finish server
    [ "$status" -eq 0 ] || complain "exit status 0" "$status: $output" "server-epoll -w 2"
    finish late
    grep -q 'alarm(' "$DIR/calls" || complain "a call of alarm()" "none" "strace"
}

@test "07: server-epoll -w: a signal that reaches one after the other cuts no reply" {
    need Linux python3
    for _ in 1 2 3; do
        start server "$folder/server-epoll" -q -w 4 "$DIR/s"
        until [ -S "$DIR/s" ] && "$client" "$DIR/s" </dev/null 2>/dev/null; do :; done
        start crowd python3 -Suc "
import socket
all = []
for n in range(40):
    s = socket.socket(socket.AF_UNIX)
    s.connect('$DIR/s')
    s.setblocking(False)
    sent = 0
    try:
        while True: sent += s.send(bytes(65536))
    except BlockingIOError: pass
    all.append((s, sent))
print('due')
input()
for s, sent in all:
    s.setblocking(True)
    s.shutdown(socket.SHUT_WR)
    while piece := s.recv(65536): sent -= len(piece)
    assert sent == 0
print('all complete')"
        await crowd due
        for process in $(pgrep -P "$(pid server)") "$(pid server)"; do
            kill -TERM "$process" 2>/dev/null || true # one without clients has gone already
        done
        press crowd
        await crowd "all complete"
        finish crowd
        finish server
        [ "$status" -eq 0 ]
    done
}

@test "07: server-epoll: a worker that is stopped, or a child that is not its own, does not end it" {
    need Linux
    local worker state
    start server "$folder/server-epoll" -w 2 "$DIR/s"
    await server "listen "
    worker=$(pgrep -P "$(pid server)")
    kill -STOP "$worker"
    until state_of "$worker" && [ "$state" = T ]; do :; done
    kill -CONT "$worker"
    answers
    leave_by TERM
    start server bash -c "true & exec '$folder/server-epoll' '$DIR/s'"
    await server "listen "
    answers
    leave_by TERM
}
