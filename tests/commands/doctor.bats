#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # $status and $output are those of `run`
#
# make doctor, on machines that have less than this one.

load ../lib/helper

setup() {
    open_stage
    mkdir -p "$DIR/copy/tests/commands" "$DIR/bin" "$DIR/tmp"
    copy -R "$ROOT/02-bind" "$DIR/copy"
    copy -R "$ROOT/tests/run-bats" "$ROOT/tests/lib" "$DIR/copy/tests"
    copy "$ROOT/tests/commands/doctor" "$DIR/copy/tests/commands"
}
teardown() { close_stage; }

# has COMMAND... - the machine has these, from here.
has() {
    local tool
    for tool in "$@"; do
        ln -s "$(command -v "$tool")" "$DIR/bin/${tool##*/}"
    done
}

# has_compiler - CC may have options; run-bats then keeps it in UDS_CC.
has_compiler() {
    local word words=(as ld)
    for word in ${UDS_CC:-${CC:-cc}}; do
        [[ $word == -* ]] || words+=("$word")
    done
    has "${words[@]}"
}

# has_compiled - a compiler whose output is there already: the program that `make` has built.
has_compiled() {
    # shellcheck disable=SC2016 # that script expands it
    printf '%s\n' '#!/bin/sh' '[ "$1" != --version ] || exec echo a compiler' \
        'while [ "$1" != -o ]; do shift; done' "exec cp '$DIR/compiled' \"\$2\"" \
        >"$DIR/bin/compiler"
    chmod +x "$DIR/bin/compiler"
    copy "$ROOT/02-bind/server" "$DIR/compiled"
    has cp
    export CC=compiler CPPFLAGS='' CFLAGS='' LDFLAGS='' LDLIBS=''
    unset UDS_CC
}

# says COMMAND TEXT - the machine has a command that prints this text.
says() {
    rm -f "$DIR/bin/$1" # it may be a link to the real one
    printf '#!/bin/sh\necho "%s"\n' "$2" >"$DIR/bin/$1"
    chmod +x "$DIR/bin/$1"
}

# What `make`, `make demo` and the graders of the exercises run, beside the coreutils.
NEEDED=(make awk cmp find grep sed ps python3 bats)

# bare_machine - has that, and what doctor itself uses of the coreutils.
bare_machine() {
    has_compiled
    has "${NEEDED[@]:0:7}" mktemp rm
    says python3 ""
    says bats "Bats 1.8.0"
    says uname Linux
}

# doctor READY [COMMAND...] - runs it on that machine. Its last line and its status agree with
# READY; it prints no line twice and none over 80 columns, and leaves nothing.
doctor() {
    local ready=$1 wanted=0 wrong
    shift
    [ "$ready" = yes ] || wanted=1
    PATH=$DIR/bin UDS_TMP=$DIR/tmp run "$@" "$BASH" "$DIR/copy/tests/commands/doctor"
    [ "$status" -eq "$wanted" ] || complain "status $wanted" "$status: $output" doctor
    [ "${lines[${#lines[@]} - 1]}" = "ready: $ready" ] || complain "ready: $ready" "$output" doctor
    wrong=$(printf '%s\n' "$output" | awk 'length > 80 || seen[$0]++')
    [ -z "$wrong" ] || complain "80 columns, and no line twice" "$wrong" doctor
    wrong=$(find "$DIR/tmp" "$DIR/copy" -mindepth 1 \( -path "$DIR/tmp/*" -o -name '*.sock' \))
    [ -z "$wrong" ] || complain "nothing left behind" "$wrong" doctor
}

# rows STATE NAME... - each of these has that state.
rows() {
    local name state=$1
    shift
    for name in "$@"; do
        [[ $'\n'$output == *$'\n'"$state"*([ ])"$name "* ]] ||
            complain "$state: $name" "$output" doctor
    done
}

ALL=("C compiler" make "socket in /tmp" "socket here" "basic tools" ps python3 bats
    "man 2 socket" pgrep ss lsof strace socat nc setpriv git)

@test "doctor: here, it names each thing that it has looked for" {
    local name
    UDS_TMP=$DIR/tmp run "$DIR/copy/tests/commands/doctor"
    for name in "${ALL[@]}"; do
        [[ $output == *$'\n'[om-]*" $name "* ]] || complain "$name" "$output" doctor
    done
    [[ $output == *"ok       C compiler "*"ok       make "*"bytes fit"*" pgrep "* ]]
    [[ $output == *$'\n'"ready: yes" && $status == 0 ]] ||
        complain "ready: yes" "$status: $output" doctor
    [ -z "$(ls -A "$DIR/tmp")" ]
}

