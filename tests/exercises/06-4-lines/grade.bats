#!/usr/bin/env bats
# 06-4: read() == 0 is the end, once for the line and once for the client.

load ../grader

LESSON='read_line(): what does read() return at the end of file? 06-readwrite/README.md, "Break it"'

# A client in Python: sends the first words, says that it has no more, and
# prints what it gets until the server closes. Then one with the second words.
CLIENTS='
import socket, sys
path, patience = sys.argv[1], float(sys.argv[2])
def client(words):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(patience)
    got = b""
    try:
        s.connect(path)
        s.sendall(words)
        s.shutdown(socket.SHUT_WR)
        while len(got) < 1000 and (more := s.recv(1000)): got += more
        return got.decode()[:1000].split()
    except socket.timeout: return got.decode().split() + ["and then nothing"]
    except OSError as error: return got.decode().split() + [error.strerror]
'

# play COUNT CODE - a server for so many clients, and these: sets $played.
play() {
    program server "$path" "$1"
    await server listen ||
        reject "The server does not start." "listen   $path" "$(said server)" "main()"
    plainly start clients python3 -Suc "$CLIENTS$2" "$path" "$((LIMIT / 2 + 1))"
    finish clients
    played=$output
}

# ends_well - the server ends by itself, with status 0, and has removed its name.
ends_well() {
    finish server
    [[ $status -eq 0 && ! -e $path ]] ||
        reject "The server does not end well." "unlink   $path (exit status 0)" \
            "$output (exit status $status)" "main()"
}

@test "06-4: when a client has no more to say, its line is closed" {
    play 1 'print(client(b"hello\nyou\n"))'
    case $played in
    "['5', '3']") ;;
    *nothing*)
        state_of "$(pid server)"
        case $state in
        R) reject "The client has no more to say, and the server turns in a loop." \
            "5, 3, and a closed line" \
            "$played; the server's process state is R: it runs, at full speed" "$LESSON" ;;
        *) reject "The client has no more to say, and the server waits for more." \
            "5, 3, and a closed line" "$played; the server waits" "$LESSON" ;;
        esac
        ;;
    *"'0', '0', '0'"*) reject "At the end it answers empty lines that nobody has written." \
        "5, 3, and a closed line" "${played:0:60}..." \
        "read_line(): the end with nothing read is no line: return 0" ;;
    *) reject "The lines are not answered with their lengths." "['5', '3']" "$played" \
        "$(said server)" ;;
    esac
    finish server
    [[ $status -eq 0 && $output == *close* ]] ||
        reject "The end of one client is the end for all." \
            "close    descriptor 4, and exit status 0" \
            "$output (exit status $status)" "read_line(): the end is no error"
}

@test "06-4: a last line without a newline is answered" {
    play 1 'print(client(b"hello\nyou"))'
    [[ $played != "['5', '"[0-9]*"']" || $played == "['5', '3']" ]] ||
        reject "The last line is answered with another length." \
            "5 and 3, for: hello, newline, you" \
            "$played" "read_line(): is line a string then? What stands behind its last byte?"
    [ "$played" = "['5', '3']" ] ||
        reject "The last line gets no answer, as it has no newline." \
            "5 and 3, for: hello, newline, you" \
            "$played" "read_line(): what if the end comes and some bytes of a line are there?"
    ends_well
}

@test "06-4: an empty line is a line, and the end is none" {
    play 1 'print(client(b"\n\nyou\n\n"))'
    [ "$played" = "['0', '0', '3', '0']" ] ||
        reject "Empty lines are not told from the end." "0, 0, 3, 0" "$played" \
            "read_line(): a newline alone has been read, so there is a line"
    ends_well
}

@test "06-4: a client that says nothing does not stop the next one" {
    play 3 'print(client(b""), client(b"x"), client(b"hello\n"))'
    [ "$played" = "[] ['1'] ['5']" ] ||
        reject "After a client that said nothing the next one is not served." \
            "nothing for the first; 1; 5" "$played" "serve()"
    ends_well
}
