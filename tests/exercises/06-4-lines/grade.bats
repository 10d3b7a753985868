#!/usr/bin/env bats
# 06-4: read() == 0 is the end: of a line, perhaps, and of a client in any case.

load ../grader
load ../clients
load ../streams

END_OF_FILE='read_line(): what does read() return at end of file?
06-readwrite/README.md, "What is new"; "What if there is no test for 0?"'

# say(words) is a client that sends them, and has no more to say: which answers does it get
# until the server closes?
SAY='import time
def say(*words):
    global patience
    s, got = connect(), b""
    s.settimeout(patience)
    try:
        for part in words: s.sendall(part)
        s.shutdown(socket.SHUT_WR)
        while len(got) < 1000:
            more = s.recv(1000)
            if not more: return " ".join(got.decode("latin1").split() + ["end"])
            got += more
    except socket.timeout:
        patience = 0.1
        return " ".join(got.decode("latin1").split() + ["(no end)"])
    except OSError as error:
        return " ".join(got.decode("latin1").split() + [str(error)])
    return got[:40].decode("latin1").replace("\n", " ") + "..."
patience = patience / 2
'

# answers COUNT CODE EXPECTED - a server for that many clients, and these clients: do they
# print this? Sets $played.
answers() {
    serve "$1"
    play "$SAY$2"
    played=$output
    [ "$played" = "$3" ]
}

# answered COUNT CODE EXPECTED MESSAGE LOOK - answers, or else this message. A crash is
# reported first.
answered() {
    answers "$1" "$2" "$3" && return
    blame "$4" "the clients get: $3" "$5"
}

# blame MESSAGE EXPECTED LOOK - for the server, which is ended. If a client has waited in
# vain, the next test would take as long.
blame() {
    case $played in *"(no end)"*) CONDEMNED=yes ;; esac
    send TERM server 2>/dev/null || true
    finish server
    reject "$1" "$2" "$played
$output" "$3"
}

# ends_well - the server exits by itself, with status 0, and has removed its path.
ends_well() {
    HANGS="The server does not exit after as many clients as you said." \
        HANGS_LOOK="main(), serve(): each client is to be closed at its end" finish server
    case $output in
    *"close: client: Bad file descriptor"*)
        reject "It closes a client's descriptor twice." "one close() for each client" "$output" \
            "read_line(), serve(): serve() closes the client already" ;;
    esac
    [[ $status -eq 0 && ! -e $path ]] ||
        reject "The server does not exit as it should after its last client." \
            "unlink   $path (exit status 0)" "$output (exit status $status)" \
            "read_line(): the end of a client is no reason to exit"
}

# no_error - the clients left properly, so nothing is on standard error.
no_error() {
    [ -z "$stderr" ] ||
        reject "The end of a client is reported as an error." "nothing on standard error" \
            "$stderr" "read_line(): at the end it returns 0; -1 is for errors"
}

@test "06-4: when a client has no more to say, it is closed" {
    if ! answers 1 'print(say(b"hello\nyou\n"))' "5 3 end"; then
        case $played in
        *"(no end)")
            if sleeps server; then
                blame "The client has no more to say, and the server waits for more." "5 3 end" \
                    "$END_OF_FILE"
            fi
            blame "The client has no more to say, and the server runs in a loop." "5 3 end" \
                "$END_OF_FILE
See it: top, or ps -o stat,comm, shows R: the server uses a whole CPU"
            ;;
        "5 3 0 0 0"*) blame "At the end it answers empty lines that the client has not sent." \
            "5 3 end" "read_line(): the end with nothing read is no line: return 0" ;;
        "5 3 0 end") blame "After the last newline, it answers one line too many." "5 3 end" \
            "read_line(): the end with nothing read is no line: return 0. Try:
printf 'hello\\nyou\\n' | nc -NU hello.sock" ;;
        esac
        blame "The lines are not answered with their lengths." "5 3 end" "serve(), read_line()"
    fi
    finish server
    case $output in
    *"close: client: Bad file descriptor"*) ends_well ;;
    esac
    [ "$status" -eq 0 ] ||
        reject "The end of one client is the end for all." "exit status 0, and: unlink   $path" \
            "$output (exit status $status)" "read_line(): the end of a client is not an error"
    no_error
}

@test "06-4: a last line without a newline is answered" {
    answers 1 'print(say(b"hello\nyou"))' "5 3 end" || case $played in
    "5 "[0-9]*" end") blame "The last line is answered with a wrong length." "5 3 end" \
        "read_line(): is line a string then? Its end is at length" ;;
    *) blame "The last line gets no answer because it has no newline." "5 3 end" \
        "read_line(): what if the end comes when some bytes of a line are there? Try:
printf 'hello\\nyou' | nc -NU hello.sock" ;;
    esac
    ends_well
    no_error
}

@test "06-4: an empty line is a line, and the end is not" {
    answered 1 'print(say(b"\n\nyou\n\n"))' "0 0 3 0 end" \
        "An empty line is taken for the end, or the end for an empty line." \
        "read_line(): a newline has been read, so there is a line. Try:
printf '\\n\\nyou\\n\\n' | nc -NU hello.sock"
    ends_well
    answered 1 'print(say(b"a\r\n \n"))' "2 1 end" "It does not count every byte of a line." \
        "read_line(): only the newline is not counted"
    ends_well
}

