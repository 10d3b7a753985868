#!/usr/bin/env bats
# 07-5: the listening socket goes to a new process, and no client is lost.

load ../grader
load ../clients

# client() connects, and returns the socket and the number of the process that serves it.
# replace(process) sends it SIGHUP, and waits until a new process serves. children(process)
# are the processes that it has started, as a list of their states; descriptors(process) is
# how many it has; pending(process): a SIGHUP is still to be delivered to it.
HAND='
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
def replace(process, every=99):
    end, next = time.monotonic() + patience, 0
    while time.monotonic() < end:
        if time.monotonic() > next:
            os.kill(process, signal.SIGHUP)
            next = time.monotonic() + every
        try:
            s, number = client()
        except OSError:
            continue # that one is lost, but this is not the question here
        if number not in seen:
            seen.add(number)
            return s, number
        select.select([s], [], [], 0.01)
    sys.exit(print("no other process than", *seen))
def children(process):
    found = []
    for name in os.listdir("/proc"):
        try: fields = open("/proc/%d/stat" % int(name)).read().rpartition(")")[2].split()
        except (ValueError, OSError): continue
        if int(fields[1]) == process: found.append(fields[0])
    return found
def descriptors(process): return len(os.listdir("/proc/%d/fd" % process))
def pending(process):
    with open("/proc/%d/status" % process) as file:
        mask = {line[:6]: int(line[7:], 16) for line in file if line[:6] in ("ShdPnd", "SigBlk")}
    return mask["ShdPnd"] & ~mask["SigBlk"] & 1
def until(test):
    end = time.monotonic() + patience
    while not test() and time.monotonic() < end: time.sleep(0.01)
    return test()
old, first = client()
seen = {first}
'

# keep_version [NAME FOLDER] - starts the server as "$DIR/version", so that a test can replace the
# program; or another one in that folder.
keep_version() {
    local name=${1-server} folder=${2-$DIR}
    cp "$BUILD/program" "$folder/version"
    chmod 755 "$folder/version"
    # shellcheck disable=SC2086 # a command and its options
    start "$name" ${INJECTED[@]+"${INJECTED[@]}"} ${EXERCISE_RUN-} "$folder/version" "$folder/s"
    listens "$name"
}

LET_GO="when does the old process let go, and how does it know that it may?"

@test "07-5: a client is told which process serves it, and gets back what it sends" {
    serve
    play "$HAND
print(first == $(pid server), talks(old))"
    [ "$output" = "True True" ] || reject "Without any SIGHUP, it does not serve." \
        "process $(pid server), and an echo" "$output" "take_client() and echo()"
}

@test "07-5: after a SIGHUP another process accepts the clients" {
    serve
    play "$HAND
s, number = replace(first)
print('a new process, and', talks(s))"
    [ "$output" = "a new process, and True" ] ||
        reject "After a SIGHUP no other process accepts clients." \
        "the number of a new process, and an echo" "$output" "hand_over(): fork() and execv()"
}

@test "07-5: it is the same socket, with all the clients in its backlog" {
    serve
    play "$HAND
before = os.stat(path).st_ino
replace(first)
print('the same' if before == os.stat(path).st_ino else 'another')"
    [ "$output" = "the same" ] ||
        reject "The new process does not have the old one's socket, but a new one." \
        "the same file at the path, before and after" "$output" \
        "02-bind/README.md: what happens to the clients of a path that is removed and bound again?"
}

@test "07-5: the old process goes on serving its clients" {
    serve
    play "$HAND
replace(first)
print(talks(old), talks(old))
# It sends until the server is blocked in its echo: asleep, though there is more to read.
sent = 0
def blocked():
    global sent
    before, asleep = sent, state(first) == 'S'
    try:
        while sent < 9999999: sent += old.send(bytes(65536))
    except BlockingIOError: return asleep and sent == before
    return True
if os.path.exists('/proc/self/status'):
    old.setblocking(False)
    until(blocked)
    os.kill(first, signal.SIGHUP)
    until(lambda: not pending(first))
    came = get(old, sent)
    if came != '%d bytes' % sent: print('of %d bytes:' % sent, came)"
    case $output in
    'True True') ;;
    'True True'*) reject "A SIGHUP cuts off a client that does not read." \
        "its bytes come back when it reads them" "${output#*$'\n'}" \
        "echo(): a blocked write() can be interrupted (EINTR), and that client has not left" ;;
    *) reject "A client of the old process is cut off." "its bytes come back" "$output" \
        "where does the old process exit?" ;;
    esac
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

@test "07-5: the old process accepts no more clients" {
    serve
    # The new process is stopped. The old one has talked, so it has seen the new client.
    play "$HAND
new, number = replace(first)
talks(old), talks(old)
hold(number)
s = connect()
talks(old), talks(old)
answer = select.select([s], [], [], 0)[0]
go(number)
print('the old one' if answer else 'the new one' if get(s, 9).startswith('process') else 'nobody')"
    [ "$output" = "the new one" ] || reject "The old process still accepts clients." \
        "the new one" "$output" "hand_over(): what is watched after it?"
}

