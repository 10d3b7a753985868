#!/usr/bin/env bats
# 06-1: read_all() and write_all() must cope with every result of read() and write().

load ../grader
load ../streams

RESULTS='06-readwrite/README.md, "What is new": the three results of read()'
LOOP='06-readwrite/README.md, "What is new": the loop of write_all()'
BY_HAND='06-readwrite/README.md, "How can you see short reads, short writes and EINTR?"'

# cuts BYTES BLOCKS MESSAGE LOOK - it makes these blocks of these bytes, and succeeds.
cuts() {
    HANGS="It does not end: it had to be killed." \
        HANGS_LOOK="the loops in read_all() and write_all(): when do they end? $RESULTS" \
        feed "$1"
    fed "$2" && [[ $status -eq 0 && -z $stderr ]] && return
    compare
    reject "$3" "$wanted (exit status 0)" "$came" "$4"
}

# fails BYTES REASON MESSAGE LOOK - with this input it reports this failure.
fails() {
    HANGS="It repeats a call that has failed for good." \
        HANGS_LOOK="only EINTR is worth another call. $RESULTS" feed "$1"
    [[ $status -eq 1 && $stderr == "blocks: $2: "* ]] ||
        reject "$3" "on standard error: blocks: $2: ${4} (exit status 1)" \
            "${stderr:-no message} (exit status $status)" "$5"
    [[ $stderr == "blocks: $2: $4" ]] ||
        reject "The reason in errno is not that of the call that failed." \
            "on standard error: blocks: $2: $4" "$stderr" \
            "read_all(), write_all(): return -1 and leave errno as the call has set it"
}

@test "06-1: it cuts 16 bytes into two blocks" {
    cuts abcdefghijklmnop '[abcdefgh]\n[ijklmnop]\n' \
        "It does not cut 16 bytes into two blocks." "main(): it was complete as it stood"
}

@test "06-1: it cuts a long input, and without a pause" {
    local input blocks
    input=$(printf '%8000s' '' | tr ' ' x)
    blocks=$(printf '[xxxxxxxx]\\n%.0s' {1..1000})
    cuts "$input" "$blocks" "It does not cut 8000 bytes into 1000 blocks." \
        "read_all(), write_all(): read() itself waits until there is something to read"
}

@test "06-1: a short read() does not make a short block" {
    inject "$(reads '*:short')"
    feed abcdefghijklmnop
    case $stdout in
    "[a"* | "") ;;
    *) reject "The pieces of a block overwrite one another." "[abcdefgh]" "$stdout" \
        "read_all(): where does the next read() put its bytes? Behind those you have. Try:
{ printf abc; sleep 1; printf defghijkl; } | ./blocks" ;;
    esac
    cuts abcdefghijklmnop '[abcdefgh]\n[ijklmnop]\n' "A block ends where one read() ended." \
        "read_all(): each read() returned one byte here, as it may. Try:
{ printf abc; sleep 1; printf defghijkl; } | ./blocks
$RESULTS"
}

@test "06-1: it never reads more than the rest of the block" {
    inject "$(reads 1:short)"
    cuts abcdefghijklmnop '[abcdefgh]\n[ijklmnop]\n' \
        "It reads more bytes than the block has room for." \
        "read_all(): the first read() returned one byte here. How many are missing? Try:
{ printf abc; sleep 1; printf defghijkl; } | ./blocks"
}

@test "06-1: only the last block may be shorter" {
    cuts abcdefghijkl '[abcdefgh]\n[ijkl]\n' "The last block is lost because it is shorter." \
        "read_all(): what does it return if the input ends after 4 of 8 bytes? Try:
printf abcdefghijkl | ./blocks"
}

@test "06-1: without input there is no block" {
    cuts "" "" "It prints a block although there is no input." \
        "read_all(): at end of file read() returns 0. Try: ./blocks </dev/null"
}

@test "06-1: every byte is only a byte" {
    inject "$(reads '*:short')"
    cuts 'ab\ncd\n\nefgh' '[ab\ncd\n\ne]\n[fgh]\n' \
        "A newline does not go through like any other byte." \
        "read_all(), write_all(): a stream has bytes; lines mean nothing to it"
    cuts 'ab\0cd\0\0e\377\0' '[ab\0cd\0\0e]\n[\377\0]\n' \
        "A NUL does not go through like any other byte." \
        "read_all(), write_all(): these are no strings; count the bytes instead"
}

@test "06-1: a short write() is continued" {
    inject "$(writes 1:short)"
    feed abcdefgh
    case $stdout in
    "[[a"*) reject "After a short write(), the first bytes come twice." "[abcdefgh]" "$stdout" \
        "write_all(): the first write() took one byte here. Where does the next one begin?
