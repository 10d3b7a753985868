#!/usr/bin/env bats
# shellcheck disable=SC2086 # lists of calls
# 01-2: two connected sockets, and a word that travels there and back.

load ../grader
load ../calls

HANGS="It waits for ever: it reads where nothing more comes."
HANGS_LOOK="carry(): what is written into one end comes out of the other end, and read()
returns what is there"
PAIR="make_pair(): one call creates both sockets; man 2 socketpair"

# halt_at_send N - runs the program with the word x until its Nth call that sends was made,
# and sets $rows to its sockets as ss shows them: type, state, and bytes that wait in it.
halt_at_send() {
    list_calls x
    nth_call "$1" $SENDING
    halt "$call" "$which" x
    rows=$(ss -xapn | awk -v pid="pid=$at," 'index($0, pid) { print $1, $2, $3 }' | sort)
}

@test "01-2: it creates its pair, and closes both ends" {
    graded
    [ "$status" -eq 0 ] || reject "It has no pair of sockets." "exit status 0" \
        "$output (exit status $status)" "$PAIR"
}

@test "01-2: a word arrives at the right" {
    graded hello
    [[ $stderr != *"not connected"* ]] ||
        reject "Its two sockets are not connected to each other." "right    hello" "$output" \
            "$PAIR"
    [[ $stdout == *"right    hello"* ]] || reject "The word does not arrive at the right." \
        "right    hello" "$output" "carry(): write() into from, read() from to"
}

@test "01-2: the answer comes back to the left" {
    graded hello
    [ "$status" -eq 0 ] && [ "$stdout" = "right    hello
left     HELLO" ] || reject "The way back is missing." \
        "right    hello
left     HELLO" "$output (exit status $status)" \
        "make_pair(): a pipe works in one direction, a pair of sockets in both"
}

@test "01-2: after a long word, a short one is printed without the end of the long one" {
    graded wonderful hi
    [ "$stdout" = "right    wonderful
left     WONDERFUL
right    hi
left     HI" ] || reject "A short word has the end of a longer one behind it." \
        "right    hi
left     HI" "$(printf '%s\n' "$stdout" | tail -n 2)" "carry(): read() writes no final '\\0'"
}

@test "01-2: a word of 100 bytes fits" {
    local word
    word=$(printf '%0100d' 7)
    graded "$word" "$word"
    [ "$stdout" = "right    $word
left     $word
right    $word
left     $word" ] || reject "The longest word does not arrive as it was." \
        "its 100 bytes, four times" "$output" \
        "carry(): how many bytes may read() deliver, and how many are sent?"
}

@test "01-2: each word is sent, and received" {
    local sent
    list_calls hi
    count_calls $SENDING
    [ "$count" -ge 2 ] || reject "It prints words that it has not sent." \
        "at least two calls that send: $SENDING" "$count of them" \
        "carry(): write() into from; strace -e trace=write ./pair hi"
    sent=$count
    count_calls $RECEIVING
    [ "$count" -ge 2 ] || reject "It prints words that it has not received." \
        "at least two calls that receive: $RECEIVING" "$count of them" \
        "carry(): read() from to; strace -e trace=read ./pair hi"
}

@test "01-2: it prints what it has received, and not what it has sent" {
    local rules='' call
    # Each call that receives gets one byte only. A program that does not read on for the
    # second one prints an h.
    for call in $RECEIVING; do rules=$rules${rules:+,}"$call:*:short"; done
    inject "$rules" "$DIR/calls"
    graded hi
    INJECTED=()
    count_calls $RECEIVING
    [[ $stdout != "right    hi"* ]] || [ "$count" -ge 4 ] ||
        reject "It prints the word that it has sent, not the one that it has received." \
            "right    h, when read() delivers only that byte" "$stdout" \
            "carry(): which bytes does it put into heard?"
}

@test "01-2: the word travels through one pair of stream sockets" {
    need Linux ss
    local first
    halt_at_send 1
    first=$rows
    case $first in
    *u_dgr* | *u_seq*) reject "Its sockets are not stream sockets." "u_str" "$first" \
        '01-socket/README.md, "What is new": SOCK_STREAM' ;;
    esac
    [ "$(printf '%s\n' "$first" | grep -c .)" -eq 2 ] ||
        reject "It has more or fewer than two sockets." \
            "two lines of: ss -xap, while the word is under way" "${first:-none}" "$PAIR"
    go_on
    [[ $first != *"ESTAB 0"*"ESTAB 0"* ]] ||
        reject "The word does not travel through its pair of sockets." \
            "one byte that waits in one of the sockets" "$first" "carry(): from and to"
    [[ $first == *"ESTAB 0"*"ESTAB 1" ]] ||
        reject "It sends more than the letters of the word." \
            "1 byte for the word x" \
            "as ss -xap shows it (type, state, bytes that wait): $first" \
            "carry(): strlen() does not count the final '\\0'"
    halt_at_send last
    go_on
    [ "$rows" = "$first" ] || reject "The answer does not travel through the same pair." \
        "$first" "$rows" "carry(): main() exchanges from and to"
}

@test "01-2: it reports every call that fails" {
    list_calls hello
    while read -r call which; do
        fails_well "$call" "$which" "./pair hello" "what does $call() return when it fails?" \
            hello
    done < <(calls_to_fail)
}
