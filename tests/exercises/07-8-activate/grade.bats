#!/usr/bin/env bats
# 07-8: a listener is handed over as descriptor 3, in the way of systemd.

load ../grader
load ../clients

# What systemd does: HANDED_KIND says what becomes descriptor 3, at HANDED_AT. Another
# process has it as well, as systemd would; not so if the kind ends in "only".
HAND='
import os, signal, socket, sys
kind, at, pid, fds = sys.argv[1:5]
own = kind.endswith("only")
family = socket.AF_INET if kind.startswith("inet") else socket.AF_UNIX
types = {"packets": socket.SOCK_SEQPACKET, "datagrams": socket.SOCK_DGRAM}
if kind == "file": number = os.open(at, os.O_RDWR)
elif kind == "connected":
    one, other = socket.socketpair()
    os.dup2(other.fileno(), 9)
    number = one.fileno()
elif kind != "closed":
    one = socket.socket(family, types.get(kind, socket.SOCK_STREAM))
    number = one.fileno()
    one.bind(("", 0) if family == socket.AF_INET else at)
    if kind not in ("bound", "datagrams"): one.listen(16)
if kind == "closed":
    try: os.close(3)
    except OSError: pass
else:
    if number != 3: os.dup2(number, 3)
    os.set_inheritable(3, True)
if not own and os.fork() == 0:
    signal.pause()
changes = {"LISTEN_PID": pid.replace("own", str(os.getpid())), "LISTEN_FDS": fds}
for name, value in changes.items():
    if value != "unset": os.environ[name] = value
os.environ.update(LISTEN_FDNAMES="the.socket", LISTENER="kept")
os.execvp(sys.argv[5], sys.argv[5:])
'

# hand KIND PID FDS COMMAND... - starts what is graded, with its own path $path, and with
# a descriptor 3 of that kind, at $handed; "own" in PID stands for the right number.
hand() {
    local kind=$1 process=$2 count=$3
    handed=$DIR/handed
    shift 3
    # shellcheck disable=SC2086 # a command and its options
    start server python3 -Suc "$HAND" "$kind" "$handed" "$process" "$count" \
        ${INJECTED[@]+"${INJECTED[@]}"} ${EXERCISE_RUN-} "$BUILD/program" "$path" "$@"
}

# reaches WORD - it prints that line: "inherit" or "listen".
reaches() {
    local other=listen
    [ "$1" = listen ] || other=inherit
    while next_line server; do
        case $line in
        "$1 "*) return 0 ;;
        'listen '* | 'inherit '*) return 1 ;;
        esac
    done
    return 1
}

# gone - the server has been killed, or is now: nothing is said about that.
gone() {
    send KILL server 2>/dev/null || true
    while next_line server; do :; done
    end_cage server
    PLAYED=${PLAYED/ server/}
}

# talk [PATH] - does a cat answer there? Sets $output.
talk() {
    local path=${1:-$path}
    play '
a = connect()
a.sendall(b"hello")
print(get(a, 5))'
}

# inherits COMMAND... - the ordinary case.
inherits() {
    hand "${KIND:-stream}" own 1 "$@"
    reaches inherit || reject "It does not take the listener that is handed over." \
        "inherit  descriptor 3" "$(said server)" "inherited_listener(), task 2"
}

# refused HOW - it has to end, with status 1 and a message on standard error.
refused() {
    [ -n "$ended_server" ] || reject "$1, it goes on." "exit status 1" "$(said server)" "task 2"
    HANGS="$1, it does not exit." finish server
    [ "$status" -eq 1 ] || reject "$1, its exit status is not 1." "exit status 1" \
        "$output (exit status $status)" "task 2"
    [ -n "$stderr" ] || reject "$1, it does not print what is wrong." \
        "a message on standard error" "${output:-nothing}" "task 2"
}

