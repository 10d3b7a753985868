#!/usr/bin/env bats
# 07-7: a command that a server runs does not keep the server's sockets open.

load ../grader
load ../clients

# talks(s) is true if a cat sends back what it gets. end(number) sends the server that
# signal, and returns when it is gone. knock(at) is what connect() says at that path.
# done(s) is what comes after a command has closed its standard input and output.
CHILD='
import signal, time
server = int(sys.argv[2])
def talks(s):
    try: s.sendall(b"x")
    except OSError: return False
    return get(s, 1) == "x"
def runs():
    try: os.kill(server, 0)
    except OSError: return False
    return True
def end(number):
    if runs(): os.kill(server, number)
    limit = time.monotonic() + patience
    while runs():
        if time.monotonic() > limit: sys.exit(print("it runs on"))
        time.sleep(0.01)
def knock(at):
    s = socket.socket(socket.AF_UNIX)
    try: s.connect(at)
    except OSError as error: return error.strerror
    return "connected"
def come():
    limit = time.monotonic() + patience
    while True:
        try: return connect()
        except OSError:
            if not runs() or time.monotonic() > limit: sys.exit(print("not served"))
            time.sleep(0.01)
'
# A command that closes its standard input and output, and goes on running.
CLOSES='echo done; exec sleep 600 <&- >&-'

# act CODE - plays it with the server that runs: sets $output.
act() {
    local KILLS=
    [[ $1 != *SIGKILL* ]] || KILLS=yes
    play "$CHILD$1" "$(pid server)"
}

# gone - the server has been killed, or is now: nothing is said about that.
gone() {
    send KILL server 2>/dev/null || true
    while next_line server; do :; done
    end_cage server
    PLAYED=${PLAYED/ server/}
}

@test "07-7: the connection is the command's standard input and output" {
    # shellcheck disable=SC2016 # the inner shell expands it
    serve sh -c 'read line && echo "got $line"; echo "trouble" >&2'
    act '
a = connect()
a.sendall(b"hello\n")
print(get(a, 11))'
    [ "$output" = "got hello and the end" ] ||
        reject "The connection is not the command's standard input and output." \
            "got hello, and the end" "$output" "start(): dup2() before execvp()"
    await server trouble
    grep -q trouble "$PLAY/server.err" ||
        reject "The command does not have the server's standard error." \
            "trouble, on the server's standard error" "$(said server)" "start(): which copies?"
}

@test "07-7: when the server has left at SIGTERM, no command holds the listening socket" {
    serve cat
    # A second name, as the server removes the first one.
    act '
os.link(path, path + ".2")
a = connect()
before = talks(a)
end(signal.SIGTERM)
print(before, os.path.exists(path), talks(a), knock(path + ".2"))'
    case $output in
    'True False True Connection refused') ;;
    False*) reject "A cat does not send back what a client sends." "the same byte" "$output" \
        "start(): which descriptors does the command need?" ;;
    'it runs on') reject "At SIGTERM the server does not leave at once." \
        "its end, while a command runs" "$output" "leave()" ;;
    'True True '*) reject "At SIGTERM the server does not remove its path." \
        "no file at its path" "$output" "leave()" ;;
    'True False False '*) reject "The commands do not survive the server." \
        "a cat that goes on sending back what it gets" "$output" \
        "what else does your change do to the children?" ;;
    *) reject "After SIGTERM, a command still holds the listening socket." "Connection refused" \
        "$output" "ss -xlp names the process that has it; man 2 fcntl: FD_CLOEXEC" ;;
    esac
}

@test "07-7: when the server was killed, no command holds the listening socket" {
    serve cat
    act '
a = connect()
before = talks(a)
end(signal.SIGKILL)
print(before, talks(a), knock(path))'
    case $output in
    'True True Connection refused') ;;
    'True False '*) reject "The commands do not survive a server that was killed." \
        "a cat that goes on sending back what it gets" "$output" "who holds the connection?" ;;
    *) reject "The listening socket is released only if the server leaves by itself." \
        "Connection refused, after kill -KILL" "$output" \
        "nothing in your program runs at SIGKILL: the command must never have the socket" ;;
    esac
}

