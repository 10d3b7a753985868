#!/usr/bin/env bats
# 03-2: the kernel is asked what a descriptor is, and nothing is changed by asking.

load ../grader
load ../clients
load ../evidence

LESSON='03-listen/README.md, "What is new"; SO_ACCEPTCONN in man 7 socket'

# shows CALL ROLE - after that call the program prints that role.
shows() {
    [[ $'\n'$stdout$'\n' == *$'\n'"$(printf '%-8s %s' "$1" "$2")"$'\n'* ]]
}

# run_role [CALL] - until it prints the line of that call, or else to its end; with an input
# that is not a socket. Sets $stdout, and $came with both streams.
run_role() {
    REDIRECT='</dev/null' program role "$path"
    if [ $# -ne 0 ] && await role "$1 " 2>/dev/null; then
        played role
        text_of "$PLAY/role.out" stdout
        came=$output
    else
        ends role
        came="${output:-nothing printed}"$'\n'"(exit status $status)"
        [ "$verdict_role" != time ] || came="$output"$'\n'"and then it hangs"
    fi
    [[ -n $stdout || $output != *"active"* ]] ||
        reject "It prints its answers on standard error." "socket   active, on standard output" \
            "$came" "show(): what does printf() write to?"
}

@test "03-2: a new socket is active" {
    run_role socket
    shows socket active || reject "It does not find a new socket active." "socket   active" \
        "$came" "role(): the result of getsockopt(), and the size that it gets"
}

@test "03-2: a bound socket is still active" {
    run_role bind
    shows bind active || reject "Its question makes the socket passive." "bind     active" \
        "$came" "role(): a call that changes nothing
to see it: strace ./role hello.sock"
}

@test "03-2: a listening socket is passive" {
    run_role listen
    shows listen passive || reject "It never finds a socket passive." "listen   passive" "$came" \
        "$LESSON: what does getsockopt() fill in, and how much of it?"
}

@test "03-2: a client that is pending stays in the queue" {
    run_role
    shows queue passive && shows accept active ||
        reject "Its question takes the client out of the queue." "queue    passive
accept   active" "$came" "role(): a call that takes nothing
to see it: strace ./role hello.sock"
}

@test "03-2: /dev/null is not a socket" {
    run_role
    shows input "not a socket" || reject "It takes something else for a socket." \
        "input    not a socket" "$came" "role(): the result and the errno of each call"
}

@test "03-2: a closed descriptor is not open, and the program exits with status 0" {
    run_role
    shows close "not open" || reject "It does not tell a closed descriptor from an open one." \
        "close    not open" "$came" "role(): EBADF"
    [ "$status" -eq 0 ] || reject "It fails at its end." "exit status 0" "$came" "main()"
    [ "$(grep -c '' <<<"$stdout")" -eq 8 ] ||
        reject "It prints more than the eight answers." "8 lines" "$came" "role(), show()"
}

@test "03-2: if the system does not tell, the answer is unknown" {
    inject "getsockopt:*:ENOPROTOOPT"
    run_role
    shows socket unknown && shows listen unknown ||
        reject "It guesses when the system does not tell." \
            "unknown, when getsockopt() fails with ENOPROTOOPT" "$came" \
            "03-listen/README.md, \"What is different on macOS and the BSDs?\"
to see it: strace -e trace=getsockopt -e inject=getsockopt:error=ENOPROTOOPT ./role hello.sock"
}

@test "03-2: the question changes no flags, and only main() removes the path" {
    need Linux
    # A program around it: has the description that is its input the same flags afterwards?
    cat >"$BUILD/flags.py" <<'END'
import fcntl, os, subprocess, sys
null = os.open("/dev/null", os.O_RDONLY | os.O_APPEND)
before = fcntl.fcntl(null, fcntl.F_GETFL)
status = subprocess.call(sys.argv[1:], stdin=null, close_fds=False)
after = fcntl.fcntl(null, fcntl.F_GETFL)
print("flags %o, now %o" % (before, after), file=sys.stderr)
sys.exit(status if before == after else 99)
END
    chmod 644 "$BUILD/flags.py"
    EXERCISE_RUN="python3 -S $BUILD/flags.py ${EXERCISE_RUN-}" graded "$path"
    [ "$status" -ne 99 ] || reject "It changes the flags of its standard input." \
        "the same flags before and after" "${stderr##*$'\n'} (octal)" \
        "role(): fcntl() changes what other programs share with you"
    inject unlink:1:stop
    REDIRECT='</dev/null' program role "$path"
    stopped role || reject "It leaves its path behind." "unlink() of the path" "no unlink()" \
        "the end of main()"
    sockets role
    [[ $sockets != *non-blocking* ]] || reject "It changes the flags of its sockets." \
        "blocking sockets, as they were made" \
        "descriptor, state, mode:"$'\n'"$(cut -d ' ' -f 1-3 <<<"$sockets")" \
        "role(): a question sets no flags
to see it: strace -e fcntl ./role hello.sock"
    [ "$(grep -c '' <<<"$sockets")" -eq 2 ] || reject "Its question leaves descriptors behind." \
        "2 sockets at the end, the listening one and the caller" \
        "descriptor, state, mode:"$'\n'"$(cut -d ' ' -f 1-3 <<<"$sockets")" "role(): close()"
    send CONT role
    finish role
    [[ ! -e $path && ! -L $path ]] || reject "It leaves its path behind." "no $path" \
        "$(ls -l "$path")" "the end of main()"
}

@test "03-2: the question changes no flags for a moment either" {
    need Linux
    local file name flags
    # It stops after each call that could change them.
    inject "fcntl:*:stop"
    REDIRECT='</dev/null' program role "$path"
    while stopped role; do
        for file in "/proc/$(pid role)/fdinfo/"[0-5]; do
            while read -r name flags; do
                # Apart from the access mode and O_LARGEFILE, none is set.
                [ "$name" = flags: ] && [ "$((flags & ~0100003))" -ne 0 ] || continue
                reject "It changes flags, and changes them back." \
                    "descriptor ${file##*/} with the same flags all the time" \
                    "flags $flags (octal)" \
                    "role(): a question sets no flags
to see it: strace -e fcntl ./role hello.sock" || return
            done <"$file"
        done
        send CONT role
    done
    finish role
}

@test "03-2: it is right when no descriptor is left" {
    [ -z "${EXERCISE_RUN-}" ] || skip "valgrind needs descriptors of its own"
    DESCRIPTORS=6 graded "$path" # its input is a pipe
    shows accept active && shows input "not a socket" ||
        reject "Its question needs a descriptor, and guesses when it gets none." \
            "accept   active, after ulimit -n 6" "$output (exit status $status)" \
            "role(): which of its calls needs a number?
to see it: (ulimit -n 6; ./role hello.sock </dev/null)"
}

@test "03-2: descriptor 0 can be a socket, too" {
    REDIRECT='<&-' graded "$path"
    shows socket active && shows input passive ||
        reject "It judges a descriptor by its number." "socket   active
input    passive, because the listening socket has number 0" "$output (exit status $status)" \
            "role(): the kernel knows what a descriptor is, its number does not
to see it: ./role hello.sock <&-"
}