@test "06-4: each client has its own end" {
    if ! answers 4 'print(say(b""), say(b"x"), say(b"\n"), say(b"hello\n"))' \
        "end 1 end 0 end 5 end"; then
        [[ $played != *"(no end)"* ]] ||
            blame "A client is not closed while the server goes on." "end 1 end 0 end 5 end" \
                "serve(): the client's descriptor has to be closed, and every copy of it"
        blame "After one client, the next one is not served properly." "end 1 end 0 end 5 end" \
            "serve(), main(): every client has to be closed, and the next one accepted"
    fi
    ends_well
}

@test "06-4: a line longer than MOST is cut, and gets one answer" {
    answers 1 'print(say(b"x" * 999 + b"\n" + b"y" * 1000 + b"\nyou\n"))' "999 1000 3 end" ||
        case $played in
        "999 1000 "*) blame "A long line is split into several lines." "999 1000 3 end" \
            "read_line(): a full buffer is not the end of the line; only a newline is" ;;
        *) blame "A line of exactly MOST bytes is not counted in full." "999 1000 3 end" \
            "read_line(): line has room for MOST bytes and the '\\0'" ;;
        esac
    ends_well
    answered 1 'print(say(b"x" * 1001 + b"\n" + b"y" * 5000 + b"\nyou\n"))' "1000 1000 3 end" \
        "A line longer than MOST is not cut, or gets more than one answer." \
        "read_line(): what does not fit is read up to the newline, and thrown away. Try:
{ printf %1500s; echo; echo you; } | nc -NU hello.sock"
    ends_well
    answered 2 'print(say(b"z" * 1000), say(b"you\n" + b"z" * 1500))' "1000 end 3 1000 end" \
        "A long last line without a newline gets no answer." \
        "read_line(): at end of file, a line has begun, whatever its length. Try:
printf %1500s | nc -NU hello.sock"
    ends_well
}

@test "06-4: an interrupted or short call is not the end" {
    inject "$(reads '1:EINTR,3-4:EINTR,*:short')"
    answered 1 'print(say(b"hello\nyou"))' "5 3 end" "An interrupted read() is taken for the end." \
        "read_line(): here read() failed with EINTR: a signal came first. Call it again. Try:
strace -e trace=read -e inject=read:error=EINTR:when=2+2 ./lines hello.sock 1"
    ends_well
    no_error
    inject "$(writes '1:EINTR,*:short')"
    answered 1 'print(say(b"hello world\nyou"))' "11 3 end" \
        "A short or interrupted write() loses a part of the answer." \
        "write_all(): it was right before: go on where a short write() ended"
    ends_well
    no_error
}

@test "06-4: a pause is not the end" {
    answered 1 '
s = connect()
s.sendall(b"hello\nyo")
first = get(s, 2)
time.sleep(1.2)
s.sendall(b"u\n")
s.shutdown(socket.SHUT_WR)
print(first, get(s, 3))' "5 3 and the end" "A client that pauses is taken for one that is done." \
        "read_line(): only read() == 0 is the end; a client may think for as long as it likes"
    ends_well
}

@test "06-4: what a client leaves behind does not pass to the next one" {
    answered 3 '
first, gone, third = connect(), connect(), connect()
gone.sendall(b"a\nbb\nccc\ndddd")
gone.close() # before its first answer
first.close()
third.sendall(b"hello\n")
third.shutdown(socket.SHUT_WR)
print(get(third, 10))' "5 and the end" "The next client gets answers to lines of another one." \
        "read_line(): bytes that were read ahead belong to one client; a static buffer keeps them"
    ends_well
}

@test "06-4: an error of read() is reported, and the next client is served" {
    answered 2 '
gone, second = connect(), connect()
gone.sendall(b"hello\n")
gone.recv(1, socket.MSG_PEEK) # the answer is there, and stays there
gone.close()
second.sendall(b"you\n")
second.shutdown(socket.SHUT_WR)
print(get(second, 3))' "3 and the end" "An error of read() is the end for all." \
        "read_line(), serve(): here read() failed with ECONNRESET, which concerns one client"
    ends_well
    [[ $stderr == *"reset by peer"* ]] ||
        reject "An error of read() is taken for a good end." \
            "on standard error: lines: client: Connection reset by peer" \
            "${stderr:-nothing on standard error}" \
            "read_line(): -1 is not 0.
06-readwrite/README.md, \"Break it\": \"When the peer leaves\""
}

@test "06-4: half a line before an error is not a line" {
    inject "$(reads '3:EIO,*:short')"
    serve 1
    play "${SAY}print(say(b'hello\n'))"
    played=$output
    [[ $played != 2* ]] ||
        blame "The half of a line before an error is answered like a line." "no answer" \
            "read_line(): here read() failed with EIO after 2 bytes. Only the end makes a last line"
    ends_well
}

@test "06-4: after many clients, no descriptor is lost" {
    DESCRIPTORS=24 answered 30 '
for turn in range(30): got = say(b"hello")
print(got)' "5 end" "The descriptor of a client stays open." \
        "serve(): shutdown() ends a conversation, but only close() frees the descriptor. See it:
ls -l /proc/\$(pgrep lines)/fd"
    ends_well
}
