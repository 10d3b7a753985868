#!/usr/bin/env bats
# 06-2: messages on a stream, each with its length in front.

load ../grader
load ../streams

STREAM='06-readwrite/README.md, "Check yourself": question 1 and its answer'
RESULTS='06-readwrite/README.md, "What is new": the three results of read()'

# letters COUNT - prints that many.
letters() {
    printf "%$1s" '' | tr ' ' x
}

# say WORDS... - sets $bytes to what it writes, in hexadecimal: "00 00 00 01 61".
say() {
    HANGS="say does not end: it had to be killed." graded say "$@"
    bytes=$(od -An -v -tx1 "$PLAY/graded.out" | tr -s ' \n' ' ' | sed 's/^ //; s/ $//')
}

# says BYTES MESSAGE LOOK - it has written exactly these, and succeeded.
says() {
    [[ $bytes == "$1" && $status -eq 0 && -z $stderr ]] ||
        reject "$2" "$(brief "$1") (exit status 0)" \
            "$(brief "$bytes") ${stderr:-} (exit status $status)" "$3"
}

# brief BYTES - prints the first of them, and how many there are.
brief() {
    local count=$(((${#1} + 1) / 3))
    if [ "$count" -le 20 ]; then
        printf '%s' "${1:-no bytes}"
    else
        printf '%s' "${1:0:29} ..., $count bytes"
    fi
}

# hears BYTES OUTPUT MESSAGE LOOK - from these bytes it makes this output, and succeeds.
# Both are written as for printf.
hears() {
    HANGS="hear does not end: it had to be killed." feed "$1" hear
    fed "$2" && [[ $status -eq 0 && -z $stderr ]] && return
    compare
    reject "$3" "$wanted (exit status 0)" "$came" "$4"
}

# refuses_all BYTES OUTPUT REASON MESSAGE LOOK - from these bytes it makes this output, then
# reports this reason.
refuses_all() {
    feed "$1" hear
    fed "$2" && [[ $status -eq 1 && $stderr == "messages: receive: $3" ]] && return
    compare
    reject "$4" "$wanted
messages: receive: $3 (exit status 1)" "$came" "$5"
}

TOO_LONG='the message is too long'
CUT_OFF='the message is cut off'

@test "06-2: a message begins with its length in four bytes" {
    say hello
    [[ $bytes != "05 00 00 00 "* ]] ||
        reject "The length begins with its lowest byte." "00 00 00 05 68 65 6c 6c 6f" "$bytes" \
            "send_message(): send the number byte by byte, or through htonl(); man 3 htonl"
    says "00 00 00 05 68 65 6c 6c 6f" "There is no length of four bytes in front of the text." \
        "send_message(). Try: ./messages say hello | od -An -tx1"
    say a '' b
    says "00 00 00 01 61 00 00 00 00 00 00 00 01 62" "An empty message is not sent as a message." \
        "send_message(): 0 is a length too. Try: ./messages say a '' b | od -An -tx1"
}

@test "06-2: the length of a long message is right too" {
    local text
    text=$(letters 300)
    say "$text"
    says "00 00 01 2c${text//x/ 78}" "A length over 255 is sent wrong." \
        "send_message(): 300 is 1 * 256 + 44, two bytes of the four. Try:
./messages say \$(printf %300s | tr ' ' x) | od -An -tx1"
    text=$(letters 1024)
    say "$text"
    says "00 00 04 00${text//x/ 78}" "The longest message is not sent." \
        "send_message(): 1024 bytes are allowed. Try:
./messages say \$(printf %1024s | tr ' ' x) | wc -c"
}

@test "06-2: a text of more than 1024 bytes is not sent" {
    say a "$(letters 1025)"
    [[ $bytes == "00 00 00 01 61" ]] ||
        reject "It sends a part of a message that is too long." \
            "00 00 00 01 61: the first message, and no byte of the second" "$(brief "$bytes")" \
            "send_message(): look at the length first. Try:
./messages say a \$(printf %1025s | tr ' ' x) | od -An -tx1"
    [[ $status -eq 1 && $stderr == "messages: send: $TOO_LONG" ]] ||
        reject "A message that is too long is not reported." \
            "messages: send: $TOO_LONG (exit status 1)" \
            "${stderr:-no message} (exit status $status)" \
            "send_message(): return -1, with errno EMSGSIZE"
}

@test "06-2: messages that arrive in one piece are told apart" {
    hears '\0\0\0\5hello\0\0\0\7you too' '   5 bytes: hello\n   7 bytes: you too\n' \
        "Two messages are not told apart." "receive_message(): the length says where each one ends.
Try: ./messages say hello 'you too' | ./messages hear
$STREAM"
    hears "" "" "Without input it prints a message, or fails." \
        "receive_message(): the end before a message is a good end: return 0"
}

@test "06-2: every length up to 1024 is read right" {
    hears "\\0\\0\\0\\310$(letters 200)" " 200 bytes: $(letters 200)\\n" \
        "A length with a byte of 128 or more is read wrong." \
        "receive_message(): 200 is the byte c8; in a signed char, that is -56"
    hears "\\0\\0\\1\\54$(letters 300)" " 300 bytes: $(letters 300)\\n" \
        "A length over 255 is read wrong." "receive_message(): 00 00 01 2c is 1 * 256 + 44"
    hears "\\0\\0\\4\\0$(letters 1024)" "1024 bytes: $(letters 1024)\\n" \
        "The longest message is not received." "receive_message(): 1024 bytes are allowed. Try:
./messages say \$(printf %1024s | tr ' ' x) | ./messages hear"
}

@test "06-2: a message that arrives in pieces is put together" {
    local try="Try:
{ printf '\\0\\0'; sleep 1; printf '\\0\\5hel'; sleep 1; printf lo; } | ./messages hear
$RESULTS"
    inject "$(reads '1:short')"
    hears '\0\0\0\5hello\0\0\0\7you too' '   5 bytes: hello\n   7 bytes: you too\n' \
        "A length that arrives in pieces is not put together." \
        "receive_message(): the first read() returned one byte here, as it may; read_all() goes on.
$try"
    inject "$(reads '*:short')"
    hears '\0\0\0\5hello\0\0\0\7you too' '   5 bytes: hello\n   7 bytes: you too\n' \
        "A text that arrives in pieces is not put together." \
        "receive_message(): each read() returned one byte here, as it may; read_all() goes on.
$try"
}

@test "06-2: nothing is left of the message before" {
    hears '\0\0\0\0\0\0\0\1b' '   0 bytes: \n   1 bytes: b\n' \
        "An empty message is taken for the end." \
        "receive_message(): 0 is a length too: return 1. Try: ./messages say '' b | ./messages hear"
    hears '\0\0\0\5hello\0\0\0\2no\0\0\0\0' '   5 bytes: hello\n   2 bytes: no\n   0 bytes: \n' \
        "Something of an earlier message appears again." \
        "receive_message(): where does the text end? A string needs a final '\\0'. Try:
./messages say hello no | ./messages hear"
}

@test "06-2: a length over 1024 is refused" {
    refuses_all '\0\0\4\1'"$(letters 1025)" "" "$TOO_LONG" \
        "It believes a length for which it has no room." \
        "receive_message(): look at the number before you use it. Try:
{ printf '\\0\\0\\4\\1'; printf %1025s; } | ./messages hear"
    refuses_all '\0\0\0\2no\377\377\377\377' '   2 bytes: no\n' "$TOO_LONG" \
        "It takes a huge length for a small or negative one." \
        "receive_message(): ff ff ff ff is 4294967295; in an int, it is -1. Try:
printf '\\377\\377\\377\\377' | ./messages hear"
    refuses_all '\0\1\0\5hello' "" "$TOO_LONG" "The upper bytes of the length are not looked at." \
        "receive_message(): 00 01 00 05 is 65541. Try: printf '\\0\\1\\0\\5hello' | ./messages hear"
    refuses_all '\1\0\0\5hello' "" "$TOO_LONG" "The first byte of the length is not looked at." \
        "receive_message(): 01 00 00 05 is 16777221. Try:
printf '\\1\\0\\0\\5hello' | ./messages hear"
}

@test "06-2: an input that ends inside a message is an error" {
    feed '\0\0\0\2no\0\0\0\5hel' hear
    [[ $status -ne 1 || $stdout != "   2 bytes: no" || $stderr == *": $CUT_OFF" ]] ||
        reject "A message that is cut off is reported with a wrong reason." \
            "messages: receive: $CUT_OFF (exit status 1)" "$stderr (exit status 1)" \
            "receive_message(): read_all() has not failed, so set errno yourself: EPROTO"
    refuses_all '\0\0\0\2no\0\0\0\5hel' '   2 bytes: no\n' "$CUT_OFF" \
        "Half a message is taken for a whole one." \
        "receive_message(): what does read_all() return if the input ends early? Try:
printf '\\0\\0\\0\\5hel' | ./messages hear"
    refuses_all '\0\0\0\2no\0\0\0\5' '   2 bytes: no\n' "$CUT_OFF" \
        "The end between a length and its text is taken for a good end." \
        "receive_message(): five bytes are still to come, so 0 is too few. Try:
printf '\\0\\0\\0\\5' | ./messages hear"
    hears '\0\0\0\2no' '   2 bytes: no\n' "The end between two messages is taken for an error." \
        "receive_message(): 0 from the first read_all() is a good end"
}

@test "06-2: an input that ends inside a length is an error" {
    local head message='The input ends inside a length, and that is taken for a good end.'
    for head in '\377\377' '\0' '\0\0\0'; do
        feed "$head" hear
        [[ $status -ne 0 ]] ||
            reject "$message" "messages: receive: $CUT_OFF (exit status 1)" \
                "${stdout:-no message} (exit status 0)" \
                "receive_message(): one to three bytes of a length are not the end. Try:
printf '\\0' | ./messages hear"
        refuses_all "$head" "" "$CUT_OFF" "Half a length is used as if it were whole." \
            "receive_message(): look at how many bytes read_all() has returned. Try:
printf '\\377\\377' | ./messages hear"
    done
}

@test "06-2: a read() that fails is reported with its own reason" {
    local try="Try:
./messages say hello | strace -e trace=read -e inject=read:error=EIO:when=3 ./messages hear
$RESULTS"
    REDIRECT='<&-' refuses_all "" "" "Bad file descriptor" \
        "A failed read() of a length is not reported as what it is." \
        "receive_message(): -1 is neither an end nor a length. Try: ./messages hear <&-"
    inject "$(reads 2:EIO)"
    refuses_all '\0\0\0\5hello' "" "Input/output error" \
        "A failed read() of a text is not reported as what it is." \
        "receive_message(): -1 is an error, not a message that is cut off. $try"
}

@test "06-2: a write() that fails is reported" {
    REDIRECT='>/dev/full' say hello
    [[ $status -eq 1 && $stderr == "messages: send: No space left on device" ]] ||
        reject "A failed write() is not reported." \
            "messages: send: No space left on device (exit status 1)" \
            "${stderr:-no message} (exit status $status)" \
            "send_message(): Try: ./messages say hello >/dev/full"
    inject "$(writes 1:ENOSPC)"
    say hello
    [[ $status -eq 1 && $stderr == "messages: send: No space left on device" ]] ||
        reject "A failed write() of the length is not reported." \
            "messages: send: No space left on device (exit status 1)" \
            "${stderr:-no message}; written: ${bytes:-nothing} (exit status $status)" \
            "send_message(): check both calls; without its length, a text is no message. Try:
strace -e trace=write -e inject=write:error=ENOSPC:when=1 ./messages say hello"
    inject "$(writes 2:ENOSPC)"
    say hello you
    [[ $status -eq 1 && $stderr == "messages: send: No space left on device" ]] ||
        reject "A failed write() of the text is not reported." \
            "messages: send: No space left on device (exit status 1)" \
            "${stderr:-no message}; written: ${bytes:-nothing} (exit status $status)" \
            "send_message(): check both calls. Try:
strace -e trace=write -e inject=write:error=ENOSPC:when=2 ./messages say hello you"
    inject "$(writes '1:EINTR,*:short')"
    say hello
    says "00 00 00 05 68 65 6c 6c 6f" "After a short or interrupted write(), bytes are missing." \
        "send_message(): write_all() goes on after a short write(); a single write() does not"
}

@test "06-2: a message is printed as soon as it is complete" {
    patiently
    program early hear
    printf '\0\0\0\5hello' >&"$(fd in early)"
    await early '5 bytes: hello' 2>/dev/null ||
        reject "A complete message is not printed before more input comes." "   5 bytes: hello" \
            "$(said early)" \
            "receive_message(): read the length, then as many bytes as it says, and no more. Try:
{ ./messages say hello; sleep 2; } | ./messages hear"
    printf '\0\0\0' >&"$(fd in early)"
    eof early
    finish early
}

@test "06-2: a length over 1024 is refused at once" {
    patiently
    program refuser hear
    printf '\0\0\4\1' >&"$(fd in refuser)"
    await refuser "$TOO_LONG" 2>/dev/null ||
        reject "It waits for the text of a message that it must refuse." \
            "messages: receive: $TOO_LONG (exit status 1)" "$(said refuser)" \
            "receive_message(): a sender of one length must not keep it waiting. Try:
{ printf '\\0\\0\\4\\1'; sleep 9; } | ./messages hear"
    eof refuser
    finish refuser
}
