#!/usr/bin/env bats
# 05-2: each failure by its own name.

load ../grader

LESSON='05-connect/README.md, "Break it": the table of errors'

setup_server() {
    borrow 03-listen/server
    start server "$borrowed" "$1"
    await server "press Enter"
}

# tells REASON MESSAGE WHERE PATH - the program tells that reason.
tells() {
    graded "$4"
    [[ $output == *"$1"* ]] || reject "$2" "down: ...: $1" "$output (exit status $status)" "$3"
}

@test "05-2: where there is a server, it is connected" {
    setup_server "$path"
    graded "$path"
    [[ $status -eq 0 && $output == *"connect  descriptor"* ]] ||
        reject "It is not connected to a server that is there." "connect  descriptor 3" \
            "$output (exit status $status)" "call()"
}

@test "05-2: no such path" {
    tells "No such file or directory" "It tells a reason that is not that of connect()." \
        "errno, right after connect(): $LESSON" "$path"
    [ "$status" -ne 0 ] || reject "It tells the failure, and its exit status tells success." \
        "exit status 1" "exit status 0" "what a script sees: main()"
}

@test "05-2: nobody listens" {
    : >"$path"
    chmod 666 "$path"
    tells "Connection refused" "A client that is refused is told something else." \
        "errno, right after connect(): $LESSON" "$path"
}

@test "05-2: not allowed" {
    setup_server "$path"
    chmod 0 "$path"
    tells "Permission denied" "A client that may not connect is told something else." \
        "errno, right after connect(): $LESSON" "$path"
}

@test "05-2: no descriptor left" {
    inject socket:1:EMFILE
    tells "Too many open files" "When socket() fails, it tells something else." \
        "call(): the result of socket()" "$path"
    [[ $output == *socket* ]] || reject "When socket() fails, it tells another call." \
        "down: socket: ...: Too many open files" "$output" "call() and main(): which call was it?"
    [ "$status" -eq 1 ] || reject "When socket() fails, its exit status is wrong." \
        "exit status 1" "exit status $status" "call() and main()"
}

@test "05-2: a path that is too long is not cut" {
    # As much of it as fits, 107 bytes on Linux, is the name of a live server.
    long=$path
    while [ "${#long}" -lt 150 ]; do long=${long}x; done
    setup_server "$(printf '%s' "$long" | cut -c "1-$(longest)")"
    graded "$long"
    [[ $output != *"connect  descriptor"* ]] || reject "It calls another server: the path is cut." \
        "down: connect: $long: File name too long" "$output" \
        "call(): what does not fit into sun_path"
    [[ $status -eq 1 && $output == *"too long"* ]] ||
        reject "It does not tell that the path is too long." \
            "down: connect: $long: File name too long, and exit status 1" \
            "$output (exit status $status)" \
            "call(): what does not fit into sun_path"
}

# longest - how many bytes of a path fit: 107, on macOS and the BSDs 103.
longest() {
    if [ "$(uname)" = Linux ]; then echo 107; else echo 103; fi
}
