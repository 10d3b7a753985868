# What a script must not use, because bash 3.2 does not have it: that is the bash of
# macOS. Prints each place, and ends with status 1 if there is one.
#
#     awk -f tests/checks/bash-3.2.awk SCRIPT...
#
# bash-3.2.txt beside it has a line for each trap, which tests/commands/make.bats shows to it.

function newer(since, what, pattern) {
    kinds++
    message[kinds] = "bash " since " or newer: " what
    patterns[kinds] = pattern
}

BEGIN {
    name = "[A-Za-z_][A-Za-z_0-9]*"
    value = "[$][{]!?(" name "|[0-9@*])([[][^]]*[]])?"
    newer("4.0", "mapfile, readarray, coproc", "(^|[^A-Za-z_-])(mapfile|readarray|coproc)( |;|$)")
    newer("4.0", "declare -A, -g, -l, -n, -u, -I",
        "(^|[^A-Za-z_-])(declare|local|typeset|readonly) +-[a-z]*[AglnuI]")
    newer("4.4", "local -", "(^|[^A-Za-z_-])local +-( |;|$)")
    newer("4.0", "${name^}, ${name,}, ${name~}", value "[\\^,~]")
    newer("4.4", "${name@Q}", value "@[A-Za-z]")
    newer("4.0", "|&", "[|]&")
    newer("4.0", "&>>", "&>>")
    newer("4.0", ";& and ;;&", ";&")
    newer("4.1", "{name}> for a new descriptor", "(^| )[{]" name "[}][<>]")
    newer("4.1", "printf -v name[index]", "printf -v +[\"']?" name "[[]")
    newer("4.2", "a negative length", "[$][{](" name "|[0-9@*]):([^}:=?+-][^}:]*)?: *-")
    newer("4.3", "a negative index",
        "(([$][{]|^ *)" name "[[]-[0-9]+[]][}=]|unset +[\"']?" name "[[]-[0-9])")
    newer("4.3", "wait -n, -f, -p", "(^|[^A-Za-z_-])wait +-[nfp]")
    newer("4.0", "read -N, read -i, read -t with 0 or a fraction",
        "(^|[^A-Za-z_-])read +([^;|&]* )?-([a-z]*[Ni]|[a-z]*t *(0( |;|$)|[0-9]*[.][0-9]))")
    newer("4.0", "$BASHPID without another way", "[$]([{]BASHPID[}]|BASHPID)")
    newer("5.0", "EPOCHSECONDS, EPOCHREALTIME, SRANDOM, BASH_ARGV0",
        "[$][{]?(EPOCH|SRANDOM|BASH_ARGV0)")
    newer("4.2", "[[ -v name ]], [[ -R name ]]", "([[]|test|&&|[|][|]|[(]) *(! +)?-[vR] ")
    newer("4.2", "printf %(...)T", "%[(][^)]*[)]T")
    newer("4.2", "$'\\u....'", "[$]'[^']*\\\\[uU][0-9A-Fa-f]")
    newer("4.0", "{1..9..2} and {01..10}", "[{](0[0-9]+[.][.]|[0-9]+[.][.][0-9]+[.][.])")
    newer("4.0", "globstar, lastpipe, inherit_errexit, autocd, checkjobs, dirspell",
        "shopt +-[a-z]*s.* (globstar|lastpipe|inherit_errexit|autocd|checkjobs|dirspell)")
    newer("5.3", "${ command; }", "[$][{][ |]")
    # Not new, but 3.2 ends the pattern at a slash, also within quotes.
    newer("4.0", "a slash in the pattern of ${name/pattern/}", "[$][{]" name "//?\"[^\"]*/[^\"]*\"")
}

function found(file, line, text) {
    print file ":" line ": " text
    bad = 1
}

# unset_if_empty - under set -u, 3.2 takes "${name[@]}" of an empty array for a name that is not
# set. So one that starts as () is written ${name[@]+"${name[@]}"}, or its length is asked first.
# (A file that is sourced does not know whether set -u holds: nothing is said about it.)
function unset_if_empty(  i) {
    for (i = 1; strict && i <= uses; i++)
        if ((used[i] in empty) && !(used[i] in asked))
            found(last, used_at[i], "bash 4.4 or newer: \"${" used[i] "[@]}\", which may be empty")
    split("", empty)
    split("", asked)
    strict = uses = depth = open = 0
}

FNR == 1 { unset_if_empty() }
{ last = FILENAME }
/^ *#/ { next }

{
    for (i = 1; i <= kinds; i++)
        if ($0 ~ patterns[i])
            found(FILENAME, FNR, message[i])
}

/(^|[; ])set -[a-z]*u/ { strict = 1 }

{
    for (text = $0; match(text, "(^|[ ;])" name "=[(][)]"); text = substr(text, RSTART + RLENGTH)) {
        array = substr(text, RSTART, RLENGTH - 3)
        sub(/^[ ;]/, "", array)
        empty[array]
    }
    for (text = $0; match(text, "[$][{]#?" name "[[][@*][]]"); text = substr(text, after)) {
        after = RSTART + RLENGTH
        array = substr(text, RSTART + 2, RLENGTH - 5)
        if (sub(/^#/, "", array)) {
            asked[array]
        } else if (substr(text, after, 1) !~ /[+:-]/ && substr(text, 1, RSTART - 1) !~ /[+]"$/) {
            used[++uses] = array
            used_at[uses] = FNR
        }
    }
}

function parens(text) {
    return gsub(/[(]/, "", text) - gsub(/[)]/, "", text)
}

# first_pattern TEXT - in $(...) and <(...), 3.2 takes the ")" of `case x in a)` for their end.
# With `(a)` it does not.
function first_pattern(text) {
    if (text !~ /^ *[(]/)
        found(FILENAME, FNR, "bash 4.0 or newer: $(case x in a) ...), without a \"(\" before a")
}

{
    text = $0
    gsub(/\\./, "", text)
    gsub(/'[^']*'/, "", text)
    if (depth == 0) {
        if (!match(text, /[$<][(]/))
            next
        text = substr(text, RSTART + 1)
    }
    if (open && text ~ /[^ ]/) {
        first_pattern(text)
        open = 0
    }
    if (match(text, /(^|[ ;(])case [^;]* in( |$)/) &&
        depth + parens(substr(text, 1, RSTART)) > 0) {
        rest = substr(text, RSTART + RLENGTH)
        if (rest ~ /[^ ]/)
            first_pattern(rest)
        else
            open = 1
    }
    depth += parens(text)
    if (depth < 0 || /^}/)
        depth = 0
}

END {
    unset_if_empty()
    exit bad
}