@test "07-8: started by hand, it creates its own listener, and removes its path at the end" {
    serve cat
    talk
    [ "$output" = hello ] || reject "Started by hand, it does not serve." "hello" "$output" "main()"
    send TERM server
    finish server
    [ "$status" -eq 0 ] && [ ! -e "$path" ] ||
        reject "Started by hand, it does not remove its path." "exit status 0, and no path" \
            "exit status $status, and $(ls "$DIR")" "leave()"
}

@test "07-8: it takes the listener that is handed over, and makes none" {
    inherits cat
    talk "$handed"
    [ "$output" = hello ] ||
        reject "The clients of the listener that is handed over are not served." "hello" \
            "$output" "main(): which descriptor does accept() get?"
    [ ! -e "$path" ] || reject "It makes a listener of its own beside the one it was given." \
        "no file at its own path" "$(ls "$DIR")" "main(): listen_at()"
    ! grep -q inherit "$PLAY/server.err" && grep -qx 'inherit  descriptor 3' "$PLAY/server.out" ||
        reject "It does not print which listener it takes." "inherit  descriptor 3" \
            "$(said server)" "task 2: on standard output"
}

@test "07-8: systemd-socket-activate starts it" {
    if command -v systemd-socket-activate >/dev/null; then
        # shellcheck disable=SC2086 # a command and its options
        start server systemd-socket-activate -l "$DIR/handed" \
            ${EXERCISE_RUN-} "$BUILD/program" "$path" cat
        await server Listening
    else
        hand stream own 1 cat
    fi
    talk "$DIR/handed"
    [ "$output" = hello ] || reject "Started by systemd-socket-activate, it does not serve." \
        "hello" "$output, and from the server: $(said server)" "the example in the task"
}

@test "07-8: what is handed over to another process is not taken" {
    local process
    for process in 1 own0 unset ''; do
        hand stream "$process" 1 cat
        reaches listen ||
            reject "It takes descriptor 3 although LISTEN_PID is not its own number." \
                "listen   own.sock, with LISTEN_PID ${process:-empty}" \
                "$(said server)" "task 1: getpid()"
        talk
        [ "$output" = hello ] || reject "With another LISTEN_PID, it does not serve at its path." \
            "hello" "$output" "task 1"
        gone
        rm -f "$path" "$handed"
    done
}

@test "07-8: descriptor 3 is left as it is if it is another process's" {
    echo "three" >"$DIR/handed"
    chmod 666 "$DIR/handed"
    hand file 1 1 sh -c 'cat <&3'
    reaches listen || reject "With another LISTEN_PID, it does not make its own listener." \
        "listen   own.sock" "$(said server)" "task 1"
    play 'print(get(connect(), 5))'
    [ "$output" = three ] || reject \
        "With another LISTEN_PID, descriptor 3 does not stay as it was." \
        "three: the command reads the file at descriptor 3" "$output, and $(said server)" \
        "task 1: neither closed nor marked"
}

@test "07-8: LISTEN_FDS has to be 1" {
    local count
    for count in 2 0 unset '' 11 -1; do
        hand stream own "$count" cat
        ! reaches inherit ||
            reject "It takes descriptor 3 although LISTEN_FDS is not 1." \
                "an error message, with LISTEN_FDS ${count:-empty}" "$(said server)" "task 2"
        refused "With LISTEN_FDS ${count:-empty}"
        rm -f "$path" "$handed"
    done
}

@test "07-8: descriptor 3 has to be a listening AF_UNIX stream socket" {
    local kind what kinds="file closed connected bound datagrams inet packets"
    [ "$(uname)" = Linux ] || kinds=${kinds% packets}
    : >"$DIR/file"
    for kind in $kinds; do
        rm -f "$DIR/handed"
        [ "$kind" != file ] || { : >"$DIR/handed" && chmod 666 "$DIR/handed"; }
        case $kind in
        file) what="a file" ;;
        closed) what="a descriptor that is not open" ;;
        connected) what="a connection" ;;
        bound) what="a socket that does not listen" ;;
        datagrams) what="a datagram socket" ;;
        inet) what="a listener of another family" ;;
        packets) what="a listener that is not a stream" ;;
        esac
        hand "$kind" own 1 cat
        ! reaches inherit ||
            reject "It takes $what for its listener." "an error message" "$(said server)" \
                "task 2; hint 2 names the calls"
        refused "When descriptor 3 is $what"
    done
}

