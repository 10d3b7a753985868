#!/usr/bin/env bats
# 07-5: the listening socket goes to a new process, and no client is lost.

load ../grader
load ../clients

# client() connects: the socket, and the number of the process that serves it.
# replace(process) sends it SIGHUP, and waits until a new one serves.
HAND='
import signal, time
def client():
    s, text = connect(), ""
    while not text.endswith("\n"):
        more = s.recv(1)
        if not more: raise OSError("no greeting, but: %r" % text)
        text += more.decode()
    return s, int(text.split()[1])
def talks(s):
    s.sendall(b"x")
    return get(s, 1) == "x"
def replace(process):
    os.kill(process, signal.SIGHUP)
    end = time.monotonic() + patience
    while time.monotonic() < end:
        try:
            s, number = client()
        except OSError:
            continue # that one is lost, but this is not the question here
        if number not in seen:
            seen.add(number)
            return s, number
        select.select([s], [], [], 0.01)
    sys.exit(print("no other process than", *seen))
old, first = client()
seen = {first}
'

@test "07-5: a client is told who serves it, and gets back what it sends" {
    serve
    play "$HAND
print(first == $(pid server), talks(old))"
    [ "$output" = "True True" ] || reject "Without any SIGHUP, it does not serve." \
        "process $(pid server), and an echo" "$output" "take_client() and echo()"
}

@test "07-5: after a SIGHUP another process takes the clients" {
    serve
    play "$HAND
s, number = replace(first)
print('a new process, and', talks(s))"
    [ "$output" = "a new process, and True" ] ||
        reject "After a SIGHUP no other process takes clients." \
        "the number of a new process, and an echo" "$output" "hand_over(): fork() and execv()"
}

@test "07-5: it is the same socket, with all that wait at it" {
    serve
    play "$HAND
before = os.stat(path).st_ino
replace(first)
print('the same' if before == os.stat(path).st_ino else 'another')"
    [ "$output" = "the same" ] ||
        reject "The new process does not have the old one's socket, but a new one." \
        "the same file at the path, before and after" "$output" \
        "lesson 02: who removes a name, leaves those behind who have already found it"
}

@test "07-5: the old process serves its clients on" {
    serve
    play "$HAND
replace(first)
print(talks(old), talks(old))"
    [ "$output" = "True True" ] || reject "A client of the old process is cut off." \
        "its bytes come back" "$output" "where does the old process end?"
}

@test "07-5: a client of the old process sees the end" {
    serve
    play "$HAND
replace(first)
old.shutdown(socket.SHUT_WR)
print(get(old, 1))"
    [ "$output" = " and the end" ] || reject "A client of the old process does not see the end." \
        "the end, when the old process closes the connection" "$output" \
        '07-multiclient/README.md, "Check yourself", 1; man 2 fcntl: FD_CLOEXEC'
}

@test "07-5: the old process takes no more clients" {
    serve
    # The old one had time to hear of all: it has talked. The new one is stopped.
    play "$HAND
new, number = replace(first)
talks(old), talks(old)
os.kill(number, signal.SIGSTOP)
s = connect()
talks(old), talks(old)
answer = select.select([s], [], [], 0)[0]
os.kill(number, signal.SIGCONT)
print('the old one' if answer else 'the new one' if get(s, 9).startswith('process') else 'nobody')"
    [ "$output" = "the new one" ] || reject "The old process still takes clients." \
        "the new one" "$output" "hand_over(): what is watched after it?"
}

@test "07-5: with its last client the old process ends, and the name stays" {
    serve
    play "$HAND
replace(first)
old.close()
print('done')"
    HANGS="The old process does not end with its last client." \
        HANGS_LOOK="the loop: when is it over?" finish server
    [ "$status" -eq 0 ] ||
        reject "The old process ends with an error." "exit status 0" \
        "$output (exit status $status)" \
        "the end of main()"
    [ -S "$DIR/s" ] ||
        reject "The old process takes the name with it." "the name is still there" "it is gone" \
        "unlink(): whose name is it now?"
}

@test "07-5: the new process can be replaced as well, and so on" {
    serve
    play "$HAND
number = first
for turn in range(3):
    s, number = replace(number)
print(len(seen), 'processes', talks(old), talks(s))"
    [ "$output" = "4 processes True True" ] || reject "The new process cannot be replaced." \
        "4 processes, after three SIGHUPs, each to the newest" "$output" \
        "man 7 signal: what of its signals does a process get from the one that started it?"
}

@test "07-5: if the new version does not start, the old process goes on" {
    cp "$BUILD/program" "$DIR/version"
    chmod 755 "$DIR/version"
    # shellcheck disable=SC2086 # a command and its options
    start server ${EXERCISE_RUN-} "$DIR/version" "$DIR/s"
    await server listen
    play "$HAND
version = '$DIR/version'
os.rename(version, version + '.good')
def try_it(what):
    os.kill(first, signal.SIGHUP)
    talks(old), talks(old)
    s, number = client()
    print(what, number == first and talks(s))
try_it('no file:')
os.symlink('/bin/false', version)
try_it('one that ends at once:')
os.remove(version)
os.rename(version + '.good', version)
print('a good one:', talks(replace(first)[0]))"
    [ "$output" = "no file: True
one that ends at once: True
a good one: True" ] ||
        reject "When the new version does not start, nobody takes clients any more." \
        "no file: True
one that ends at once: True
a good one: True" "$output" "when does the old process let go, and how does it know that it may?"
}

@test "07-5: of the clients that come all the time, none is lost" {
    serve
    play "$HAND
import threading
served, lost, over = 0, [], False
def come():
    global served
    while not over and not lost:
        try:
            s = client()[0]
            if not talks(s): lost.append('no echo')
            s.shutdown(socket.SHUT_WR)
            if get(s, 1) != ' and the end': lost.append('no end')
            served += 1
        except OSError as error: lost.append(error)
threads = [threading.Thread(target=come) for n in range(3)]
for t in threads: t.start()
number = first
try:
    for turn in range(4): number = replace(number)[1]
finally:
    over = True
    for t in threads: t.join()
print(*lost or ['none'])"
    [ "$output" = none ] || reject "A client is lost while the listener changes hands." \
        "none" "$output" "every moment from the SIGHUP on: who has the listener, who listens?"
}