@test "07-5: with its last client the old process exits, and the path stays" {
    serve
    play "$HAND
replace(first)
old.close()
print('done')"
    HANGS="The old process does not exit with its last client." \
        HANGS_LOOK="run(): when is the loop over?" finish server
    [ "$status" -eq 0 ] ||
        reject "The old process exits with an error." "exit status 0" \
        "$output (exit status $status)" \
        "the end of main()"
    [ -S "$DIR/s" ] ||
        reject "The old process takes the path with it." "the path is still there" "it is gone" \
        "unlink(): whose path is it now?"
}

@test "07-5: without any client the old process exits at once" {
    need Linux
    serve
    play "$HAND
old.close()
os.kill(first, signal.SIGHUP)
print('it exits' if until(lambda: state(first) in ('', 'Z')) else 'it still runs')
print(*[name for name in os.listdir('$DIR') if name == 's'])
print('the new one serves:', client()[1] != first)"
    case $output in
    "it exits
s
the new one serves: True") return ;;
    'it still runs'*) set -- "Without any client, the old process does not exit." ;;
    *) set -- "Without any client, the handover fails." ;;
    esac
    reject "$1" "it exits
s
the new one serves: True" "$output" \
        "run(): when does it look whether there is still something to do? To see it:
no client, kill -HUP PID, ps"
}

@test "07-5: Ctrl-C at the old process leaves the path to the new one" {
    need Linux
    serve
    play "$HAND
s, number = replace(first)
talks(old), talks(old)
os.kill(first, signal.SIGINT)
until(lambda: state(first) in ('', 'Z'))
print('the path is there:', os.path.exists(path), talks(s))"
    [ "$output" = "the path is there: True True" ] ||
        reject "Ctrl-C at the old process removes the path of the new one." \
            "the path is there: True True" "$output" \
            "leave(): whose path is it now? To see it: kill -INT OLD, ls hand.sock"
}

@test "07-5: Ctrl-C at the new process removes the path" {
    need Linux
    serve
    play "$HAND
s, number = replace(first)
os.kill(number, signal.SIGINT)
until(lambda: state(number) in ('', 'Z'))
print('the path is gone:', not os.path.exists(path), talks(old))"
    [ "$output" = "the path is gone: True True" ] ||
        reject "Ctrl-C at the new process leaves the path behind." \
            "the path is gone: True True" "$output" \
            "what the first process does after bind(): does the new one do it, too?"
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
        "man 7 signal: what does a process inherit from the one that started it?"
}

@test "07-5: a new process has no more descriptors than the one before it" {
    need Linux
    serve
    play "$HAND
all = [(old, first)]
for turn in range(4): all.append(replace(all[-1][1]))
def grown(): return [descriptors(number) for s, number in all[1:-1]]
until(lambda: len(set(grown())) == 1)
print(*grown())"
    [[ $output =~ ^([0-9]+)\ ([0-9]+)\ ([0-9]+)$ ]] &&
        [ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[2]}" ] &&
        [ "${BASH_REMATCH[2]}" = "${BASH_REMATCH[3]}" ] ||
        reject "Each new process has more descriptors than the one before it." \
            "the same number in three processes, one after another" "$output" \
            "which descriptors does execv() pass on? To see it: ls -l /proc/PID/fd"
}

@test "07-5: a further SIGHUP starts no further process" {
    need Linux
    keep_version
    # The new version takes its time: it goes on when the second SIGHUP has been delivered.
    play "$HAND
version, begun = '$DIR/version', '$DIR/begun'
os.rename(version, version + '.good')
with open(version, 'w') as script:
    script.write('#!/bin/sh\n>%s\nwhile [ ! -e %s.go ]; do sleep 0.05; done\n' % (begun, begun))
    script.write('exec %s.good %s\n' % (version, path))
os.chmod(version, 0o755)
os.kill(first, signal.SIGHUP)
if not until(lambda: os.path.exists(begun)): sys.exit(print('no new process'))
os.kill(first, signal.SIGHUP)
until(lambda: not pending(first))
open(begun + '.go', 'w').close()
if not until(lambda: client()[1] != first): sys.exit(print('the new process does not serve'))
s, number = client()
if not talks(old): sys.exit(print('the old process hangs'))
os.kill(first, signal.SIGHUP)
talks(old), talks(old)
print(len(children(first)), 'new process, and it serves:', client()[1] == number)"
    case $output in
    *hangs | *'not serve')
        reject "A SIGHUP that comes while a new process starts spoils that start." \
            "the new process serves, and the old one sends an echo to its client" "$output" \
            "hand_over(): which of its calls can be interrupted (EINTR)? To see it: a new version
that sleeps before it starts, and two times kill -HUP OLD"
        ;;
    esac
    [ "$output" = "1 new process, and it serves: True" ] ||
        reject "A further SIGHUP starts one process too many." \
            "1 new process, and it serves: True" "$output" \
            "hand_over(): has this process still a listener to leave?"
}