@test "07-7: a client sees the end of file when its command closes its streams" {
    serve sh -c "$CLOSES"
    act '
a = connect()
print(get(a, 6))
b = connect()
print(get(b, 6))'
    case $output in
    $'done and the end\ndone and the end') ;;
    done*) reject "The connection stays open though the command has closed its streams." \
        "done, and the end" "$output" \
        "ls -l /proc/PID/fd of the command: which other descriptor is the connection?" ;;
    *) reject "What the command prints does not reach the client." "done, and the end" "$output" \
        "start(): dup2() before execvp()" ;;
    esac
}

@test "07-7: a server that was started without standard streams gives its commands theirs" {
    local redirect n=0
    for redirect in '<&-' '>&-' '<&- >&-'; do
        n=$((n + 1)) path=$DIR/s$n
        REDIRECT=$redirect program server "$path" cat
        act '
a = come()
before = talks(a)
end(signal.SIGKILL)
print(before, knock(path))'
        [ "$output" = "True Connection refused" ] ||
            reject "Started with $redirect, it gives a command the wrong standard streams." \
                "a cat that sends back what it gets, and Connection refused after a kill -KILL" \
                "$output" "man 2 dup2: what if both numbers are the same?
To see it: ./children s cat $redirect"
        gone
    done
}

@test "07-7: the commands get the other descriptors that the server was started with" {
    echo "five" >"$DIR/five"
    chmod 644 "$DIR/five"
    REDIRECT='5<five' serve sh -c 'cat <&5'
    act '
a = connect()
print(get(a, 5))'
    [ "$output" = "five" ] ||
        reject "A descriptor that is not the server's is closed in its commands." \
            "five, the text in the file at descriptor 5" "$output" \
            "./children hello.sock sh -c 'cat <&5' 5<file: mark or close your own sockets only"
}

@test "07-7: if a call that this needs fails, no command runs without it" {
    local call which n=0 faults=() numbers=() came=()
    # Which of these calls it makes until a command runs; then each of them fails once.
    inject "" "$DIR/calls"
    serve env -u LD_PRELOAD sh -c "$CLOSES"
    act '
get(connect(), 6)'
    gone
    while read -r call which; do
        faults[n]=$call:$which path=$DIR/s$n
        inject "$call:$which:EINVAL" "$DIR/calls"
        program "server$n" "$path" env -u LD_PRELOAD sh -c "$CLOSES"
        numbers[n]=$(pid "server$n")
        n=$((n + 1))
    done < <(awk '$1 ~ /^(fcntl|dup|dup2|dup3)$/ && ++n[$1] <= 8 { print $1, n[$1] }' "$DIR/calls")
    [ "$n" -gt 0 ] || reject "It runs a command without any call of dup2() or fcntl()." \
        "dup2() in the child" "$(sort "$DIR/calls" | uniq -c)" "start()"
    KILLS=yes play "$CHILD
for n, number in enumerate(sys.argv[3:]):
    server, path = int(number), '$DIR/s%d' % n
    try:
        a = come()
        print('got', get(a, 5), end=' ')
        # It may print its message after it has closed the connection.
        limit = time.monotonic() + patience
        while state(server) not in ('S', 'Z', '') and time.monotonic() < limit: time.sleep(0.01)
        end(signal.SIGKILL)
        print(knock(path) if knock(path) != 'Connection refused' else 'private' + get(a, 1))
    except SystemExit: pass
    except OSError as error: print(error)" "$n" "${numbers[@]}"
    while IFS= read -r line; do came+=("$line"); done <<<"$output"
    for ((n = 0; n < ${#faults[@]}; n++)); do
        call=${faults[n]%:*}
        case ${came[n]-} in
        'got done private and the end') ;;
        'got done'*) reject "When $call() fails, it runs the command all the same." \
            "an error message, and no command" "${came[n]}" "is -1 noticed? To see it: \
strace -f -e inject=$call:error=EINVAL ./children hello.sock cat" ;;
        *)
            while next_line "server$n"; do :; done
            [ -s "$PLAY/server$n.err" ] || reject "When $call() fails, it does not print that." \
                "which call failed, on standard error" "nothing" "is the reason printed?"
            ;;
        esac
    done
}
