#!/usr/bin/env bats
# 04-1: who is at the other end, as the kernel knows it.

load ../grader

LESSON='SO_PEERCRED in man 7 unix, getpeereid(3)'
TRY='strace -e inject=getsockopt:error=ENOTCONN ./caller hello.sock 1'

# Where root grades, the clients run as a user and a group of their own, different from each
# other and from the server's: larger than an int holds or, where the kernel does not know such
# numbers, than 16 bits do. It lets them into $DIR all the same, and they may become another user.
USER=$EUID GROUP='' AS_USER=()
set_user() {
    local number caps=+dac_override,+setuid,+setgid
    [ "$EUID" = 0 ] && [ -z "$GROUP" ] || return 0
    for number in 4000000003 70003; do
        set -- setpriv "--reuid=$number" "--regid=$((number + 2))" --clear-groups \
            --inh-caps="$caps" --ambient-caps="$caps"
        ! "$@" true 2>/dev/null || { AS_USER=("$@") USER=$number GROUP=$((number + 2)) && return; }
    done
}

# call NAME - a client has called; $(pid NAME) is its process.
call() {
    borrow 05-connect/client
    set_user
    plainly start "$1" ${AS_USER[@]+"${AS_USER[@]}"} "$borrowed" "$path"
    await "$1" "connect "
}

begin() {
    program caller "$path" "$1"
    await caller "listen "
}

# printed CLIENT... - the lines that are right for these.
printed() {
    printf 'listen   %s\n' "$path"
    for name in "$@"; do printf 'accept   user %s, process %s\n' "$USER" "$(pid "$name")"; done
}

# reported CLIENT - that call of getsockopt() has failed.
reported() {
    local wanted="caller: getsockopt: Transport endpoint is not connected, exit status 1,
and no line: accept   user"
    [ "$(grep -c 'accept   user' <<<"$stdout")" -lt "$1" ] ||
        reject "A client that the kernel does not name becomes a user all the same." \
            "$wanted for client $1" "$output (exit status $status)" \
            "the result of getsockopt(): user 0 is root
to see it: $TRY"
    [ "$status" -eq 1 ] || reject "The kernel has not answered, but the exit status is not 1." \
        "$wanted" "$output (exit status $status)" "the result of getsockopt(); die()
to see it: $TRY"
    [[ $stderr == *"getsockopt: Transport endpoint is not connected"* ]] ||
        reject "It does not report the call that failed, and why." "$wanted" \
            "standard error: ${stderr:-nothing}" "die(), and errno between the call and die()
to see it: $TRY"
    [[ ! -e $path && ! -L $path ]] || reject "It leaves its path behind when it fails." \
        "no $path" "$(ls -l "$path")" "die() removes it
to see it: $TRY"
}

@test "04-1: it prints the process that called" {
    begin 1
    call one
    finish caller
    [[ $output != *"process $(pid caller)"* ]] ||
        reject "It prints its own process, not that of the client." "process $(pid one)" "$output" \
            "which of your sockets has the client at its other end?
04-accept/README.md, \"What is new\""
    [[ "$output " == *", process $(pid one) "* || $output == *"user $(pid one)"* ]] ||
        reject "The process that it prints is not the client." \
            "process $(pid one)" "$output (exit status $status)" "$LESSON"
}

@test "04-1: it prints the user who called" {
    begin 1
    call one
    finish caller
    [[ $output != *"user $(pid one),"* ]] || reject "It prints the process as the user." \
        "$(printed one)" "$output" "the order of the members in struct ucred: $LESSON"
    [[ -z $GROUP || $output != *"user $GROUP,"* ]] ||
        reject "It prints the group, not the user." "$(printed one)" "$output" \
            "each member of struct ucred: $LESSON"
    [[ $output != *"user -"* ]] || reject "It prints a negative user number." \
        "$(printed one)" "$output" \
        "the type of each variable that holds the number: uid_t has no sign"
    [[ $output == *"user $USER,"* ]] ||
        reject "The user that it prints is not the one who called." "$(printed one)" "$output" \
            "each member of what the kernel fills in, and its type: $LESSON"
    [ "$status" -eq 0 ] || reject "It fails, although the kernel has answered." "exit status 0" \
        "$output (exit status $status)" "what it prints on standard error"
    [ "$stdout" = "$(printed one)" ] || reject "It does not print what the task shows." \
        "$(printed one)" "standard output: $stdout" "main()"
}

@test "04-1: it asks again for each client" {
    begin 2
    call one
    call two
    finish caller
    [[ $output == *"process $(pid one)"*"process $(pid two)"* ]] ||
        reject "It prints the first client again for the second one." \
            "$(printed one two)" "$output" "who_calls(): what does it remember?"
}

@test "04-1: a client that has left before it is accepted" {
    inject listen:1:stop
    program caller "$path" 2
    stopped caller
    call one
    eof one
    finish one
    # This one stays, but it is another user when it is accepted.
    if [ "${#AS_USER[@]}" -eq 0 ]; then
        call two
    else
        # It becomes the server's own user: the server sees no process of another one.
        plainly start two "${AS_USER[@]}" python3 -Suc 'import ctypes, os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.set_inheritable(True)
user = int(sys.argv[2])
os.setresgid(user, user, user)
os.setresuid(user, user, user)
ctypes.CDLL(None).prctl(47, 4, 0, 0, 0) # PR_CAP_AMBIENT_CLEAR_ALL
os.execvp("sh", ["sh", "-c", "echo connect; read -r line"])' "$path" "$USER_ID"
        await two connect
    fi
    send CONT caller
    finish caller
    [[ $stdout == "$(printed one)"* ]] || reject "It does not know a client that has left." \
        "$(printed one)" "$output (exit status $status)" \
        "who_calls(): ask the kernel about the socket, not about the process"
    [ "$stdout" = "$(printed one two)" ] || reject "It prints which user the client is by now." \
        "$(printed one two)" "$output (exit status $status)" \
        "who_calls(): ask the kernel about the socket, not about the process"
}

@test "04-1: if the kernel does not answer, it reports that and exits with status 1" {
    for client in 1 2; do
        inject "getsockopt:$client:ENOTCONN" "$DIR/calls"
        begin "$client"
        call one
        [ "$client" -eq 1 ] || { await caller "accept " && call two; }
        finish caller
        # A program that does not make this call has nothing to report.
        ! grep -q ENOTCONN "$DIR/calls" || reported "$client"
        rm -f "$DIR/calls"
    done
}
