#!/usr/bin/env bats
# What the kernel does: the facts that the lessons teach and the programs rely on, checked
# without any of our programs. Each one is an action of tests/lib/kernel.py.

load ../lib/helper
setup() { open_stage; }
teardown() { close_stage; }

# holds FACT - tests/lib/kernel.py checks it to its end: each assertion in it holds.
holds() {
    run python3 -SuB "$ROOT/tests/lib/kernel.py" "$1" "$DIR/s"
    expect "so it is"
}

@test "kernel: SO_REUSEADDR does not free a name, and a socket has only one name" {
    need python3
    holds reuse
}

@test "kernel: after unlink() and bind(), new clients reach the new server, old ones the old" {
    need Linux python3
    holds unlink-first
}

@test "kernel: a path may fill sun_path without a final null byte (Linux)" {
    need Linux python3
    holds full-sun-path
}

@test "kernel: an abstract name is not a file, and each byte of its length counts (Linux)" {
    need Linux python3
    holds abstract
}

@test "kernel: a relative path means another file after chdir()" {
    need python3
    holds relative
}

@test "kernel: a socket's file ignores fchmod(), cannot be opened, and can be renamed" {
    need Linux python3
    holds socket-file
}

@test "kernel: a client must be allowed to search the folder, whatever the socket's mode" {
    need Linux python3 root
    holds closed-folder
}

@test "kernel: accept() returns a nameless, blocking socket, and not for datagrams" {
    need Linux python3
    holds accepted
}

@test "kernel: a signal interrupts accept() without SA_RESTART, poll() always, a partial write()" {
    need Linux python3
    holds interrupted
}

@test "kernel: pending bytes count with an overhead, and two full sides are a deadlock" {
    need Linux python3
    holds overhead
}

@test "kernel: eight bytes of a stream, read three at a time, are 3, 3 and 2" {
    need python3
    holds no-boundaries
}

@test "kernel: a peer that closes with bytes unread causes one ECONNRESET, then end of file" {
    need Linux python3
    holds unread
}

@test "kernel: the end comes with close() of the last copy, or at once with shutdown()" {
    need python3
    holds copies
}

@test "kernel: writing to a peer that is gone is EPIPE and SIGPIPE, unless MSG_NOSIGNAL" {
    need Linux python3
    holds gone
}

@test "kernel: poll() and epoll report a peer that left, asked or not, with its last bytes" {
    need Linux python3
    holds hang-up
}

@test "kernel: an event of epoll may belong to a descriptor number that was reused since" {
    need Linux python3
    holds reused-number
}

@test "kernel: many children may end with one SIGCHLD" {
    need python3
    holds children
}
