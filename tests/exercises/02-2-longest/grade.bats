#!/usr/bin/env bats
# 02-2: a path that does not fit into sun_path.

load ../grader

LESSON='02-bind/README.md, "What is new"'
case $(uname) in Linux) ROOM=108 ;; *) ROOM=104 ;; esac # bytes of sun_path

# path_of BYTES - a path in our folder that is so long.
path_of() {
    printf '%s/%0*d' "$DIR" "$(($1 - ${#DIR} - 1))" 0
}

# left - names that it has left behind.
left() {
    find "$DIR" -type s
}

@test "02-2: a short path works, and nothing is left" {
    graded "$path"
    [ "$status" -eq 0 ] && [ "$output" = "bind     $path" ] && [ -z "$(left)" ] ||
        reject "A short path does not work." "bind     $path" "$output (exit status $status)" \
            "fill()"
}

@test "02-2: the longest path that fits works" {
    long=$(path_of $((ROOM - 1)))
    graded "$long"
    [ "$status" -eq 0 ] && [ "$output" = "bind     $long" ] && [ -z "$(left)" ] ||
        reject "A path that fits is refused." "a path of $((ROOM - 1)) bytes is bound" \
            "$output (exit status $status)" \
            "$LESSON: strlen() and sizeof, and which of them may be greater"
}

@test "02-2: a path that is far too long makes no other name" {
    long=$(path_of 200)
    graded "$long"
    if [ -n "$(left)" ] && [[ $output == *"File name too long"* ]]; then
        reject "It complains, and then makes a wrong name all the same." "no name at all" \
            "$(left)" \
            "fill(): the program must end there"
    elif [ -n "$(left)" ]; then
        reject "The path was cut: a name is there that nobody asked for." "no name at all" \
            "$(left)" "$LESSON"
    fi
    [ "$status" -ne 0 ] ||
        reject "A path of 200 bytes is taken." "exit status 1" "$output" "$LESSON"
}

@test "02-2: one byte too long is too long" {
    long=$(path_of "$ROOM")
    graded "$long"
    [ "$status" -ne 0 ] && [ -z "$(left)" ] ||
        reject "One byte too many: the final '\\0' has no place." \
            "a path of $ROOM bytes is refused" \
            "$output (exit status $status)" "$LESSON: it must fit with its final '\\0'"
}

@test "02-2: it is refused with the right message and exit status 1" {
    long=$(path_of "$ROOM")
    graded "$long"
    [ "$status" -eq 1 ] && [ "$output" = "longest: bind: $long: File name too long" ] ||
        reject "The refusal has another message." \
            "longest: bind: $long: File name too long (exit status 1)" \
            "$output (exit status $status)" "errno = ENAMETOOLONG, then die(\"bind\", path)"
}
