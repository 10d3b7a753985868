#!/usr/bin/env bats
# 01-3: socket() made to fail, and its errors told.

load ../grader

# says LABEL - what stands behind it.
says() {
    printf '%s\n' "$output" | sed -n "s/^$1  *//p"
}

@test "01-3: an unknown domain is EAFNOSUPPORT" {
    graded
    case $(says domain) in
    EAFNOSUPPORT) ;;
    EBADF) reject "It tells the error of a later call." "domain   EAFNOSUPPORT" "$output" \
        "errno: which call has set it last? close(-1) does" ;;
    *) reject "It has not made socket() fail for its domain." "domain   EAFNOSUPPORT" "$output" \
        "unknown_domain(); 01-socket/README.md, Usual errors" ;;
    esac
}

@test "01-3: an unknown protocol is EPROTONOSUPPORT" {
    graded
    [ "$(says protocol)" = EPROTONOSUPPORT ] ||
        reject "It has not made socket() fail for its protocol." "protocol EPROTONOSUPPORT" \
            "$output" \
            "unknown_protocol(): only the third argument is wrong; on Linux, AF_UNIX knows 0 and 1"
}

@test "01-3: a full table is EMFILE" {
    DESCRIPTORS=20 graded
    case $(says table) in
    EMFILE) ;;
    EBADF | "no error" | Success) reject "The error of the full table is lost." "table    EMFILE" \
        "$output" \
        "errno: keep it in a variable before the next call; each may change it" ;;
    *) reject "It has not filled the table." "table    EMFILE, with ulimit -n 20" "$output" \
        'full_table(); 01-socket/README.md, "Break it"' ;;
    esac
}

@test "01-3: the table may be larger than anybody thinks" {
    local most
    most=$(ulimit -Hn)
    [ "$most" != unlimited ] && [ "$most" -lt 20000 ] || most=20000
    DESCRIPTORS=$most graded 2>/dev/null || [ "$verdict_graded" != crash ] ||
        reject "It writes behind the end of its array." "table    EMFILE, with ulimit -n $most" \
            "$output" \
            "full_table(): how many numbers may there be to remember?"
    [ "$(says table)" = EMFILE ] ||
        reject "It believes that it knows how large the table is." \
            "table    EMFILE, with ulimit -n $most" "$output" \
            "full_table(): not a number of yours ends the loop, but -1"
}

@test "01-3: everything is given back" {
    DESCRIPTORS=20 graded
    [ "$status" -eq 0 ] && [ "$(says again)" = "descriptor 3" ] ||
        reject "The table stays full: not every socket was given back." "again    descriptor 3" \
            "$output (exit status $status)" \
            "full_table(): close() for every number, not only the last"
}

@test "01-3: not one of them is left open" {
    inject "" "$DIR/calls"
    DESCRIPTORS=21 graded # one is for the list of calls
    # The last socket of all is made by main(): after that it stops, and is looked at.
    inject "socket:$(grep -c '^socket' "$DIR/calls"):stop"
    DESCRIPTORS=20 program errors
    stopped errors ||
        reject "It does not come to its last socket." "again    descriptor 3" "$(said errors)" \
        "main()"
    open=$(find "/proc/$(pid errors)/fd" -lname 'socket:*' | wc -l)
    [ "$open" -eq 1 ] || reject "A socket that filled the table is open still." \
        "one open socket, the one that main() has just made" "$open of them" \
        "full_table(): the last one, too"
    send CONT errors
    finish errors
}
