#!/usr/bin/env bats
# 04-3: two kinds of descriptors, and who is at the other end of each.

load ../grader

LESSON='04-accept/README.md, "Break it": Talk on the listening descriptor'

# call NAME - a client calls, says nothing, and reads up to the end: its
# $output. Where it cannot connect, or is not greeted, the next line tells.
call() {
    borrow 07-multiclient/client
    start "$1" "$borrowed" "$path"
    eof "$1"
    finish "$1" 2>/dev/null || [ "$(verdict "$1")" != time ] ||
        reject "The client does not see the end: nobody hangs up." \
            "You are client 1., and then the end" "$output, and no end within $LIMIT s" \
            "close(): of which descriptor? 04-accept/README.md, \"What is new\""
}

verdict() {
    local verdict=verdict_$1
    printf '%s\n' "${!verdict}"
}

# server_says - what the server has said, when it has ended.
server_says() {
    finish greeter 2>/dev/null || true
    printf '%s\n' "server: $output (exit status $status)"
}

begin() {
    program greeter "$path" "$1"
    await greeter "listen "
}

@test "04-3: a client is greeted" {
    begin 1
    call one
    [[ $output == "You are client 1."* ]] || reject "The client gets no greeting." \
        "You are client 1." "client: $output
$(server_says)" "$LESSON"
}

@test "04-3: the next client is greeted too" {
    begin 2
    call one
    call two
    [[ $output == "You are client 2."* ]] || reject "The second client is not served." \
        "You are client 2." "client: $output
$(server_says)" "which descriptor listens after the first client? $LESSON"
    finish greeter
    [ "$status" -eq 0 ] ||
        reject "It fails at its end." "exit status 0" "$output (exit status $status)" "main()"
}

@test "04-3: twenty descriptors are enough for twenty clients" {
    DESCRIPTORS=20 LIMIT=$((4 * LIMIT)) begin 20
    for number in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        call client
        [[ $output == "You are client $number."* ]] || reject "It runs out of descriptors." \
            "You are client $number." "client: $output
$(server_says)" "04-accept/README.md, \"Break it\": forget to close the client"
    done
}

@test "04-3: a greeting that is not sent is told" {
    inject write:1:EIO,send:1:EIO
    begin 1
    call one
    got=$output
    finish greeter
    [[ $got == "You are client 1."* || ($status -eq 1 && $output == *": "*": "*) ]] ||
        reject "A greeting that is not sent is not told." "greeter: write: ..., and exit status 1" \
            "$output (exit status $status)" "greet(): what does it do when write() returns -1?"
}