@test "07-5: if the new version does not start, the old process goes on" {
    keep_version
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
# The one that failed may still be ending: then a SIGHUP is too early.
print('a good one:', talks(replace(first, 0.5)[0]))"
    [ "$output" = "no file: True
one that ends at once: True
a good one: True" ] ||
        reject "When the new version does not start, no process accepts clients any more." \
        "no file: True
one that ends at once: True
a good one: True" "$output" "$LET_GO"
}

@test "07-5: if the new version fails after a while, or serves, the old process waits for that" {
    keep_version
    mkdir "$DIR/slow"
    chown "$USER_ID" "$DIR/slow"
    keep_version slow "$DIR/slow"
    # The version in that folder does not start until the other one has failed. It serves.
    play "$HAND
slow = '$DIR/slow/version'
os.rename(slow, slow + '.good')
os.mkfifo(slow + '.go')
os.chmod(slow + '.go', 0o666)
start = os.open(slow + '.go', os.O_RDWR)
with open(slow, 'w') as script:
    script.write('#!/bin/sh\nread go <%s.go\nexec %s.good $DIR/slow/s\n' % (slow, slow))
os.chmod(slow, 0o755)
os.kill($(pid slow), signal.SIGHUP)
version = '$DIR/version'
os.rename(version, version + '.good')
starts = '$DIR/starts'
def lines(): return len(open(starts).readlines()) if os.path.exists(starts) else 0
with open(version, 'w') as script:
    script.write('#!/bin/sh\necho one >>%s\n[ -e %s.2 ] || sleep 2\n' % (starts, starts))
    script.write('echo >%s.2\nexit 1\n' % starts)
os.chmod(version, 0o755)
os.kill(first, signal.SIGHUP)
# Another one while it starts. It takes 2 seconds until it fails.
until(lambda: lines() == 1)
os.kill(first, signal.SIGHUP)
end = time.monotonic() + 2.5
while time.monotonic() < end: select.select([], [], [], 0.1)
s, number = client()
print(number == first and talks(s), talks(s) and talks(s) and lines())
os.write(start, b'go\n')
path = '$DIR/slow/s'
def serves():
    s, number = client()
    return number != $(pid slow) and talks(s)
print('the new one' if until(serves) else 'the old one')"
    case $output in
    'True 1
the new one') ;;
    'True 1'*) reject "It gives up a new version that takes its time." \
        "the new version serves, though it is not ready before 2.5 seconds are over" \
        "${output#*$'\n'}" "hand_over(): how long may a start take? ($LET_GO)" ;;
    'True '*) reject "A SIGHUP that has come during a failed start starts it once more." \
        "a new version that exits after 2 seconds is started once, though a second SIGHUP comes
in the first of them" "$output" "hand_over(): what is in the pipe after that start?" ;;
    *) reject "It guesses that the new version is ready, after some time." \
        "the old process still accepts clients, after a new version that exits in 2 seconds" \
        "$output" "$LET_GO" ;;
    esac
}

@test "07-5: a new version that has failed leaves nothing behind" {
    need Linux
    keep_version
    play "$HAND
version = '$DIR/version'
os.rename(version, version + '.good')
before = descriptors(first)
for turn in range(3):
    os.kill(first, signal.SIGHUP)
    talks(old), talks(old)
    until(lambda: not children(first))
    # Two more rounds of its loop: then it has seen the end of that process.
    talks(old), talks(old)
until(lambda: descriptors(first) <= before)
print('zombies:', children(first).count('Z'))
print('more descriptors:', descriptors(first) - before)"
    case $output in
    "zombies: 0
more descriptors: 0") return ;;
    'zombies: 0'*) set -- "After a new version that failed, the old process has more descriptors." \
        "every way out of hand_over(): pipe() has made two descriptors" ;;
    *) set -- "A new version that has failed stays as a zombie." "man 2 waitpid" ;;
    esac
    reject "$1" "zombies: 0
more descriptors: 0" "$output" "$2"
}

@test "07-5: if no new process can be made, the old one goes on" {
    # The first pipe() of the program is wake.
    inject fork:1:EAGAIN,pipe:2:EMFILE
    serve
    play "$HAND
for turn in range(2):
    os.kill(first, signal.SIGHUP)
    talks(old), talks(old)
    s, number = client()
    if not talks(s): print('no echo')
if first in seen and number == first: s, number = replace(first, 0.5)
print(talks(old), talks(s))"
    [ "$output" = "True True" ] ||
        reject "It does not survive that fork() or pipe() fails." \
            "both the old process and a new one serve, after two SIGHUPs that failed" "$output" \
            "hand_over(): each of its calls may fail. To see it:
strace -e inject=clone,fork,vfork:error=EAGAIN:when=1 ./handover hand.sock"
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
        "none" "$output" \
        "every moment from the SIGHUP on: which process has the listener, and does it accept?"
}
