#!/usr/bin/env bats
# 05-2: each failure by its own name.

load ../grader
load ../clients

LESSON='05-connect/README.md, "Break it": the table of messages'

setup_server() {
    borrow 03-listen/server
    start server "$borrowed" "$1"
    await server "press Enter"
}

# reports REASON MESSAGE LOOK PATH [CALL] - the program reports that reason, for that call.
reports() {
    local call=${5:-connect} wanted
    wanted="down: $call: $4: $1, on standard error, and exit status 1"
    graded "$4"
    [[ $output != *"connect  descriptor"* ]] || reject "It is connected where it should fail." \
        "$wanted" "$output" "call()"
    [[ $output == *"$1"* ]] || reject "$2" "$wanted" "$output (exit status $status)" "$3"
    [[ $stderr == *"$1"* ]] || reject "It reports the failure on standard output." \
        "$wanted" "standard error: ${stderr:-nothing}" \
        "fprintf(stderr, ...): a script keeps the two apart
to see it: ./down no.sock 2>/dev/null"
    [[ $output != *"server is down"* ]] || reject "It still prints that the server is down." \
        "$wanted, and nothing else" "$output" "main()"
    [ "$status" -ne 0 ] || reject "It reports the failure, but its exit status means success." \
        "exit status 1" "exit status 0" "main(): what does a script see?
to see it: ./down no.sock; echo \$?"
    [ "$status" -eq 1 ] || reject "Its exit status is not 1." "exit status 1" \
        "exit status $status" "call(), main()"
    one_line
}

# one_line - the message about a failure is one line, and all that it prints.
one_line() {
    [[ $output != *$'\n'* ]] || reject "When it fails, it prints more than one line." \
        "down: connect: ..., on standard error, and nothing else on either stream" "$output" \
        "a script that keeps the last line, or a log with a line for each failure"
}

# path_of BYTES - sets $long to a path of that length.
path_of() {
    long=$path
    while [ "${#long}" -lt "$1" ]; do long=${long}x; done
}

# longest - how many bytes of a path fit: 107, on macOS and the BSDs 103.
longest() {
    if [ "$(uname)" = Linux ]; then echo 107; else echo 103; fi
}

@test "05-2: if a server listens, it is connected" {
    setup_server "$path"
    graded "$path"
    [[ $status -eq 0 && $stdout == "connect  descriptor "* ]] ||
        reject "It is not connected to a server that listens." "connect  descriptor 3" \
            "$output (exit status $status)" "call(), main()"
    REDIRECT='<&-' graded "$path"
    [[ $status -eq 0 && $stdout == "connect  descriptor "* ]] ||
        reject "It takes descriptor 0 for a failure." \
            "connect  descriptor 0, when standard input is closed" \
            "$output (exit status $status)" "the result of socket(): only -1 is a failure
to see it: ./down hello.sock <&-"
}

@test "05-2: the path does not exist" {
    reports "No such file or directory" "It reports a reason that is not that of connect()." \
        "errno, right after connect(): $LESSON
to see it: ./down no.sock" "$path"
    [[ $stderr == *"connect: "* ]] || reject "It does not report which call failed." \
        "down: connect: $path: No such file or directory" "$stderr" "the message: the call's name"
    [[ $stderr == *"$path"* ]] || reject "It does not report on what the call failed." \
        "down: connect: $path: No such file or directory" "$stderr" "the message: the path"
}

@test "05-2: nothing listens" {
    : >"$path"
    chmod 666 "$path"
    reports "Connection refused" "A client that is refused reports something else." \
        "errno, right after connect(): $LESSON
to see it: touch file; ./down file" "$path"
}

@test "05-2: the client may not connect" {
    setup_server "$path"
    chmod 0 "$path"
    reports "Permission denied" "A client that may not connect reports something else." \
        "errno, right after connect(): $LESSON
to see it: chmod 0 hello.sock; ./down hello.sock" "$path"
}

@test "05-2: the server's socket is of another type" {
    start server python3 -Suc 'import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("bound")
sys.stdin.readline()' "$path"
    await server bound
    reports "Protocol wrong type for socket" \
        "It knows a few errors only, and reports one of these." "strerror(errno), whatever errno is
to see it: strace -e inject=connect:error=EPROTOTYPE ./down hello.sock" "$path"
}

@test "05-2: no descriptor is left" {
    local try="to see it: strace -e inject=socket:error=EMFILE ./down hello.sock"
    inject socket:1:EMFILE
    setup_server "$path"
    reports "Too many open files" "When socket() fails, it reports something else." \
        "call(): the result of socket()
$try" "$path" socket
    [[ $stderr == *socket* ]] || reject "When socket() fails, it reports another call." \
        "down: socket: ...: Too many open files" "$stderr" "call(), main(): which call was it?
$try"
}

@test "05-2: the reason comes from the call itself" {
    inject connect:1:ECONNRESET "$DIR/calls"
    graded "$path"
    grep -q '^connect' "$DIR/calls" || reject "It reports a connect() that it has not made." \
        "connect() is called, and its errno is reported" "$output; the calls:
$(cut -d ' ' -f 1 "$DIR/calls" | sort | uniq -c)" "call(): do not look before, check afterwards
to see it: strace ./down no.sock"
    [[ $stderr == *"connect: "*": Connection reset by peer"* && $status -eq 1 ]] ||
        reject "It does not report the reason that connect() gives." \
            "down: connect: $path: Connection reset by peer" "$output (exit status $status)" \
            "errno, right after connect()
to see it: strace -e inject=connect:error=ECONNRESET ./down no.sock"
    one_line
}

@test "05-2: a path that is too long is not cut off" {
    # As much of it as fits is the path of a live server.
    local short longer
    path_of "$(longest)"
    short=$long
    setup_server "$short"
    for longer in "${short}y" "${short}yyyyyyyyyyyyyyyyyyyy"; do
        graded "$longer"
        [[ $output != *"connect  descriptor"* ]] ||
            reject "It calls another server: the path is cut off." \
                "down: connect: $longer: File name too long" "$output" \
                "call(): what does not fit into sun_path, with its '\\0'?"
        [[ $status -eq 1 && $stderr == *"too long"* ]] ||
            reject "It does not report that the path is too long." \
                "down: connect: $longer: File name too long, and exit status 1" \
                "$output (exit status $status), for ${#longer} bytes" \
                "call(): what does not fit into sun_path, with its '\\0'?"
        one_line
    done
}

@test "05-2: the longest path that fits is not too long" {
    path_of "$(longest)"
    setup_server "$long"
    graded "$long"
    [[ $status -eq 0 && $stdout == "connect  descriptor "* ]] ||
        reject "It refuses a path that fits." "connect  descriptor 3, for ${#long} bytes" \
            "$output (exit status $status)" "call(): sizeof address.sun_path, and the '\\0'"
}
