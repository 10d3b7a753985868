#!/usr/bin/env bats
# 05-1: a client that is started before its server.

load ../grader
load ../clients
load ../evidence

SLACK=$((50 * LIMIT)) # milliseconds that a right answer may need beside its waiting
LIMIT=$((2 * LIMIT))  # where the machine is slow, the server comes late
LONG=$((LIMIT * 800)) # milliseconds, less than that

LESSON='05-connect/README.md, "Break it": the table of messages'

# begin MILLISECONDS - the program calls, and there is no server yet.
begin() {
    program await "$path" "$1"
    await await "call "
}

# serve STAGE - a server of that stage, until Enter.
serve() {
    borrow "$1/server"
    start server "$borrowed" "$path"
    await server "press Enter"
}

# too_many CAME - it runs out of descriptors.
too_many() {
    reject "It runs out of descriptors: each attempt takes one." \
        "one socket, however often it tries" "$1" \
        "close() of the socket of an attempt that failed
to see it: (ulimit -n 10; ./await no.sock 3000)"
}

# connected MESSAGE EXPECTED LOOK - it ends well, connected. Whatever server it
# meets, there is a moment in which that one is bound and does not listen yet.
connected() {
    ends await
    [[ $output != *"Too many open files"* ]] || too_many "$output"
    [[ $status -eq 0 || $output != *"Connection refused"* ]] ||
        reject "It gives up between bind() and listen()." \
            "connect  descriptor 3, when the server listens" "$output (exit status $status)" \
            "$LESSON, ECONNREFUSED"
    [[ $status -eq 0 && $stdout == *"connect  descriptor"* ]] ||
        reject "$1" "$2, and exit status 0" "$output (exit status $status)" "$3"
}

# at_once TEXT PATH TRY - no server will come there, or it may not connect: it does not wait.
at_once() {
    program await "$2" 1000000
    ends await
    [ "$verdict_await" != time ] || reject "It waits although waiting does not help." \
        "await: connect: $2: $1" "no end within $LIMIT s" "$LESSON
to see it: $3"
    [[ $status -eq 1 && $stderr == *"$1"* ]] ||
        reject "It does not report what went wrong." "await: ...: $1, on standard error" \
            "$output (exit status $status)" "errno, between the call that failed and die()
to see it: $3"
}

@test "05-1: a server that is there is reached at once, even with 0 ms" {
    serve 03-listen
    begin 0
    connected "With 0 ms it does not try at all." "connect  descriptor 3" \
        "connect_within(): the first attempt comes before the clock"
    REDIRECT='<&-' begin 0
    connected "It takes descriptor 0 for a failure." \
        "connect  descriptor 0, when standard input is closed" \
        "the result of try_once(): only -1 is a failure
to see it: ./await hello.sock 0 <&-"
}

@test "05-1: a server that comes later is reached" {
    begin "$LONG"
    sleeps await || true
    serve 03-listen
    connected "It does not wait for a server that comes later." \
        "connect  descriptor 3, when the server is there" "connect_within(): a loop of attempts"
}

@test "05-1: it goes on while the server does not listen yet" {
    serve 02-bind
    begin "$LONG"
    sleeps await || true
    press server
    finish server
    serve 03-listen
    connected "It does not come back after bind(), when the server listens at last." \
        "connect  descriptor 3, when the server listens" "$LESSON, ECONNREFUSED"
}

@test "05-1: it sleeps between its attempts, for a very long time too" {
    begin 4294967296 # as an int, that is 0
    if ! sleeps await; then
        case $state in
        Z | '') ;;
        *) reject "It does not sleep between its attempts." \
            "process state S (sleeping), most of the time" "state $state, each time" \
            "man 2 nanosleep
to see it: ps -o stat,time -C await" ;;
        esac
    fi
    serve 03-listen
    connected "A time that does not fit into an int is cut off." \
        "connect  descriptor 3, for a server that comes within 4294967296 ms" \
        "each variable that holds a time: its type"
}

@test "05-1: many attempts need no more descriptors than one" {
    inject connect:6:stop
    program await "$path" 3000
    if stopped await; then
        sockets await
        [ "$(grep -c '' <<<"$sockets")" -le 1 ] ||
            too_many "$(grep -c '' <<<"$sockets") sockets after six attempts"
        send CONT await
    fi
}

