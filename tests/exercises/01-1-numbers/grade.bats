#!/usr/bin/env bats
# 01-1: the number that socket() will return, told before.

load ../grader

LESSON='01-socket/README.md, "Break it": Take number 3 away'

# The lines that tell a number, each with the one that came: "3 3".
pairs() {
    printf '%s\n' "$output" | awk '/^next/ { told = $2 } /^socket/ { print told, $3 }'
}

@test "01-1: it makes four sockets, and ends with status 0" {
    graded
    [ "$status" -eq 0 ] && [ "$(pairs | wc -l)" -eq 4 ] ||
        reject "It does not make its four sockets." "four lines with: socket, and exit status 0" \
            "$output (exit status $status)" "what it says on standard error"
}

@test "01-1: nothing stays open that it has only looked at" {
    graded
    [ "$(pairs | cut -d ' ' -f 2 | tr '\n' ' ')" = "3 4 5 4 " ] ||
        reject "Its own looking takes a number away: something stays open." \
            "sockets with the numbers 3, 4, 5, 4" "$output" \
            '01-socket/README.md, "Look from outside": close() gives a number back'
}

@test "01-1: the first numbers are right" {
    graded
    [ "$(pairs | head -n 3)" = "3 3
4 4
5 5" ] || reject "The number that it tells is not the one that comes." \
        "3, then 4, then 5" "$output" "next_number(): what did the first socket change?"
}

@test "01-1: a number that was closed is the next one" {
    graded
    [ "$(pairs | tail -n 1)" = "4 4" ] ||
        reject "It counts on, although a lower number is free again." \
            "next     4, as descriptor 4 was closed" "$output" "$LESSON"
}

@test "01-1: numbers that somebody else has opened are left out" {
    REDIRECT='3</dev/null 5</dev/null' graded
    [ "$(pairs)" = "4 4
6 6
7 7
6 6" ] || reject "It does not see that others have taken numbers." \
        "with 3 and 5 taken: 4, 6, 7, and 6 again when it is closed" "$output" "$LESSON"
}

@test "01-1: with standard input closed, the number is 0" {
    REDIRECT='<&-' graded
    [ "$(pairs | awk '$1 == $2' | wc -l)" -eq 4 ] ||
        reject "Where a number below 3 is free, it does not tell that one." \
            "next     0, where standard input is closed" "$output" \
            "$LESSON; 0, 1 and 2 are numbers like all others"
}
