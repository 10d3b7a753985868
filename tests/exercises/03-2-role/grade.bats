#!/usr/bin/env bats
# 03-2: what a descriptor is, asked and not tried.

load ../grader

LESSON='03-listen/README.md, "Look from outside"; man 7 socket'

# shows CALL ROLE - after that call the program tells that role.
shows() {
    [[ "$output
" == *"$(printf '%-8s %s' "$1" "$2")
"* ]]
}

# run_role [CALL] - until it tells of that call, or to its end, also if it hangs; with
# an input that is no socket.
run_role() {
    REDIRECT='</dev/null' program role "$path"
    if [ $# -eq 0 ]; then
        finish role 2>/dev/null || true
    else
        await role "$1 " 2>/dev/null || true
        played role
    fi
}

@test "03-2: a new socket is active" {
    run_role socket
    shows socket active || reject "It does not find the new socket active." \
        "socket   active" "$output" \
        "what it says on standard error; and the size that getsockopt() is told"
}

@test "03-2: a bound socket is active still" {
    run_role bind
    shows bind active || reject "Its question makes the socket passive." \
        "bind     active" "$output" "role(): to ask must not change anything"
}

@test "03-2: a listening socket is passive" {
    run_role listen
    shows listen passive || reject "It finds no passive socket." \
        "listen   passive" "$output" "$LESSON: SO_ACCEPTCONN, and what getsockopt() fills in"
}

@test "03-2: a client that waits in the queue is left there" {
    run_role
    shows queue passive && shows accept active ||
        reject "Its question takes the client out of the queue." "queue    passive
accept   active" "$output" "role(): a call that takes nothing and changes nothing"
}

@test "03-2: what is no socket is no socket" {
    run_role
    shows input "no socket" || reject "It takes what is no socket for one." \
        "input    no socket" "$output" "the result and the errno of each call in role()"
}

@test "03-2: a closed descriptor is not open, and all ends well" {
    run_role
    shows close "not open" && [ "$status" -eq 0 ] ||
        reject "It does not tell a closed descriptor from an open one." \
            "close    not open, and exit status 0" "$output (exit status $status)" "errno EBADF"
}

@test "03-2: where the system does not tell, it says so" {
    inject "getsockopt:*:ENOPROTOOPT"
    run_role
    shows socket "not told" && shows listen "not told" ||
        reject "It guesses where the system does not tell." \
            "not told, when getsockopt() fails with ENOPROTOOPT" "$output" \
            "README.md, \"Platforms\": macOS and OpenBSD do not answer"
}
