#!/usr/bin/env bats
# 06-1: read_all() and write_all(), whatever read() and write() do.

load ../grader

READ_MANUAL='man 2 read, "RETURN VALUE"; 06-readwrite/README.md, "Look from outside"'
WRITE_MANUAL='man 2 write, "RETURN VALUE"; write_all() in 06-readwrite/server.c'

# cut_up TEXT - what it makes of these bytes: $output, $status.
cut_up() {
    program blocks
    printf '%s' "$1" >&"$(fd in blocks)"
    eof blocks
    finish blocks
}

# cuts TEXT BLOCKS MESSAGE LOOK - it prints these blocks, and ends with status 0.
cuts() {
    cut_up "$1"
    [[ $output == "$2" && $status -eq 0 ]] ||
        reject "$3" "$2 (exit status 0)" "${output:-nothing} (exit status $status)" "$4"
}

@test "06-1: whole blocks in one piece are cut" {
    cuts abcdefghijklmnop "[abcdefgh]
[ijklmnop]" "It does not cut 16 bytes into two blocks." "main(): it is complete as it was"
}

@test "06-1: a short read() does not make a short block" {
    inject 'read:*:short'
    cut_up abcdefghijklmnop
    case $output in
    "[a"* | "") ;;
    *) reject "The pieces of a block overwrite one another." "[abcdefgh]" "$output" \
        "read_all(): where does the next read() write to? Behind what is there already" ;;
    esac
    cuts abcdefghijklmnop "[abcdefgh]
[ijklmnop]" "A block ends where one read() ended." \
        "read_all(): here each read() gives one byte, as it may. $READ_MANUAL"
}

@test "06-1: the last block may be shorter" {
    cuts abcdefghijkl "[abcdefgh]
[ijkl]" "The last block is lost, as it is shorter." \
        "read_all(): what does it return when the end comes after 4 bytes of 8?"
}

@test "06-1: no input is no block" {
    cuts "" "" "It prints a block, although there is no input." "read_all(): the end is read() == 0"
}

@test "06-1: a short write() is continued" {
    inject write:1:short
    cut_up abcdefgh
    case $output in
    "[abcdefgh]") ;;
    "[["*) reject "After a short write() the first bytes come twice." "[abcdefgh]" "$output" \
        "write_all(): the first write() took one byte. Where does the next begin? $WRITE_MANUAL" ;;
    *) reject "The rest is missing after a short write()." "[abcdefgh]" "${output:-nothing}" \
        "write_all(): the first write() took one byte, as it may. $WRITE_MANUAL" ;;
    esac
    inject 'write:*:short'
    cuts abcdefghijkl "[abcdefgh]
[ijkl]" "Many short writes are not continued." \
        "write_all(): here each write() takes one byte. $WRITE_MANUAL"
}

@test "06-1: an interrupted call is made again, and nothing is lost" {
    inject 'read:1:EINTR,read:5:EINTR,read:*:short'
    cuts abcdefghijkl "[abcdefgh]
[ijkl]" "An interrupted read() ends it." \
        "read_all(): EINTR means that a signal came first: call again, and keep what you have"
    inject 'write:1:EINTR,write:3:EINTR,write:2:short'
    cuts abcdefghijkl "[abcdefgh]
[ijkl]" "An interrupted write() ends it." \
        "write_all(): EINTR means that a signal came first: call again with the rest"
}

@test "06-1: a call that fails is told, with status 1" {
    REDIRECT='<&-' graded
    [[ $status -eq 1 && $output == "blocks: read: "* ]] ||
        reject "A failed read() is taken for the end." \
            "blocks: read: Bad file descriptor (exit status 1)" \
            "${output:-nothing} (exit status $status)" \
            "read_all(): here standard input is closed. -1 and 0 are two results. $READ_MANUAL"
    inject 'read:3:EIO,read:*:short'
    cut_up abcdefgh
    [[ $status -eq 1 && $output == "blocks: read: "* ]] ||
        reject "A read() that fails in the middle of a block is not told." \
            "blocks: read: Input/output error (exit status 1)" \
            "${output:-nothing} (exit status $status)" \
            "read_all(): here two bytes come, and then EIO"
    inject 'write:1:ENOSPC'
    cut_up abcdefgh
    [[ $status -eq 1 && $output == "blocks: write: "* ]] ||
        reject "A failed write() is not told." \
            "blocks: write: No space left on device (exit status 1)" \
            "${output:-nothing} (exit status $status)" \
            "write_all(): here write() fails with ENOSPC. $WRITE_MANUAL"
}
