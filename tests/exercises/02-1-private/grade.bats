#!/usr/bin/env bats
# 02-1: nobody else may connect to it, not for an instant.

load ../grader

LESSON='02-bind/README.md, "Look from outside"; man 2 umask'

# start_private UMASK - with that umask, until it waits for Enter.
start_private() {
    umask "$1"
    program private "$path"
    await private "press Enter"
}

# mode - the mode of the name, as ls shows it.
mode() {
    find "$path" -exec ls -ld {} + | cut -c 1-10
}

# Others may do nothing; x has no meaning for a socket.
is_private() {
    case $(mode) in srw-------* | srwx------*) ;; *) return 1 ;; esac
}

@test "02-1: it makes the name, waits for Enter, and removes the name" {
    start_private 022
    [ -S "$path" ]
    press private
    finish private
    [ "$status" -eq 0 ] && [ ! -e "$path" ] ||
        reject "It does not come to its end." "exit status 0, and no name left" \
            "$output (exit status $status)" "main(): it was complete"
}

@test "02-1: the owner may use it" {
    start_private 022
    case $(mode) in srw*) ;; *) reject "You may not use it yourself." "srw-------" "$(mode)" \
        "$LESSON: its bits are those to take away, not those to give" ;; esac
}

@test "02-1: nobody else may use it, whatever the umask is" {
    local mask
    for mask in 022 000 077; do
        start_private "$mask"
        is_private ||
            reject "The name is open to others." "srw-------, with umask $mask" "$(mode)" "$LESSON"
        press private
        finish private
    done
}

@test "02-1: it was so from the first instant on" {
    inject bind:1:stop
    umask 000
    program private "$path"
    stopped private ||
        reject "It does not bind." "a call of bind()" "$(said private)" "bind_private()"
    [ ! -e "$path" ] || is_private ||
        reject "For a moment the name is open to others: it is closed after bind()." \
            "srw------- when bind() returns" "$(mode)" \
            "bind_private(): what comes after bind() is too late"
    send CONT private
    await private "press Enter"
    press private
    finish private
}

@test "02-1: later files get the mode that they would have had" {
    need Linux
    start_private 027
    mask=$(awk '/^Umask:/ { print $2 }' "/proc/$(pid private)/status")
    [ "$mask" = 0027 ] || reject "It keeps its own umask: all later files get it too." \
        "umask 0027, as at the start" "umask $mask" \
        "bind_private(): umask() returns what was before"
}