$LOOP" ;;
    esac
    cuts abcdefgh '[abcdefgh]\n' "The rest is missing after a short write()." \
        "write_all(): the first write() took one byte here, as it may. Try:
printf abcdefgh | strace -e trace=write -e inject=write:retval=1:when=1 ./blocks
A second write() must follow, with the other 10 bytes. $LOOP"
    inject "$(writes '*:short')"
    cuts abcdefghijkl '[abcdefgh]\n[ijkl]\n' \
        "Only the first short write() of a block is continued." \
        "write_all(): each write() took one byte here; this needs a loop. $LOOP"
}

@test "06-1: an interrupted read() is repeated, and nothing is lost" {
    local try="read() failed here with EINTR. Try:
printf abcdefghijkl | strace -e trace=read -e inject=read:error=EINTR:when=2+2 ./blocks
$BY_HAND"
    inject "$(reads 1:EINTR)"
    feed abcdefghijkl
    [[ $status -ne 0 || -n $stdout ]] ||
        reject "An interrupted read() is taken for the end." "[abcdefgh]
[ijkl]" "nothing (exit status 0)" "read_all(): EINTR says nothing about the input. $try"
    cuts abcdefghijkl '[abcdefgh]\n[ijkl]\n' "An interrupted read() is taken for a failed one." \
        "read_all(): repeat it. $try"
    inject "$(reads '3-4:EINTR,*:short')"
    cuts abcdefghijkl '[abcdefgh]\n[ijkl]\n' \
        "A second EINTR in a row, in the middle of a block, upsets read_all()." \
        "read_all(): keep what you have and add nothing; check each result. $try"
}

@test "06-1: an interrupted write() is repeated, and nothing is lost or added" {
    local try="write() failed here with EINTR. Try:
printf abcdefghijkl | strace -e trace=write -e inject=write:error=EINTR:when=1+2 ./blocks
$BY_HAND"
    inject "$(writes 1:EINTR)"
    feed abcdefghijkl
    [[ $status -eq 0 ]] ||
        reject "An interrupted write() is taken for a failed one." "[abcdefgh]
[ijkl]" "${stdout:-nothing}, ${stderr:-no message} (exit status $status)" \
            "write_all(): repeat it. $try"
    cuts abcdefghijkl '[abcdefgh]\n[ijkl]\n' "An interrupted write() counts as -1 bytes." \
        "write_all(): after -1 the position must stay as it was. $try"
    inject "$(writes '2:short,3-4:EINTR')"
    cuts abcdefghijkl '[abcdefgh]\n[ijkl]\n' \
        "A second EINTR in a row, after a short write(), upsets write_all()." \
        "write_all(): go on where the short write() ended; check each result. $try"
}

@test "06-1: a complete block is written at once" {
    patiently
    program blocks
    printf abcdefghij >&"$(fd in blocks)"
    await blocks '[abcdefgh]' 2>/dev/null ||
        reject "A complete block is not written before more input comes." "[abcdefgh]" \
            "$(said blocks)" "read_all(): with 8 bytes it is done; write_all(): only write() sends"
    eof blocks
    finish blocks
}

@test "06-1: a read() that fails is reported, with status 1" {
    REDIRECT='<&-' fails "" read "A failed read() is taken for the end." "Bad file descriptor" \
        "read_all(): -1 and 0 are different results. Try: ./blocks <&-
$RESULTS"
    inject "$(reads '3:EIO,*:short')"
    fails abcdefgh read "A read() that fails in the middle of a block is not reported." \
        "Input/output error" "read_all(): two bytes came here, then read() failed with EIO. Try:
{ printf ab; sleep 1; printf cd; } | \
strace -e trace=read -e inject=read:error=EIO:when=3 ./blocks"
    [ -z "$stdout" ] || reject "A failed read() makes a short block." \
        "no block, and exit status 1" "$stdout" \
        "read_all(): an error is not the end, so there is no last block"
}

@test "06-1: a write() that fails is reported, with status 1" {
    REDIRECT='>/dev/full' fails abcdefgh write "A failed write() is not reported." \
        "No space left on device" "write_all(): Try: printf abcdefgh | ./blocks >/dev/full
/dev/full is a device on which every write() fails. $LOOP"
    inject "$(writes 1:short,2:EIO)"
    fails abcdefgh write "A write() that fails after a short one is not reported." \
        "Input/output error" "write_all(): the first write() took one byte here, the second failed"
}
