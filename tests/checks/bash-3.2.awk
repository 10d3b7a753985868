# What a script must not use, because bash 3.2 does not have it: that is the bash of
# macOS. Prints each place, and ends with status 1 if there is one.
#
#     awk -f tests/checks/bash-3.2.awk SCRIPT...

function newer(since, what, pattern) {
    kinds++
    message[kinds] = "bash " since " or newer: " what
    patterns[kinds] = pattern
}

BEGIN {
    name = "[A-Za-z_][A-Za-z_0-9]*"
    newer("4.0", "mapfile, readarray, coproc", "(^|[^A-Za-z_-])(mapfile|readarray|coproc) ")
    newer("4.0", "declare -A, -g, -l, -n, -u",
        "(^|[^A-Za-z_-])(declare|local|typeset|readonly) +-[a-z]*[Aglnu]")
    newer("4.0", "${name^}, ${name,}", "[$][{]!?" name "([[][^]]*[]])?[\\^,]")
    newer("4.4", "${name@Q}", "[$][{]!?" name "([[][^]]*[]])?@[A-Za-z]")
    newer("4.0", "|&", "[|]&")
    newer("4.0", "&>>", "&>>")
    newer("4.0", ";& and ;;&", ";&")
    newer("4.1", "{name}> for a new descriptor", "(^| )[{]" name "[}][<>]")
    newer("4.1", "printf -v name[index]", "printf -v +\"?" name "[[]")
    newer("4.2", "a negative length", "[$][{]" name ":[^}:=?+-][^}:]*: *-")
    newer("4.3", "a negative index", "([$][{]|^ *)" name "[[]-[0-9]+[]][}=]")
    newer("4.3", "wait -n", "(^|[^A-Za-z_-])wait +-n")
    newer("4.0", "read -N, read -i, read -t with a fraction",
        "(^|[^A-Za-z_-])read +([^;|&]* )?-([a-z]*[Ni]|[a-z]*t *[0-9]*[.][0-9])")
    newer("4.0", "$BASHPID without another way", "[$]([{]BASHPID[}]|BASHPID)")
    newer("5.0", "EPOCHSECONDS, EPOCHREALTIME, SRANDOM", "[$][{]?(EPOCH|SRANDOM)")
    newer("4.2", "[[ -v name ]]", "([[]|test) (! )?-v ")
    newer("4.2", "printf %(...)T", "%[(][^)]*[)]T")
    newer("4.2", "$'\\u....'", "[$]'[^']*\\\\[uU][0-9A-Fa-f]")
    newer("4.0", "{1..9..2} and {01..10}", "[{](0[0-9]+[.][.]|[0-9]+[.][.][0-9]+[.][.])")
    newer("4.0", "globstar, lastpipe, inherit_errexit",
        "shopt +-s .*(globstar|lastpipe|inherit_errexit)")
    # Not new, but 3.2 ends the pattern at a slash, also within quotes.
    newer("4.0", "a slash in the pattern of ${name/pattern/}", "[$][{]" name "//?\"[^\"]*/[^\"]*\"")
}

/^ *#/ { next }

{
    for (i = 1; i <= kinds; i++)
        if ($0 ~ patterns[i]) {
            print FILENAME ":" FNR ": " message[i]
            found = 1
        }
}

END { exit found }
