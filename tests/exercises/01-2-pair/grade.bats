#!/usr/bin/env bats
# 01-2: two sockets that are joined, and a word that goes there and back.

load ../grader

HANGS="It waits for ever: it reads where nobody has written."
HANGS_LOOK="carry(): what was written into one end comes out of the other one"

@test "01-2: it makes its pair, and gives both ends back" {
    graded
    [ "$status" -eq 0 ] || reject "It has no pair of sockets." "exit status 0" \
        "$output (exit status $status)" "make_pair(); man 2 socketpair"
}

@test "01-2: a word comes out at the right" {
    graded hello
    [[ $output != *"not connected"* ]] ||
        reject "Its two sockets are not joined." "right    hello" \
        "$output" "make_pair(): one call that makes both; man 2 socketpair"
    [[ $output == *"right    hello"* ]] || reject "The word does not arrive at the right." \
        "right    hello" "$output" "carry(): write() into from, read() from to"
}

@test "01-2: its answer comes back to the left: both ways work" {
    graded hello
    [ "$status" -eq 0 ] && [ "$output" = "right    hello
left     HELLO" ] || reject "The way back is missing." \
        "right    hello
left     HELLO" "$output (exit status $status)" \
        "make_pair(): a pipe has one way, a pair of sockets has two"
}

@test "01-2: a short word after a long one is no longer than it was" {
    graded wonderful hi
    [ "$output" = "right    wonderful
left     WONDERFUL
right    hi
left     HI" ] || reject "A short word has the end of a longer one behind it." \
        "right    hi
left     HI" "$(printf '%s\n' "$output" | tail -n 2)" "carry(): read() writes no final '\\0'"
}

@test "01-2: a word of 100 bytes fits" {
    local word
    word=$(printf '%0100d' 7)
    graded "$word" "$word"
    [ "$output" = "right    $word
left     $word
right    $word
left     $word" ] || reject "The longest word does not come as it was." \
        "its 100 bytes, four times" "$output" \
        "carry(): how many bytes may read() bring?"
}

@test "01-2: a call that fails is told" {
    local fault told
    while read -r fault told; do
        inject "$fault" "$DIR/calls"
        HANGS="It goes on without a call that has failed." graded hello
        # Who does not make that call has nothing to tell.
        ! grep -q " ${fault##*:}" "$DIR/calls" || [[ $status -ne 0 && $output == *"$told"* ]] ||
            reject "It goes on without a call that has failed." \
                "pair: ${fault%%:*}: $told, and exit status 1" \
                "$output (exit status $status)" \
                "each of its calls: what does it return when it fails?"
        rm "$DIR/calls"
    done <<'END'
socketpair:1:EMFILE Too many open files
write:1:ENOBUFS No buffer space available
read:1:EIO Input/output error
END
}