@test "05-1: nor do many attempts that are refused" {
    inject connect:1-5:ECONNREFUSED,connect:6:stop
    program await "$path" 3000
    if stopped await; then
        sockets await
        [ "$(grep -c '' <<<"$sockets")" -le 1 ] ||
            reject "It runs out of descriptors after a refused attempt." \
                "one socket, however often it tries" \
                "$(grep -c '' <<<"$sockets") sockets after six attempts" \
                "close() of the socket, whatever the reason was
to see it, with a path that a dead server has left: (ulimit -n 10; ./await hello.sock 3000)"
        send CONT await
    fi
}

@test "05-1: when a server comes, it is reached soon, and sees one client" {
    local least=1000000 said
    for _ in 1 2 3; do
        rm -f "$path"
        program await "$path" "$LONG"
        await await "call "
        sleeps await || true
        said=$(alone python '
import time
listener = socket.socket(socket.AF_UNIX)
os.umask(0)
listener.bind(path)
listener.listen(5)
start = time.monotonic()
listener.settimeout(float(sys.argv[2]))
client, _ = listener.accept()
elapsed = int(1000 * (time.monotonic() - start))
client.settimeout(float(sys.argv[2]))
try: client.recv(1) # it has closed
except OSError: pass
listener.settimeout(0.1)
try: listener.accept()
except OSError: print(elapsed, "one client")
else: print(elapsed, "two clients")' "$path" "$((LIMIT - 2))" 2>&1) || said="1000000 no client"
        ends await
        [[ $said == *"one client" && $status -eq 0 ]] ||
            reject "The server does not see one client, but another number." "one client" \
                "${said#* }; $output (exit status $status)" \
                "connect_within(): keep what is connected"
        [ "${said%% *}" -ge "$least" ] || least=${said%% *}
        [ "$least" -gt "$SLACK" ] || break
    done
    [ "$least" -le "$SLACK" ] || reject "It sleeps too long between its attempts." \
        "connected 100 ms after the server at the latest" \
        "$least ms after it, the fastest of three times" "man 2 nanosleep: tv_nsec"
}

@test "05-1: no pause is longer than 100 ms" {
    local said ten=1000000 next=1000000
    need Linux
    for _ in 1 2; do
        rm -f "$path"
        inject connect:1:stop,connect:11:stop
        program await "$path" "$LONG"
        stopped await || break
        # The ten pauses between these two attempts, then the one before a server is found.
        said=$(alone python '
import signal, time
process, most = int(sys.argv[2]), float(sys.argv[3])
def stopped():
    with open("/proc/%d/stat" % process) as stat: return stat.read().split()[2] == "T"
def since(start): return int(1000 * (time.monotonic() - start))
start = time.monotonic()
os.kill(process, signal.SIGCONT)
while stopped(): pass
while since(start) < most and not stopped(): time.sleep(0.002)
ten = since(start)
listener = socket.socket(socket.AF_UNIX)
os.umask(0)
listener.bind(path)
listener.listen(5)
start = time.monotonic()
os.kill(process, signal.SIGCONT)
listener.settimeout(most / 1000)
try: listener.accept()
except OSError: pass
print(ten, since(start))' "$path" "$(pid await)" "$((1000 + 3 * SLACK))" 2>&1) || said="0 1000000"
        [ "${said% *}" -ge "$ten" ] || ten=${said% *}
        [ "${said#* }" -ge "$next" ] || next=${said#* }
        end_cage await
        [ "$ten" -gt "$((1000 + 2 * SLACK))" ] || [ "$next" -gt "$SLACK" ] || break
    done
    [ "$ten" -le "$((1000 + 2 * SLACK))" ] || reject "Ten of its pauses take more than a second." \
        "100 ms at most between two attempts" "eleven attempts in $ten ms" \
        "man 2 nanosleep: tv_nsec"
    [ "$next" -le "$SLACK" ] || reject "Its pauses grow beyond 100 ms." \
        "connected 100 ms after the server at the latest, when it comes after eleven attempts" \
        "$next ms after it, the faster of two times" \
        "connect_within(): how long can a pause become?"
}

@test "05-1: when the time is over it prints why, and not before" {
    local least=1000000
    for _ in 1 2 3; do
        HANGS="It waits longer than it should." HANGS_LOOK="the clock, and its unit" \
            graded "$path" 350
        [[ $status -eq 1 && $stderr == *"connect: $path: No such file or directory"* ]] ||
            reject "It does not print why there is no server." \
                "await: connect: $path: No such file or directory, and exit status 1" \
                "standard error: ${stderr:-nothing} (exit status $status)" \
                "errno, between connect() and die()"
        [ "$took_graded" -ge 350 ] || reject "It gives up too early." \
            "an end after 350 ms, not before" "after $took_graded ms" "the clock, and its unit"
        [ "$took_graded" -ge "$least" ] || least=$took_graded
        [ "$least" -gt "$((350 + SLACK))" ] || break
    done
    [ "$least" -le "$((350 + SLACK))" ] || reject "It gives up too late." \
        "an end after 350 ms" "after $least ms, the fastest of three times" \
        "the clock after each attempt, and the sleep in between
to see it: time ./await no.sock 350"
}

@test "05-1: it asks a clock" {
    need Linux
    # It stands still until its time is over.
    inject connect:2:stop
    program await "$path" 500
    stopped await && python 'import time
time.sleep(0.6)' "$path"
    lasts await
    [ "$elapsed" -le "$SLACK" ] || reject "It counts its pauses instead of asking a clock." \
        "an end at once, when it has stood still until the time is over" "after $elapsed ms" \
        "man 2 clock_gettime: a pause takes longer than it should, and an attempt takes time too
to see it, with its process number: kill -STOP PID, and after its time, kill -CONT PID"
    ends await
}

@test "05-1: the reason is that of the last attempt" {
    inject "connect:1:ENOENT,connect:*:ECONNREFUSED" "$DIR/calls"
    graded "$path" 300
    [[ $stderr == *"connect: $path: Connection refused"* && $status -eq 1 ]] ||
        reject "The reason that it prints is not that of the last attempt." \
            "await: connect: $path: Connection refused, if only the first attempt gets ENOENT" \
            "${output:-nothing printed} (exit status $status)" "errno, between connect() and die()
to see it: start ../../02-bind/server hello.sock a second after ./await hello.sock 2000"
}

@test "05-1: close() does not change the reason" {
    inject "close:*:EIO" "$DIR/calls"
    graded "$path" 100
    [[ $stderr == *"No such file or directory"* || $stderr == *"close: "* ]] ||
        reject "It prints the errno of another call." \
            "await: connect: $path: No such file or directory, also when close() fails" \
            "${output:-nothing printed}" "errno is the last call's: save it before close()
to see it: strace -e inject=close:error=EIO ./await no.sock 100"
}

@test "05-1: a failure that waiting does not help is reported at once" {
    : >"$DIR/file"
    chmod 644 "$DIR/file"
    at_once "Not a directory" "$DIR/file/s" "touch file; ./await file/s 5000"
    serve 03-listen
    chmod 0 "$path"
    at_once "Permission denied" "$path" "chmod 0 hello.sock; ./await hello.sock 5000"
    rm -f "$path"
    inject "connect:*:EPROTO" "$DIR/calls"
    graded "$path" 200
    [ "$(grep -c '^connect' "$DIR/calls")" -le 1 ] ||
        reject "It waits at every failure that it does not know." \
            "await: connect: $path: Protocol error, after one attempt" \
            "$(grep -c '^connect' "$DIR/calls") attempts" \
            "$LESSON: at which errors may a server still come? All others are reported
to see it: strace -e inject=connect:error=EPROTO ./await hello.sock 5000"
    rm -f "$DIR/calls"
    inject socket:2:EMFILE "$DIR/calls"
    program await "$path" 200
    ends await
    ! grep -q EMFILE "$DIR/calls" || [[ $status -eq 1 && $stderr == *"Too many open files"* ]] ||
        reject "It takes a failure of socket() for one of connect()." \
            "await: socket: ...: Too many open files, and exit status 1" \
            "$output (exit status $status)" "try_once(): die() says so
to see it: strace -e inject=socket:error=EMFILE:when=2 ./await no.sock 5000"
}