@test "07-8: if a call that looks at descriptor 3 fails, it exits" {
    local rule
    for rule in getsockopt:1 getsockopt:2 getsockopt:3 getsockname:1 fstat:1 fcntl:\*; do
        rm -f "$DIR/handed" "$DIR/calls"
        inject "$rule:EACCES" "$DIR/calls"
        hand stream own 1 cat
        if reaches inherit; then
            [ "${rule%%:*}" = fcntl ] || ! grep -qs "^${rule%%:*} EACCES" "$DIR/calls" ||
                reject "When ${rule%%:*}() fails, it takes descriptor 3 all the same." \
                    "an error message, and exit status 1" "$(said server)" "is -1 noticed?"
            gone
        else
            refused "When ${rule%%:*}() fails"
        fi
    done
}

@test "07-8: the commands do not get the variables, but all others" {
    local process
    for process in own 1; do
        path=$DIR/own
        rm -f "$DIR/handed" "$path"
        hand stream "$process" 1 env
        while next_line server; do
            case $line in 'listen '* | 'inherit '*) break ;; esac
        done
        [ "$process" = 1 ] || path=$handed
        play '
a = connect()
text = ""
while True:
    more = a.recv(4096)
    if not more: break
    text += more.decode("latin1")
names = sorted(line.split("=")[0] for line in text.split("\n") if line.startswith("LISTEN"))
print(*names)'
        case $output in
        LISTENER) ;;
        *LISTEN_*) reject "The commands get variables that are not for them." \
            "none of LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES, with LISTEN_PID $process" "$output" \
            "task 3: unsetenv(). Try it with env as the command" ;;
        *) reject "The commands lose variables that have nothing to do with it." \
            "LISTENER, a variable that the server was started with" "$output" \
            "task 3: only three variables go" ;;
        esac
        gone
    done
}

@test "07-8: the commands do not get the listener" {
    KIND=stream-only inherits cat
    KILLS=yes path=$handed play '
import signal, time
server = int(sys.argv[2])
a = connect()
a.sendall(b"x")
get(a, 1)
os.kill(server, signal.SIGKILL)
while True:
    try: os.kill(server, 0)
    except OSError: break
    time.sleep(0.01)
b = socket.socket(socket.AF_UNIX)
try: print("connected", b.connect(path))
except OSError as error: print(error.strerror)' "$(pid server)"
    [ "$output" = "Connection refused" ] ||
        reject "A command keeps the inherited listener open." \
            "Connection refused, after a kill -KILL of the server" "$output" \
            "task 3: keep_private(). ss -xlp names the process"
}

@test "07-8: at the end, the path and the listener stay for the next server" {
    local signal
    for signal in TERM INT; do
        rm -f "$DIR/handed"
        inherits cat
        talk "$handed"
        send "$signal" server
        while next_line server; do :; done
        [ -S "$handed" ] || reject "At its end it removes a path that it has not made." \
            "the path of systemd's listener is still there" "$(ls "$DIR")" "task 4: leave()"
        path=$handed play 'connect() and print("connected")'
        [ "$output" = connected ] || reject "At its end it makes systemd's listener useless." \
            "connected: systemd starts the next server for this client" "$output" \
            "task 4: shutdown() is for all that have the socket, close() is not"
        finish server
        [ "$status" -eq 0 ] || reject "At SIG$signal it does not exit with status 0." \
            "exit status 0" "$status" "leave()"
    done
}
