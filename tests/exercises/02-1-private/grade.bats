#!/usr/bin/env bats
# 02-1: no other user may connect to it, not even for an instant.

load ../grader
load ../calls

LESSON='02-bind/README.md, "Look from outside" (the nine letters); man 2 umask'
TAKEN='02-bind/README.md, "Break it": Remove the path before bind()'

# start_private UMASK - starts it with that umask, and waits until it waits for Enter.
start_private() {
    # shellcheck disable=SC2016,SC2086 # the inner shell expands it; a command and its options
    start private sh -c 'umask "$1"; shift; exec "$@"' - "$1" \
        ${EXERCISE_RUN-} "$BUILD/program" "$path"
    await private "press Enter" 2>/dev/null ||
        reject "With umask $1, it does not get as far as its name." "bind     $path" \
            "$(said private)" "bind_private(): each of its steps under that umask"
    [ -S "$path" ] || reject "It creates no socket at its path." "a socket" \
        "$(ls -l "$DIR")" "bind_private(); ls -l"
}

# end_private - presses Enter, and waits until it exits.
end_private() {
    press private
    finish private
}

# mode [FILE] - prints its permissions as ls shows them.
mode() {
    find "${1:-$path}" -prune -exec ls -ld {} + | cut -c 1-10
}

# is_private MODE - x has no meaning for a socket.
is_private() {
    case $1 in srw-------* | srwx------*) ;; *) return 1 ;; esac
}

# open_names - prints the sockets that another user may connect to: no folder in between is
# private, and the socket is not either.
open_names() {
    local name
    find "$DIR" -mindepth 1 -type d -perm 700 -prune -o -type s -print | while read -r name; do
        is_private "$(mode "$name")" || ls -l "$name"
    done
}

@test "02-1: it creates the name, waits for Enter, and removes the name" {
    start_private 022
    end_private
    [ "$status" -eq 0 ] && [ ! -e "$path" ] ||
        reject "It does not come to its end." "exit status 0, and the name removed" \
            "$output (exit status $status)" "main(): it was complete"
    [ -z "$(ls -A "$DIR")" ] || reject "It leaves something behind." "an empty folder" \
        "$(ls -lA "$DIR")" "bind_private(): what else does it create?"
}

@test "02-1: the owner may use it" {
    start_private 022
    case $(mode) in srw*) ;; *) reject "You may not use it yourself." "srw-------" "$(mode)" \
        "$LESSON: its bits are those to take away, not those to give" ;; esac
    end_private
}

@test "02-1: no other user may use it, whatever the umask is" {
    local mask
    for mask in 022 000 077; do
        start_private "$mask"
        is_private "$(mode)" || reject "Other users may connect." "srw-------, with umask $mask" \
            "$(mode)" "$LESSON"
        end_private
    done
}

@test "02-1: under a umask that takes everything away, the owner may use it" {
    [ -z "${EXERCISE_RUN-}" ] || skip "valgrind creates files of its own"
    local mask
    for mask in 777 277; do
        start_private "$mask"
        is_private "$(mode)" ||
            reject "With a strict umask, you may not use it yourself." \
                "srw-------, with umask $mask" "$(mode)" \
                "$LESSON: how does the umask at the start get into the permissions?"
        end_private
    done
}

@test "02-1: it is private from the first instant on" {
    local row
    need Linux
    umask 000
    chmod 755 "$DIR"
    list_calls "$path"
    count_calls bind
    [ "$count" -gt 0 ] || reject "It never calls bind()." "a call of bind()" \
        "its calls: $(tr '\n' ' ' <"$DIR/calls")" "bind_private()"
    halt bind 1 "$path"
    [ -z "$(open_names)" ] ||
        reject "For an instant other users may connect: it is made private after bind()." \
            "srw------- when bind() returns" "$(open_names)" \
            "bind_private(): what comes after bind() is too late
see it: strace -f -e trace=bind -e inject=bind:delay_exit=9000000 ./private private.sock"
    kill -CONT "$at"
    await halted "press Enter"
    # The program's socket has a name in the kernel, this one or the one that it had first.
    row=$(readlink "/proc/$(pid halted)/fd/"* | sed -n 's/^socket:\[\(.*\)\]$/\1/p' |
        while read -r inode; do
            awk -v inode="$inode" '$7 == inode && NF > 7' /proc/net/unix
        done)
    [ -n "$row" ] || reject "Its socket has no name." "a name in /proc/net/unix" "none" \
        "bind_private(): which descriptor is bound?"
    press halted
    finish halted
}

@test "02-1: later files get the permissions that they would have had" {
    local mask before=0027
    need Linux
    start_private "$before"
    mask=$(awk '/^Umask:/ { print $2 }' "/proc/$(pid private)/status")
    case $mask in
    "$before") ;;
    0000 | 0002 | 0022) reject "It does not go back to the umask that it had." \
        "umask $before, as at the start" "umask $mask" \
        "bind_private(): umask() returns the one before" ;;
    *) reject "It keeps its own umask, which applies to all later files." \
        "umask $before, as at the start" "umask $mask" \
        "bind_private(): umask() returns the one before" ;;
    esac
    end_private
}

@test "02-1: the folder stays as it is" {
    local before
    chmod 755 "$DIR"
    before=$(mode "$DIR")
    start_private 022
    [ "$(mode "$DIR")" = "$before" ] ||
        reject "It changes the permissions of the folder." "$before" "$(mode "$DIR")" \
            "bind_private(): the folder is not its own"
    end_private
}

@test "02-1: a path that is taken stays as it is" {
    local before kind
    for kind in file folder; do
        rm -f "$path"
        case $kind in
        file) echo precious >"$path" ;;
        folder) mkdir "$path" ;;
        esac
        chown "$USER_ID" "$path"
        before=$(files)
        graded "$path"
        [ "$(files)" = "$before" ] ||
            reject "It replaces or removes a $kind that was at the path." "$before" "$(files)" \
                "$TAKEN; rename(2) replaces a file, too"
        [ "$status" -eq 1 ] && [[ $stderr == "private: "*"xists"* || \
            $stderr == "private: "*"in use"* ]] ||
            reject "It does not report that the path is taken." \
                "private: bind: $path: Address already in use
on standard error, and exit status 1" "$output (exit status $status)" \
                "bind_private(): what does bind() return when it fails?"
    done
}

@test "02-1: it reports every call that fails, and leaves no name" {
    list_calls "$path"
    while read -r call which; do
        fails_well "$call" "$which" "./private private.sock" \
            "what does $call() return when it fails, in a child process too?" "$path"
        [ "$call" != bind ] || [ -z "$(find "$DIR" -mindepth 1 ! -name calls)" ] ||
            reject "It leaves something behind when bind() fails." "an empty folder" \
                "$(ls -lA "$DIR")" "bind_private(): what had it created before?"
        find "$DIR" -mindepth 1 -delete
    done < <(calls_to_fail)
}
