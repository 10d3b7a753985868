#!/usr/bin/env bats
# 01-3: socket() made to fail, and its errors told.

load grader

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
        reject "It has not made socket() fail for its protocol." "protocol EPROTONOSUPPORT" "$output" \
            "unknown_protocol(): the domain and the type must be right, and the third argument wrong"
}

@test "01-3: a full table is EMFILE" {
    DESCRIPTORS=20 graded
    [ "$(says table)" = EMFILE ] ||
        reject "It has not filled the table." "table    EMFILE, with ulimit -n 20" "$output" \
            'full_table(); 01-socket/README.md, "Break it"'
}

@test "01-3: the table may be larger than anybody thinks" {
    DESCRIPTORS=1000 graded
    [ "$(says table)" = EMFILE ] ||
        reject "It believes that it knows how large the table is." "table    EMFILE, with ulimit -n 1000" "$output" \
            "full_table(): not a number of yours ends the loop, but -1"
}

@test "01-3: everything is given back" {
    DESCRIPTORS=20 graded
    [ "$status" -eq 0 ] && [ "$(says again)" = "descriptor 3" ] ||
        reject "The table stays full: not every socket was given back." "again    descriptor 3" \
            "$output (exit status $status)" "full_table(): close() for every number, not only the last"
}
