# shellcheck shell=bash disable=SC2154,SC2034
#
# For the graders of stage 06, where each byte counts. Load it after grader.bash.
# The shell cannot hold a NUL, so bytes are compared in files and shown in octal.

# reads WHICH:WHAT,... - prints these faults, as inject wants them, for every call that
# can read, whichever of them the program uses. writes does so for those that can write.
# (The injector has room for 16 of them: three of ours.)
reads() {
    faults_of "$1" read readv recv recvfrom recvmsg
}
writes() {
    faults_of "$1" write writev send sendto sendmsg
}
faults_of() {
    local faults=$1, fault call all=
    shift
    while [ -n "$faults" ]; do
        fault=${faults%%,*} faults=${faults#*,}
        for call in "$@"; do all=$all,$call:$fault; done
    done
    printf '%s' "${all#,}"
}

# feed BYTES ARGUMENTS... - runs what is graded with this input, which is written as for
# printf: $status, $stdout, $stderr, and its bytes in "$PLAY/fed.out".
feed() {
    local bytes=$1
    shift
    program fed "$@"
    # shellcheck disable=SC2059 # it is a format
    printf "$bytes" >&"$(fd in fed)"
    eof fed
    finish fed
}

# fed BYTES - has it printed exactly these bytes, written as for printf?
fed() {
    # shellcheck disable=SC2059 # it is a format
    printf "$1" >"$PLAY/wanted"
    cmp -s "$PLAY/wanted" "$PLAY/fed.out"
}

# compare - sets $wanted and $came, which show the bytes that fed() has compared. For a
# reject() only: this takes six processes.
compare() {
    wanted=$(visible "$PLAY/wanted" | head -n 9)
    came="$(visible "$PLAY/fed.out" | head -n 9)${stderr:+
$stderr} (exit status $status)"
}

# patiently - a test that begins with this may have to wait in vain. So it is only run if
# nothing has failed so far.
patiently() {
    [ ! -e "$BUILD/failed" ] ||
        reject "Not run: it may have to wait in vain." "the tests above pass" "a failure" \
            "the first failure"
}

# visible FILE - prints its bytes: those that can be seen as they are, \n and a new line
# for a newline, the others in octal.
visible() {
    od -An -v -tu1 "$1" | awk '
        {
            for (n = 1; n <= NF; n++)
                if ($n == 10) printf "\\n\n"
                else if ($n == 92) printf "\\\\"
                else if ($n > 31 && $n < 127) printf "%c", $n + 0
                else printf "\\%03o", $n
            some = 1
        }
        END { if (!some) printf "nothing" }'
}