# bats test_tags=tools
@test "doctor: on a machine with what is needed, all else is missing, and it is ready" {
    bare_machine
    doctor yes
    rows ok "${ALL[@]:0:8}"
    rows missing "${ALL[@]:8}"
    [[ $output != *"To install"* ]] # it knows no package manager there
}

# bats test_tags=tools
@test "doctor: without one of the tools that are needed it is not ready, and names a package" {
    local tool package row
    bare_machine
    says apt-get ""
    while read -r tool package; do
        row="basic tools"
        case $tool in make | ps | python3 | bats) row=$tool ;; esac
        mv "$DIR/bin/$tool" "$DIR/$tool"
        doctor no
        rows missing "$row"
        [[ $row = "$tool" || $output == *" $tool: for make demo and the exercises"$'\n'* ]] ||
            complain "the name of $tool" "$output" doctor
        [[ $output == *$'\nTo install what is needed:\n'*"apt install $package"$'\n'* ]] ||
            complain "apt install $package" "$output" "doctor, without $tool"
        mv "$DIR/$tool" "$DIR/bin/$tool"
    done <<'END'
make make
awk mawk
cmp diffutils
find findutils
grep grep
sed sed
ps procps
python3 python3
bats bats
END
    echo 'exit 1' >>"$DIR/bin/python3" # one that only says where to get it
    doctor no
    rows missing python3
    rm "${NEEDED[@]/#/$DIR/bin/}"
    doctor no
    rows missing make "basic tools" ps python3 bats
    contains " awk cmp find grep sed: for make demo and the exercises"
    [[ ${output#*procps} != *procps* ]] || complain "procps once" "$output" doctor
}

# installs MANAGER COMMAND NEEDED REST - with that package manager, COMMAND installs REST, the
# packages of what some pages and tests use, and `doctor --packages` prints all of them.
installs() {
    says "${1/apt/apt-get}" ""
    says pgrep "" # it is in the package of ps
    doctor yes
    output=${output//" \\
       "/}
    [[ $output == *$'\nTo install what some pages and tests use:\n'"    $2 $4"$'\nready: yes' ]] ||
        complain "$2 $4" "$output" "doctor, with $1"
    rm "$DIR/bin/${1/apt/apt-get}"
    PATH=$DIR/bin run "$BASH" "$DIR/copy/tests/commands/doctor" --packages "$1"
    [ "$status" -eq 0 ]
    expect "$3$4"
}

# bats test_tags=tools
@test "doctor: for each package manager it knows the command, and the packages there" {
    local sudo='' basic="diffutils findutils grep sed"
    [ "$EUID" -eq 0 ] || sudo="sudo "
    bare_machine
    installs apt "${sudo}apt install" \
        "gcc libc6-dev make mawk $basic procps python3 bats " \
        "man-db manpages-dev iproute2 lsof strace socat netcat-openbsd util-linux git"
    installs dnf "${sudo}dnf install" "gcc make gawk $basic procps-ng python3 bats " \
        "man-db man-pages iproute lsof strace socat netcat util-linux git"
    installs pacman "${sudo}pacman -S" "gcc make gawk $basic procps-ng python bats " \
        "man-db man-pages iproute2 lsof strace socat openbsd-netcat util-linux git"
    installs apk "${sudo}apk add" "gcc musl-dev make gawk $basic procps-ng python3 bats " \
        "mandoc man-pages iproute2 lsof strace socat netcat-openbsd setpriv git"
    says uname Darwin # whatever else is there
    says apt-get ""
    says brew ""
    doctor yes
    rows - ss strace setpriv
    installs brew "brew install" "python bats-core " "socat git"
    PATH=$DIR/bin run -2 "$BASH" "$DIR/copy/tests/commands/doctor" --packages zypper
}

# bats test_tags=tools
@test "doctor: without a compiler or make it is not ready, and says how to get them" {
    bare_machine
    says apt-get ""
    rm "$DIR/bin/make"
    CC=none doctor no
    rows missing "C compiler" make
    [[ $output == *" none does not compile a program"* ]]
    [[ $output == *$'\nTo install what is needed:\n'*"apt install gcc libc6-dev make"$'\nTo'* ]]
    says uname Darwin
    doctor no
    rows ok "C compiler"
    rows missing make
    [[ $output == *$'\n'"To install the compiler and make: xcode-select --install"* ]]
    has make
    says fails ""
    echo 'echo "it is broken" >&2; exit 1' >>"$DIR/bin/fails"
    CC=fails doctor no
    rows missing "C compiler"
    rows ok make
    [[ $output == *$'\n         it is broken\n'* ]]
    # shellcheck disable=SC2016 # that script expands it
    printf '%s\n' '#!/bin/sh' ': >"$2"' >"$DIR/bin/fails" # what it compiles does not run
    CC=fails doctor no
    rows missing "a program"
}

# bats test_tags=tools
@test "doctor: bats has to be as new as the tests need, and it says what will be fetched" {
    local version
    bare_machine
    for version in 0.4.0 1.2.1 1.7.99; do
        says bats "Bats $version"
        doctor no
        rows missing bats
        [[ $output == *" $version is too old: install 1.8.0, or npm to fetch it"$'\n'* ]]
    done
    for version in 1.8.0 1.11.1 2.0.0; do
        says bats "Bats $version"
        doctor yes
        rows ok bats
        [[ $output == *" Bats $version"$'\n'* ]]
    done
    says bats "Bats 1.7.0"
    says npm ""
    doctor yes
    [[ $output == *" 1.7.0 is too old: make test will fetch 1.11.0"$'\n'* ]]
    rm "$DIR/bin/bats"
    doctor yes
    [[ $output == *" make test will fetch 1.11.0"$'\n'* ]]
    mv "$DIR/bin/npm" "$DIR/bin/git" # either will do
    doctor yes
    [[ $output == *" make test will fetch 1.11.0"$'\n'* ]]
    rm "$DIR/bin/git"
    mkdir -p "$DIR/copy/.tools/node_modules/bats/bin"
    says bats "Bats 1.11.0"
    mv "$DIR/bin/bats" "$DIR/copy/.tools/node_modules/bats/bin"
    doctor yes
    rows ok bats
}

# The coreutils, as far as they are here.
COREUTILS=(basename cat chmod chown cksum cp cut date dirname env expr fold head id ln ls mkdir
    mkfifo mktemp mv nl od paste printf pwd readlink rm rmdir sleep sort stat tail tee test timeout
    touch tr true tty uname uniq wc)

# bats test_tags=torture
@test "doctor: where it asks for nothing more, the programs build, play and are graded" {
    local as=() tool path
    [ "$EUID" -ne 0 ] || { need setpriv && as=("${AS_NOBODY[@]}"); }
    PATH=/usr/bin:/bin:$PATH # first what any user can run
    has_compiler
    for tool in "${NEEDED[@]}" "${COREUTILS[@]}" bash sh; do
        path=$(type -P "$tool") || path=
        [ -z "$path" ] || ln -s "$path" "$DIR/bin/$tool"
    done
    ln -sf "$UDS_BATS" "$DIR/bin/bats"
    copy -Rp "$ROOT"/0* "$ROOT/tests" "$ROOT/Makefile" "$DIR/copy" # the programs are built
    touch "$DIR/copy/02-bind/server.c"                           # but this one
    chmod -R a+rwX "$DIR"
    doctor yes

    # typed TARGET... - by a user who has only these tools.
    typed() {
        # shellcheck disable=SC2016 # that shell expands them
        run ${as[@]+"${as[@]}"} env -i HOME="$DIR" UDS_TMP="$DIR/tmp" PATH="$DIR/bin" \
            CC="${UDS_CC:-${CC:-cc}}" "$BASH" -c 'cd "$0" && exec make "$@" 3>&- 4>&-' \
            "$DIR/copy" "$@"
        [[ $output != *"not found"* ]] || complain "no tool missing" "$output" "make $*"
    }
    typed
    [[ $status == 0 && $output == *"-o 02-bind/server "* ]] ||
        complain "02-bind/server" "$status: $output" make
    typed -s demo
    [[ $status == 0 && $output == *"None of them waited."* ]] ||
        complain "the last stage" "$status: $output" "make demo"
    typed -s exercise-01-1
    [[ $status != 0 && $output == *" The number that it predicts is not the one that comes."* ]] ||
        complain "what is wrong with the starter" "$status: $output" "make exercise-01-1"
    cp "$ROOT/tests/exercises/01-1-numbers/solution.c" "$DIR/copy/01-socket/exercises/1-numbers.c"
    typed -s exercise-01-1
    [[ $status == 0 && $output == *"Go on with: make exercises"* ]] ||
        complain "done" "$status: $output" "make exercise-01-1, solved"
}

# bats test_tags=tools
@test "doctor: a man without the page of socket(2) is not enough" {
    bare_machine
    says man "This system has been minimized."
    doctor yes
    rows missing "man 2 socket"
    # shellcheck disable=SC2016 # that script expands it
    printf '%s\n' '#!/bin/sh' '[ "$*" = "-w 2 socket" ] && echo /' >"$DIR/bin/man"
    doctor yes
    rows ok "man 2 socket"
}

# bats test_tags=tools
@test "doctor: a folder that cannot hold a socket is found, and it is not ready" {
    local as=()
    bare_machine
    [ "$EUID" -ne 0 ] || { need setpriv && has setpriv && as=("${AS_NOBODY[@]}"); }
    chmod 755 "$DIR"
    chmod 1777 "$DIR/tmp"
    chmod 555 "$DIR/copy/02-bind"
    doctor no ${as[@]+"${as[@]}"}
    rows ok "C compiler" "socket in /tmp"
    rows missing "socket here"
    [[ $output == *" 02-bind: Permission denied"$'\n'*"Copy the repository to a folder of your"* ]]
    chmod 755 "$DIR/copy/02-bind"
}

# bats test_tags=tools
@test "doctor: a disk without sockets is found, and it is not ready" {
    need Linux unshare mount
    unshare -rm true 2>/dev/null || skip "unshare is not allowed here"
    bare_machine
    has unshare mount
    # What is in proc cannot be created. The source is then elsewhere.
    mv "$DIR/copy/02-bind" "$DIR/copy/02"
    mkdir "$DIR/copy/02-bind"
    # shellcheck disable=SC2016 # these are the script's
    sed 's:-o "$dir/server" 02-bind/:-o "$dir/server" 02/:' "$ROOT/tests/commands/doctor" \
        >"$DIR/copy/tests/commands/doctor"
    # shellcheck disable=SC2016 # that shell expands them
    doctor no unshare -rm "$BASH" -c 'mount --rbind /proc "$0" && exec "$@"' "$DIR/copy/02-bind"
    rows ok "C compiler" "socket in /tmp"
    rows missing "socket here"
    [[ $output == *" 02-bind: "*$'\n'*"often holds no sockets"* ]]
}

# bats test_tags=tools
@test "doctor: it looks at the width of a terminal, which make watch needs" {
    local columns
    "${CC:-cc}" -o "$DIR/terminal" "$ROOT/tests/pages/terminal.c"
    bare_machine
    has stty
    for columns in 80 79; do
        # shellcheck disable=SC2016 # that shell expands it
        start doctor env PATH="$DIR/bin" UDS_TMP="$DIR/tmp" "$DIR/terminal" "$BASH" -c \
            'stty cols "$1" && exec "$2" "$3"' - \
            "$columns" "$BASH" "$DIR/copy/tests/commands/doctor"
        await doctor "ready: yes"
        output=$(said doctor)
        if [ "$columns" = 80 ]; then
            rows ok terminal
            continue
        fi
        rows missing terminal
        contains "it has 79 columns, and make watch-04 needs 80"
    done
}

# bats test_tags=tools
@test "doctor: the container for a browser installs the packages that it names for Debian" {
    local file=$ROOT/.devcontainer/devcontainer.json command packages
    command=$(sed -n 's/^ *"postCreateCommand": "\(.*\)",*$/\1/p' "$file")
    [ -n "$command" ] || complain "a postCreateCommand" none "$file"
    # shellcheck disable=SC2016 # that script expands it
    printf '%s\n' '#!/bin/sh' 'exec "$@"' >"$DIR/bin/sudo"
    printf '%s\n' '#!/bin/sh' "echo \"\$*\" >>'$DIR/asked'" >"$DIR/bin/apt-get"
    chmod +x "$DIR/bin/sudo" "$DIR/bin/apt-get"
    packages=$("$ROOT/tests/commands/doctor" --packages apt)
    cd "$ROOT"
    PATH=$DIR/bin:$PATH run -0 sh -c "$command"
    run cat "$DIR/asked"
    expect "update
install -y $packages"
    need python3
    python3 -m json.tool "$file" >/dev/null
}
