# Makes the change that a page asks its reader to make with an editor.
#
#     awk -f tests/pages/change.awk CHANGE FILE
#
# CHANGE has the lines of a ```diff block: those that begin with "-" or a space are in the
# file, one after another and in one place only; those with "+" or a space take their place.
# Prints the changed file. If it cannot, it prints the reason and exits with status 1.

function fail(text) {
    print text
    failed = 1
    exit 1
}

FILENAME == ARGV[1] {
    mark = substr($0, 1, 1)
    if (mark !~ /[-+ ]/ && $0 != "")
        fail("not a line of a change: " $0)
    if (mark != "+")
        old[++olds] = substr($0, 2)
    if (mark != "-")
        new[++news] = substr($0, 2)
    next
}

{ text[++lines] = $0 }

# fits(FROM) - are these lines of the file the old ones?
function fits(from,   i) {
    for (i = 1; i <= olds; i++)
        if (text[from + i - 1] != old[i])
            return 0
    return 1
}

END {
    if (failed)
        exit 1
    for (i = 1; i + olds - 1 <= lines; i++)
        if (fits(i)) {
            place = i
            places++
        }
    if (olds == 0 || places != 1)
        fail((places + 0) " places in the file have: " old[1])
    for (i = 1; i < place; i++)
        print text[i]
    for (i = 1; i <= news; i++)
        print new[i]
    for (i = place + olds; i <= lines; i++)
        print text[i]
}
