# shellcheck shell=bash disable=SC2154
#
# What a test expects, and what it needs. A failure is reported by complain() of
# play.bash: what was expected, what was found, and where it came from.

# expect TEXT - $output is exactly this text.
expect() {
    [ "$output" = "$1" ] || complain "$1" "$output" "standard output and error"
}

# contains TEXT [WHERE] - $output has this text somewhere.
contains() {
    [[ $output == *"$1"* ]] ||
        complain "output with: $1" "$output" "${2:-standard output and error}"
}

# at_most LIMIT FOUND WHAT - a number is not above its limit.
at_most() {
    [ "$2" -le "$1" ] || complain "at most $1" "$2" "$3"
}

# same FILE FILE - the files are equal, byte for byte.
same() {
    cmp "$1" "$2" || complain "the bytes of $1" "others" "$2"
}

# refuses STATUS TEXT COMMAND... - the command exits with that status, prints a message
# that contains TEXT, and leaves nothing new in $DIR.
refuses() {
    local wanted=$1 text=$2 before
    shift 2
    before=$(files)
    start refused "$@"
    eof refused
    finish refused
    [ "$status" -eq "$wanted" ] || complain "exit status $wanted" "$status: $output" "$*"
    [[ $output == *"$text"* ]] || complain "a message with: $text" "$output" "$*"
    [ "$(files)" = "$before" ] || complain "$before" "$(files)" "the folder after $*"
}

# files - lists all that is in $DIR, except what belongs to play.bash.
files() {
    find "$DIR" -mindepth 1 -path "$DIR/.played" -prune -o -ls
}

# kernel_row PATH - prints the flags and the state of the socket that is bound to PATH,
# as /proc/net/unix has them (Linux).
kernel_row() {
    awk -v path="$1" '$8 == path { print $4, $6 }' /proc/net/unix
}

# need_descriptors COUNT - skips the test unless a process may have that many.
need_descriptors() {
    local most
    most=$(ulimit -Hn)
    [ "$most" = unlimited ] || [ "$most" -gt "$1" ] ||
        skip "too few descriptors: ulimit -Hn is $most"
}

# need WHAT... - skips the test, and says why, unless this machine has all of them: Linux,
# root, or a command of that name.
need() {
    local what
    for what in "$@"; do
        case $what in
        Linux) [[ $OSTYPE == linux* ]] || skip "only on Linux" ;;
        root) [ "$EUID" = 0 ] || skip "needs root, to become another user" ;;
        *) command -v "$what" >/dev/null || skip "no $what here" ;;
        esac
    done
}

# scale QUICK FULL - prints QUICK, or FULL for `make torture`, which runs the tests with the
# tag "scaled" once more.
scale() {
    if [ -z "${TORTURE-}" ]; then echo "$1"; else echo "$2"; fi
}
