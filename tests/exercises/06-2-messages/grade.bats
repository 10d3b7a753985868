#!/usr/bin/env bats
# 06-2: messages on a stream, by a length in front of each.

load ../grader

HEARD='receive_message(); 06-readwrite/README.md, "Check yourself", question 1'

# say WORDS... - sets $bytes to what it writes, in hexadecimal: "00 00 00 01 61".
say() {
    graded say "$@"
    bytes=$(od -An -v -tx1 "$PLAY/graded.out" | tr -s ' \n' ' ' | sed 's/^ //; s/ $//')
}

# hear BYTES - gives it these bytes, written as for printf: $output, $status.
hear() {
    program hear hear
    # shellcheck disable=SC2059
    printf "$1" >&"$(fd in hear)"
    eof hear
    finish hear
}

# letters COUNT - so many.
letters() {
    printf "%$1s" '' | tr ' ' x
}

# hears BYTES OUTPUT STATUS MESSAGE LOOK
hears() {
    hear "$1"
    [[ $output == "$2" && $status -eq $3 ]] ||
        reject "$4" "$2 (exit status $3)" "${output:-nothing} (exit status $status)" "$5"
}

@test "06-2: a message begins with its length in four bytes" {
    say hello
    case $bytes in
    "00 00 00 05 68 65 6c 6c 6f") ;;
    "05 00 00 00 "*) reject "The length begins with its lowest byte." \
        "00 00 00 05 68 65 6c 6c 6f, on every machine" "$bytes" \
        "send_message(): a number is sent byte by byte, or through htonl(); man 3 htonl" ;;
    *) reject "There is no length of four bytes in front of the text." \
        "00 00 00 05 68 65 6c 6c 6f" "${bytes:-nothing}" "send_message()" ;;
    esac
    say a '' b
    [ "$bytes" = "00 00 00 01 61 00 00 00 00 00 00 00 01 62" ] ||
        reject "An empty message is not sent, or not as one." \
            "00 00 00 01 61 00 00 00 00 00 00 00 01 62" "$bytes" \
            "send_message(): 0 is a length as well"
}

@test "06-2: long messages have the right length too" {
    say "$(letters 300)"
    [[ $bytes == "00 00 01 2c 78 "* && ${#bytes} -eq 911 ]] ||
        reject "A length over 255 is sent wrong." "00 00 01 2c, and 300 bytes more" \
            "${bytes:0:30}... ($(((${#bytes} + 1) / 3)) bytes)" \
            "send_message(): 300 is 1 * 256 + 44"
}

@test "06-2: a text of more than 1024 bytes is not sent" {
    say "$(letters 1025)"
    [[ $status -eq 1 && -z $bytes && $stderr == *"too long"* ]] ||
        reject "It sends a message that is too long." "nothing, but an error, and exit status 1" \
            "${bytes:0:30}... ${output:-no error} (exit status $status)" "send_message(): EMSGSIZE"
}

@test "06-2: messages that come in one piece are told apart" {
    hears '\0\0\0\5hello\0\0\0\7you too' "   5 bytes: hello
   7 bytes: you too" 0 "Two messages are not told apart." "$HEARD"
}

@test "06-2: lengths with large bytes are read right" {
    hears "\\0\\0\\0\\310$(letters 200)" " 200 bytes: $(letters 200)" 0 \
        "A length with a byte from 128 on is read wrong." \
        "receive_message(): 200 is the byte c8; in a signed char it is -56"
    hears "\\0\\0\\4\\0$(letters 1024)" "1024 bytes: $(letters 1024)" 0 \
        "The longest message is not received." \
        "receive_message(): 1024 bytes are allowed, 1025 are not"
}

@test "06-2: a message that comes in pieces is put together" {
    inject 'read:*:short'
    hears '\0\0\0\5hello\0\0\0\7you too' "   5 bytes: hello
   7 bytes: you too" 0 "A message that comes in pieces is not put together." \
        "receive_message(): here each read() gives one byte, as it may; read_all() goes on"
}

@test "06-2: nothing is seen of the message before" {
    hears '\0\0\0\5hello\0\0\0\2no\0\0\0\0' "   5 bytes: hello
   2 bytes: no
   0 bytes: " 0 "Something of an earlier message is seen again." \
        "receive_message(): where does the text end? A string needs a final '\\0'"
}

@test "06-2: a length over 1024 is refused" {
    hear '\0\0\4\1'
    [[ $status -eq 1 && $output == *"too long"* ]] ||
        reject "It believes a length that is more than its room." \
            "messages: receive: the message is too long (exit status 1)" \
            "$output (exit status $status)" \
            "receive_message(): 1025 is claimed; look at the number before you use it"
    hear '\0\0\0\2no\377\377\377\377'
    [[ $status -eq 1 && $output == *"too long"* ]] ||
        reject "It takes a huge length for a small or negative one." \
            "messages: receive: the message is too long (exit status 1)" \
            "$output (exit status $status)" \
            "receive_message(): ff ff ff ff is 4294967295; in an int it is -1"
}

@test "06-2: a message that is cut off is an error, the end between two is not" {
    hear '\0\0\0\2no\0\0\0\5hel'
    [[ $status -eq 1 && $output == "   2 bytes: no
messages: receive: the message is cut off" ]] ||
        reject "Half a message is taken for a whole one." \
            "the first message; then: messages: receive: the message is cut off (exit status 1)" \
            "$output (exit status $status)" \
            "receive_message(): what does read_all() return when the end comes early?"
    hear '\0\0\0\2no\0\0'
    [[ $status -eq 1 && $output == "   2 bytes: no
messages: receive: the message is cut off" ]] ||
        reject "Half a length is taken for a whole one, or for the end." \
            "the first message; then: messages: receive: the message is cut off (exit status 1)" \
            "$output (exit status $status)" \
            "receive_message(): two bytes of a length are not its end"
    hears '\0\0\0\2no' "   2 bytes: no" 0 "The end between two messages is taken for an error." \
        "receive_message(): 0 from the first read_all() is a good end"
}
