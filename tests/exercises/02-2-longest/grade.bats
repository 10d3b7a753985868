#!/usr/bin/env bats
# 02-2: a path that does not fit into sun_path.

load ../grader
load ../calls

LESSON='02-bind/README.md, "What is new"'
case $(uname) in Linux) ROOM=108 ;; *) ROOM=104 ;; esac # bytes of sun_path
MOST_BYTES=200000                                       # for messages with very long paths

# path_of BYTES - prints a path in our folder that is that long.
path_of() {
    printf '%s/%0*d' "$DIR" "$(($1 - ${#DIR} - 1))" 7
}

# left - lists what is in our folder.
left() {
    find "$DIR" -mindepth 1 ! -name calls
}

@test "02-2: a short path works, and nothing is left" {
    graded "$path"
    [ "$status" -eq 0 ] && [ "$stdout" = "bind     $path" ] ||
        reject "A short path does not work." "bind     $path" "$output (exit status $status)" \
            "fill()"
    [ -z "$(left)" ] || reject "It leaves its name behind." "no name" "$(left)" \
        "main(): unlink(); it was complete"
}

@test "02-2: the longest path that fits works" {
    local bytes long
    for bytes in $((ROOM - 2)) $((ROOM - 1)); do
        long=$(path_of "$bytes")
        graded "$long"
        [ "$status" -eq 0 ] && [ "$stdout" = "bind     $long" ] && [ -z "$(left)" ] ||
            reject "A path that fits is refused." "a path of $bytes bytes is bound" \
                "$output (exit status $status)" \
                "$LESSON: strlen() and sizeof, and which of them may be greater"
    done
}

@test "02-2: the name that it reports exists" {
    local long
    need Linux
    long=$(path_of $((ROOM - 1)))
    list_calls "$long"
    count_calls bind
    [ "$count" -gt 0 ] || reject "It prints bind, but has not called bind()." \
        "a call of bind()" "its calls: $(tr '\n' ' ' <"$DIR/calls")" "main(): it was complete"
    halt bind "$count" "$long"
    [ -S "$long" ] && [ -n "$(kernel_row "$long")" ] ||
        reject "The name that it reports does not exist." "$long" "$(left)" "fill()"
    go_on
}

@test "02-2: a path that is far too long creates no other name" {
    local long
    long=$(path_of 200)
    graded "$long"
    if [ -n "$(left)" ] && [[ $output == *"File name too long"* ]]; then
        reject "It prints the error, and then creates a wrong name all the same." \
            "no name at all" "$(left)" "fill(): the program must exit there"
    elif [ -n "$(left)" ]; then
        reject "The path was cut short: it has created a name that you did not ask for." \
            "no name at all" "$(left)" "$LESSON"
    fi
    [ "$status" -ne 0 ] ||
        reject "A path of 200 bytes is accepted." "exit status 1" "$output" "$LESSON"
}

@test "02-2: one byte too long is too long" {
    local long
    long=$(path_of "$ROOM")
    graded "$long"
    [ "$status" -ne 0 ] && [ -z "$(left)" ] ||
        reject "One byte too many: the final '\\0' has no room." \
            "a path of $ROOM bytes is refused" \
            "$output (exit status $status)" "$LESSON: it must fit with its final '\\0'"
}

@test "02-2: the path is refused with the right message and exit status 1" {
    local long came
    long=$(path_of "$ROOM")
    graded "$long"
    came="on standard error: $stderr
on standard output: $stdout (exit status $status)"
    [[ $stdout != *"too long"* ]] || reject "The message is on standard output." \
        "longest: bind: $long: File name too long, on standard error" "$came" \
        "die() prints on standard error"
    [ "$stderr" = "longest: bind: $long: File name too long" ] && [ -z "$stdout" ] ||
        reject "The refusal has another message." "longest: bind: $long: File name too long" \
            "$came" "errno = ENAMETOOLONG, then die(\"bind\", path)"
    [ "$status" -eq 1 ] || reject "The refusal has another exit status." "exit status 1" \
        "$came" "die()"
}

@test "02-2: a very long path is refused in the same way" {
    local bytes long
    # The last ones are short again for a variable of 8 or 16 bits.
    for bytes in 5000 $((256 + ROOM - 20)) $((65536 + ROOM - 20)); do
        long=$(path_of "$bytes")
        graded "$long"
        [ -z "$(left)" ] && [ "$status" -ne 0 ] ||
            reject "A very long path counts as a short one." \
                "a path of $bytes bytes is refused" "$(left) (exit status $status)" \
                "fill(): the type of the variable that holds the length"
        [ "$stderr" = "longest: bind: $long: File name too long" ] && [ "$status" -eq 1 ] ||
            reject "A very long path overwrites memory, or its message is another one." \
                "the whole path of $bytes bytes, and: File name too long" \
                "${#stderr} bytes, which end with: $(printf '%s' "$stderr" | tail -c 60)" \
                "fill(): what is copied before the length is known?"
    done
}

@test "02-2: a refusal comes before bind()" {
    need Linux
    list_calls "$(path_of "$ROOM")"
    count_calls bind
    [ "$count" -eq 0 ] || reject "It creates a wrong name for a moment, and removes it." \
        "no call of bind()" "$count" "fill(): it comes before bind()"
}

@test "02-2: a path that is taken stays as it is" {
    local before
    echo precious >"$path"
    chown "$USER_ID" "$path"
    before=$(files)
    graded "$path"
    [ "$(files)" = "$before" ] || reject "It removes a file that was at the path." \
        "$before" "$(files)" '02-bind/README.md, "Break it": Remove the path before bind()'
    [ "$status" -eq 1 ] && [[ $stderr == *"Address already in use"* ]] ||
        reject "It does not report that the path is taken." \
            "longest: bind: $path: Address already in use" "$output (exit status $status)" \
            "main(): what does bind() return when it fails?"
}

@test "02-2: it reports every call that fails" {
    list_calls "$path"
    while read -r call which; do
        fails_well "$call" "$which" "./longest short.sock" \
            "what does $call() return when it fails?" "$path"
        rm -f "$path"
    done < <(calls_to_fail)
}
