#!/usr/bin/env bats
# 02-3: what is at the path, and may it be removed?

load ../grader

# A name whose server is gone.
leave_stale() {
    start dead python3 -Sc 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$path"
    finish dead
    [ -S "$path" ]
}

# A server that lives, until Enter.
start_alive() {
    start alive python3 -Suc 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(5)
print("listen")
input()' "$path"
    await alive "listen"
}

# untouched - is everything as $before?
untouched() {
    [ "$(files)" = "$before" ]
}

@test "02-3: where nothing is, it binds" {
    graded "$path"
    [ "$status" -eq 0 ] && [ "$output" = "found    nothing
bind     $path" ] || reject "It cannot bind to a free path." "found    nothing" \
        "$output (exit status $status)" \
        "find(): lstat() fails where nothing is, and that is no trouble: ENOENT"
}

@test "02-3: a dead server's name is removed, and taken" {
    leave_stale
    graded "$path"
    [ "$status" -eq 0 ] && [ "$output" = "found    a dead server's name
bind     $path" ] || reject "It does not take a dead server's name." \
        "found    a dead server's name" \
        "$output (exit status $status)" 'find(); 02-bind/README.md, "Break it": Stop it with Ctrl-C'
}

@test "02-3: a file and a folder are left alone" {
    echo precious >"$path"
    mkdir "$DIR/folder"
    chown "$USER_ID" "$path" "$DIR/folder" # as if the program's user had made them
    before=$(files)
    graded "$path"
    untouched && [ "$(cat "$path")" = precious ] ||
        reject "It has deleted somebody's file." "the file, as it was" "$(files)" "find(): S_ISSOCK"
    [ "$status" -eq 1 ] && [ "$output" = "found    no socket" ] ||
        reject "A file is not told from a socket." "found    no socket" \
            "$output (exit status $status)" \
            "find(): S_ISSOCK"
    graded "$DIR/folder"
    [ "$output" = "found    no socket" ] ||
        reject "A folder is not told from a socket." "found    no socket" "$output" \
            "find(): S_ISSOCK"
    untouched
}

@test "02-3: a living server keeps its name" {
    start_alive
    before=$(files)
    graded "$path"
    untouched || reject "It has taken away a living server's name." "the name, as it was" \
        "$(files)" \
        "find(): answers() tells a living server from a dead one"
    [ "$status" -eq 1 ] && [ "$output" = "found    a living server" ] ||
        reject "It does not see that the server lives." "found    a living server" \
            "$output (exit status $status)" "find(): answers()"
    press alive
    finish alive
}

@test "02-3: a link is no socket, wherever it leads to" {
    leave_stale
    ln -s "$path" "$DIR/link"
    ln -s "$DIR/nowhere" "$DIR/dangling"
    before=$(files)
    for link in "$DIR/link" "$DIR/dangling"; do
        graded "$link"
        untouched && [ "$status" -eq 1 ] && [ "$output" = "found    no socket" ] ||
            reject "It looks through a link, and not at it." "found    no socket" \
                "$output (exit status $status)" "find(): stat() follows links; what does not?"
    done
}

@test "02-3: an error that tells nothing of the path does not mean that nothing is there" {
    inject lstat:1:EIO,stat:1:EIO,fstatat:1:EIO
    graded "$path"
    [ "$status" -eq 1 ] && [[ $output != *"found    nothing"* ]] ||
        reject "It takes every error for \"nothing is there\"." \
            "an error message, and exit status 1" \
            "$output (exit status $status)" "find(): which errno means that nothing is there?"
    [[ $output != *"found "* && $output == *"rror"* ]] ||
        reject "It takes an error for an answer." \
            "a message that names the call and the error, and nothing found" \
            "$output" "find(): an errno that leaves the question open is for die()"
}
