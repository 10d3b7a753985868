#!/usr/bin/env bats
# 04-3: two kinds of descriptors, and what is at the other end of each.

load ../grader
load ../clients

LESSON='04-accept/README.md, "Break it"'

begin() {
    program greeter "$path" "$1"
    await greeter "listen "
}

# call [COUNT] [together] - clients connect and read up to the end, one after another; or they
# all connect while the server stands still. Sets $answers: a line for each, with what came,
# as C would write it.
call() {
    [ -z "${2-}" ] || send STOP greeter
    answers=$(alone python '
import signal
count, together = int(sys.argv[2]), sys.argv[4] != ""
pending = [connect() for number in range(count)] if together else []
if together: os.kill(int(sys.argv[5]), signal.SIGCONT)
for number in range(count):
    s = pending[number] if together else connect()
    s.settimeout(float(sys.argv[3]))
    data = b""
    end = ", then the end"
    try:
        while True:
            more = s.recv(1000)
            if not more: break
            data += more
    except socket.timeout: end = ", and no end"
    except OSError as error: end = ", then: " + os.strerror(error.errno)
    text = data.decode("latin1").encode("unicode_escape").decode()
    if end == ", and no end":
        try:
            following = connect()
            end += " before the next client" if s.recv(1) == b"" else ""
        except OSError: pass
    print((text or "nothing") + end)
    if "no end" in end: break' "$path" "${1:-1}" "$((LIMIT - 2))" "${2-}" "$(pid greeter)" 2>&1) ||
        answers="no connection: ${answers##*$'\n'}"
}

# server_printed - what the server has printed, when it has ended.
server_printed() {
    finish greeter 2>/dev/null || true
    printf '%s\n' "server: ${output:-nothing} (exit status $status)"
}


# reported NUMBER - the greeting of that client could not be sent.
reported() {
    local look="greet(): what does it do when write() returns -1?
to see it: strace -e inject=write:error=EIO:when=$((2 * $1)) ./greeter hello.sock $1"
    [[ $status -eq 1 ]] || reject "A greeting that is not sent is not reported." \
        "greeter: write: Input/output error, and exit status 1" \
        "$output (exit status $status)" "$look"
    [[ $stderr == *": Input/output error"* ]] ||
        reject "The reason why a greeting is not sent is not on standard error." \
            "greeter: write: Input/output error" "standard error: ${stderr:-nothing}" "$look"
    [[ $stdout != *"greet    client $1"* ]] ||
        reject "It prints that it has greeted a client, and has not." \
            "no line: greet    client $1, when write() fails" "$output" "$look"
    [[ ! -e $path && ! -L $path ]] || reject "It leaves its path behind when it fails." "no $path" \
        "$(ls -l "$path")" "die() removes it
to see it: strace -e inject=write:error=EIO:when=$((2 * $1)) ./greeter hello.sock $1"
}

@test "04-3: a client gets its greeting" {
    begin 1
    call
    [[ $answers == "You are client 1."* ]] || reject "The client gets no greeting." \
        "You are client 1." "client: $answers
$(server_printed)" "$LESSON: Talk on the listening descriptor"
    [[ $answers == 'You are client 1.\n, '* ]] || reject "The client gets more than its greeting." \
        'You are client 1.\n' "client: $answers" \
        "greet(): how many bytes has the greeting, and how many does write() get?
to see it: nc -U hello.sock | od -c"
}

@test "04-3: the server hangs up before it waits for the next client" {
    begin 3
    call
    local wanted="You are client 1.\\n, then the end"
    [[ $answers != *"no end before"* ]] ||
        reject "The client does not see the end before the next client comes." "$wanted" \
            "client: $answers" "close(), and then accept()"
    [[ $answers != *"no end"* ]] ||
        reject "The client does not see the end: the server does not hang up." "$wanted" \
            "client: $answers" "close(): of which descriptor? 04-accept/README.md, \"What is new\""
}

@test "04-3: the next client gets its greeting too" {
    begin 2
    call
    call
    wanted="You are client 2.\\n, then the end"
    [ "$answers" = "$wanted" ] || reject "The second client is not served." \
        "$wanted" "client: $answers
$(server_printed)" "which descriptor listens after the first client? \
04-accept/README.md, \"What is new\""
}

@test "04-3: clients that are pending keep their places" {
    begin 3
    call 3 together
    wanted=$(printf 'You are client %d.\\n, then the end\n' 1 2 3)
    [ "$answers" = "$wanted" ] || reject "It loses the clients that are pending." "$wanted" \
        "clients: $answers
$(server_printed)" "main(): the listening socket stays open until the end"
}

@test "04-3: when all clients are served, it exits with status 0, and the path is gone" {
    begin 3
    call 3
    finish greeter
    [ "$status" -eq 0 ] ||
        reject "It fails at its end." "exit status 0" "$output (exit status $status)" "main()"
    wanted="listen   $path$(printf '\ngreet    client %d' 1 2 3)"
    [ "$stdout" = "$wanted" ] || reject "It does not print what the task shows." "$wanted" \
        "standard output: $stdout" "greet(): printf()"
    [[ ! -e $path && ! -L $path ]] ||
        reject "It leaves its path behind." "no $path" "$(ls -l "$path")" "the end of main()"
}

@test "04-3: twenty descriptors are enough for twenty clients" {
    DESCRIPTORS=20 begin 20
    call 20
    wanted="You are client 20.\\n, then the end"
    [ "${answers##*$'\n'}" = "$wanted" ] || reject "It runs out of descriptors." \
        "client 20: $wanted" "client $(grep -c '' <<<"$answers"): ${answers##*$'\n'}
$(server_printed)" "$LESSON: Forget to close the client"
}

@test "04-3: each descriptor is closed once" {
    inject close:500:EIO "$DIR/calls" # for the log
    begin 2
    call 2
    finish greeter
    ! grep -q '^not open: ' "$DIR/calls" ||
        reject "It uses a descriptor that it has closed already." \
            "no call with that number after close()" \
            "$(grep '^not open: ' "$DIR/calls" | sort | uniq -c)" \
            "greet() or main(): one of them closes it
to see it: strace -e close,write ./greeter hello.sock 1"
}

@test "04-3: a greeting that is not sent is reported" {
    for number in 1 2; do
        rules=
        for call in write send sendto sendmsg writev; do rules=$rules,$call:$number:EIO; done
        inject "${rules#,}" "$DIR/calls"
        begin "$number"
        call "$number"
        finish greeter
        # A program that makes none of these calls has nothing to report.
        ! grep -q ' EIO$' "$DIR/calls" || reported "$number"
        rm -f "$DIR/calls"
    done
}

@test "04-3: it prints that a client is greeted when that is true" {
    need Linux
    inject listen:1:stop
    # The client leaves before it is accepted, and no signal ends the server: nothing can be
    # sent, whatever sends it.
    # shellcheck disable=SC2016,SC2086 # the inner shell expands it; a command and its options
    start greeter sh -c 'trap "" PIPE; exec "$@"' - "${INJECTED[@]}" ${EXERCISE_RUN-} \
        "$BUILD/program" "$path" 1
    stopped greeter
    alone python 'connect().close()' "$path" || trouble "python3 does not run"
    send CONT greeter
    finish greeter
    [[ $stdout != *"greet "* ]] ||
        reject "A greeting that stays in a buffer counts as sent." \
            "no line: greet    client 1, when the client has left" "$output (exit status $status)" \
            "greet(): which call sends what is in the buffer, and what does it return?"
}
