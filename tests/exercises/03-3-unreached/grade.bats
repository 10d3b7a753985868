#!/usr/bin/env bats
# 03-3: a server that cannot be reached, in three ways.

load ../grader
load ../clients
load ../evidence

LESSON='03-listen/README.md, "Break it"'

# be WAY - the program is in that state, until Enter.
be() {
    program server "$path" "$1"
    if ! await server "press Enter" 2>/dev/null; then
        ends server
        [ "$verdict_server" != time ] || reject "$1: it waits in its own queue." \
            "ready    $1" "${output:-nothing printed}, and then it hangs" \
            "$LESSON, Fill the backlog: what does a client that finds no room do?"
        reject "$1: it fails before it is ready." "ready    $1" "$output (exit status $status)" \
            "be_$1(): the call that fails"
    fi
    text_of "$PLAY/server.out" stdout
    [ "$stdout" = "ready    $1"$'\n'"         press Enter to exit" ] ||
        reject "$1: it prints something else than that it is ready." "ready    $1
         press Enter to exit" "standard output: ${stdout:-nothing}" "be_$1(), main()"
}

# call - a client calls, to its end.
call() {
    borrow 05-connect/client
    start client "$borrowed" "$path"
    eof client
    finish client
}

# listening WAY - a socket that listens was bound to that path.
listening() {
    [[ $OSTYPE != linux* ]] || listens || reject "$1: nothing listens." \
        "a listening socket that was bound to $path" "none" "be_$1(): listen(); and what closes it?
to see it: ss -xl | grep hello.sock"
}

# ended WAY - Enter ends the program: status 0, and nothing left.
ended() {
    press server
    finish server
    [ "$status" -eq 0 ] || reject "$1: it fails at its end." "exit status 0" \
        "$output (exit status $status)" "the end of main(): what is there to remove?"
    [[ ! -e $path && ! -L $path ]] || reject "$1: it leaves its path behind." \
        "no $path at the end" "$(ls -l "$path")" \
        "02-bind/README.md, \"Predict\": what is left when the socket is closed?"
    [ -z "$(find "$DIR" ! -path "$DIR" ! -name calls)" ] || reject "$1: it leaves a file behind." \
        "an empty folder" "$(ls -A "$DIR")" "be_$1(): what else has it created?"
}

# reported WAY CALLS ERROR TEXT TRY - when that call fails, the program reports it, and is not
# ready. A program that does not make the call has nothing to report.
reported() {
    local call rules=
    for call in $2; do rules=$rules,$call:$3; done
    inject "${rules#,}" "$DIR/calls"
    program server "$path" "$1"
    eof server
    ends server
    grep -qs " ${3##*:}\$" "$DIR/calls" || return 0
    [[ $verdict_server != time && $status -eq 1 && $stderr == *"$4"* && $stdout != *ready* ]] ||
        reject "$1: it is ready although a call has failed: $(failed_call "${3##*:}")." \
            "unreached: ...: $4, exit status 1, and no line: ready" \
            "${output:-nothing printed} (exit status $status)" \
            "be_$1(): the result of each call
to see it: strace -f -e inject=$5 ./unreached hello.sock $1"
    rm -f "$DIR/calls" "$path"
    ! [ -e "$path" ] || trouble "a socket in the test's folder cannot be removed"
}

# failed_call ERROR - the name of the call that has failed with it.
failed_call() {
    awk -v error="$1" '$2 == error { print $1 "()"; exit }' "$DIR/calls"
}

@test "03-3: deaf: a client is refused" {
    be deaf
    call
    [[ $output == *"Connection refused"* ]] ||
        reject "deaf: a client gets another error than ECONNREFUSED." \
            "client: connect: $path: Connection refused" "$output" \
            "05-connect/README.md, \"Break it\": the table of messages"
}

@test "03-3: lost: a client finds no path, but the server listens" {
    be lost
    call
    [[ $output == *"No such file or directory"* ]] ||
        reject "lost: a client gets another answer than ENOENT." \
            "client: connect: $path: No such file or directory" "$output" \
            "be_lost(): what does a client look for first?"
    listening lost
}

@test "03-3: full: the backlog has no room, and a client blocks" {
    be full
    probe
    [ "$probe" != room ] || reject "full: a client finds room." \
        "EAGAIN for a client that is non-blocking" "it is connected" \
        "$LESSON, Fill the backlog: how many clients fit?"
    [[ $probe == full || ($probe == "Connection refused" && $OSTYPE != linux*) ]] ||
        reject "full: a client gets another error than EAGAIN." \
            "EAGAIN: the server listens, but has no room" "$probe" \
            "be_full(): the listening socket stays as it is"
    listening full
    # A client that blocks gets its answer when the server ends.
    borrow 05-connect/client
    start client "$borrowed" "$path"
    await client "socket "
    asleep client
    press server
    finish server
    eof client
    finish client
    [[ $output != *"connect  descriptor"* ]] || reject "full: at its end it lets a client in." \
        "no line: connect" "$output" "main(): who accepts it?"
}

@test "03-3: in all three ways Enter ends it with status 0, and nothing is left" {
    for way in deaf full lost; do
        be "$way"
        ended "$way"
    done
}

@test "03-3: a call that fails is reported, and it is not ready" {
    reported lost listen "1:EADDRINUSE" "Address already in use" listen:error=EADDRINUSE
    reported lost "unlink unlinkat rename" "1:EPERM" "Operation not permitted" unlink:error=EPERM
    reported full listen "1:EADDRINUSE" "Address already in use" listen:error=EADDRINUSE
    reported full socket "2-99:EMFILE" "Too many open files" socket:error=EMFILE:when=2+
    reported full connect "1:EACCES" "Permission denied" connect:error=EACCES
    reported full fcntl "*:EIO" "Input/output error" fcntl:error=EIO
    reported full setsockopt "*:ENOPROTOOPT" "Protocol not available" setsockopt:error=ENOPROTOOPT
}

@test "03-3: a path that cannot be removed at the end is reported" {
    inject "unlink:1:EACCES,unlinkat:1:EACCES" "$DIR/calls"
    program server "$path" deaf
    eof server
    finish server
    ! grep -qs EACCES "$DIR/calls" || [[ $status -eq 1 && $stderr == *"Permission denied"* ]] ||
        reject "It leaves its path behind, and does not say so." \
            "unreached: unlink: ...: Permission denied, and exit status 1" \
            "${output:-nothing printed} (exit status $status)" \
            "the end of main(): only ENOENT is fine, and only if the path is lost
to see it: strace -e inject=unlink:error=EACCES ./unreached hello.sock deaf"
}
