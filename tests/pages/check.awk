# check.awk - what can be wrong in a page without being run.
#
#     awk -v check=NAME -f tests/pages/check.awk PAGE     in the top folder
#
# NAME is one of blocks, excerpts, names, links, messages, length, terminals, time, below in
# this order.
# A line for each fault, with its place, and none where there is nothing wrong.

function fault(text) {
    print FILENAME ":" FNR ": " text
}

# works(COMMAND) - does it end with status 0? Asked once: pages repeat their names.
function works(command) {
    if (!(command in worked))
        worked[command] = system("{ " command "; } >/dev/null 2>&1") == 0
    return worked[command]
}

# lines(FILE) - reads it into text_of[1...] and returns their number.
function lines(file,   line, count) {
    while ((getline line < file) > 0)
        text_of[++count] = line
    close(file)
    return count + 0
}

BEGIN {
    page = ARGV[1]
    folder = page
    sub(/[^\/]*$/, "", folder)
}

# In a block, `fence` is its first line; that and the last one are `edge`. In a
# line of prose, code[1...codes] is what stands in backticks.
{
    edge = codes = 0
    if (fence == "" && /^```/) {
        fence = $0
        edge = "first"
    } else if (fence != "" && $0 == "```") {
        edge = "last"
    } else if (fence == "") {
        parts = split($0, part, "`")
        for (i = 2; i < parts; i += 2)
            code[++codes] = part[i]
    }
}

# ---- blocks: each is of a kind that some test reads -----------------------

/^<!-- diff / { generated = 1 }
/^<!-- \/diff / { generated = 0 }

check == "blocks" && edge == "first" {
    if (!/^```console( [^ ].*)?$/ && !/^```(c|diff) [^ ]+$/ && $0 != "```mermaid" &&
        !(generated && $0 == "```diff"))
        fault("no test reads such a block: " $0)
}

# ---- excerpts: consecutive lines of the file that the block names ---------

check == "excerpts" && fence ~ /^```c / {
    if (edge == "first") {
        split(fence, word, " ")
        file = word[2]
        size = 0
    } else if (edge == "last") {
        compare()
    } else {
        excerpt[++size] = $0
    }
}

# From which line of the file on does most of the excerpt fit? It must be all.
function compare(   total, i, j, best) {
    total = lines(file)
    for (i = 0; i < total; i++) {
        for (j = 0; j < size && text_of[i + j + 1] == excerpt[j + 1]; j++)
            if (i + j >= total)
                break
        if (j > best)
            best = j
    }
    if (size == 0 || best < size)
        print FILENAME ":" (FNR - size + best) ": not so in " file ": " excerpt[best + 1]
}

# ---- names: of files, folders, make targets, tests, stages, steps ---------

check == "names" {
    for (i = 1; i <= codes; i++)
        look_at(code[i])
}

function look_at(text,   words, word, i) {
    if (text ~ /^[0-9][0-9]: /) {
        if (!works("grep -qF '@test \"" text "\"' tests/*/*.bats"))
            fault("no such test: " text)
        return
    }
    words = split(text, word, " ")
    for (i = 1; i <= words; i++) {
        if (i > 1 && word[1] == "make" ||
            word[i] ~ /^(demo|test|diff|watch|trace|hint|exercise)-[0-9]/) {
            # make takes an existing file for a target, too.
            if (!works("test ! -e " word[i] " && make -n " word[i]))
                fault("no such target: make " word[i])
        } else if (word[i] ~ /^[^\/].*\.(c|md|bats|bash|yml)$/ ||
            word[i] ~ /^(tests|\.ci|0[0-9]-[a-z]+)(\/|$)/) {
            # The first page also names the stages' files.
            if (!works("ls -d " folder word[i] " || ls -d " word[i]) &&
                (folder != "" || !works("ls 0*/" word[i])))
                fault("no such file: " word[i])
        }
    }
}

check == "names" && fence == "" {
    rest = $0
    while (match(rest, /([Ss]tep|[Ss]tage|[Ll]esson) [0-9]+/)) {
        split(substr(rest, RSTART, RLENGTH), word, " ")
        rest = substr(rest, RSTART + RLENGTH)
        if (tolower(word[1]) == "step") {
            if (!works("grep '^ *[/*][/*]* *" word[2] "[.] ' " folder "*.c"))
                fault("no source here has a step " word[2])
        } else if (!works("ls -d " word[2] "-*/"))
            fault("no such stage: " word[2])
    }
}

# ---- links: to a file, and to a heading in it -----------------------------

check == "links" && fence == "" {
    rest = $0
    while (match(rest, /\]\([^)]*\)/)) {
        link = substr(rest, RSTART + 2, RLENGTH - 3)
        rest = substr(rest, RSTART + RLENGTH)
        if (link ~ /^https?:\/\//)
            continue
        split(link "#", part, "#")
        target = (part[1] == "") ? page : folder part[1]
        if (!works("test -e " target))
            fault("a link to nowhere: " link)
        else if (link ~ /#/ && !has_heading(target, part[2]))
            fault("a link to a heading that is not there: " link)
    }
}

# Is there a heading with this name, as GitHub makes names of headings?
function has_heading(file, name,   total, text, i) {
    total = lines(file)
    for (i = 1; i <= total; i++) {
        if (text_of[i] !~ /^#+ /)
            continue
        text = tolower(substr(text_of[i], index(text_of[i], " ") + 1))
        gsub(/[^a-z0-9 _-]/, "", text)
        gsub(/ /, "-", text)
        if (text == name)
            return 1
    }
    return 0
}

# ---- messages: those of the table are printed in a block, or in a test ----

check == "messages" && fence ~ /^```console( (server|client|other)(, with [a-z]+)?)?$/ && !edge {
    printed[$0] = 1
}

check == "messages" && /^\|/ {
    if ($0 == "| message | cause | cure |")
        table = 1
    else if (table && !/^\|---/)
        look_for_message()
}

!/^\|/ { table = 0 }

# The message is the last thing in backticks in the first column.
function look_for_message(   column, parts, part, text) {
    rows++
    column = $0
    sub(/^\| */, "", column)
    sub(/ \| .*/, "", column)
    parts = split(column, part, "`")
    text = parts < 3 ? "" : part[parts - 1]
    if (text == "")
        fault("a row without a message in backticks")
    else if (!printed[text] && !(text ~ /: / && works("grep -qF '" text "' tests/*/*.bats")))
        fault("neither a block nor a test prints: " text)
}

# ---- length: of the front page, without its tables ---------------------------

function count_words(   i) {
    for (i = 1; i <= NF; i++)
        words += $i ~ /[A-Za-z0-9]/
    if (words > 900 && !too_long++)
        fault("too long to read")
}

/<details>/ { folded++ }
check == "length" && fence == "" && !folded && !/^\|/ { count_words() }
/<\/details>/ { folded-- }

# ---- terminals: named above each block that another terminal plays ---------

BEGIN {
    label["server"] = "**Server terminal**"
    label["client"] = "**Client terminal**"
    label["other"] = "**Another terminal**"
}

fence == "" && /[^ ]/ { above = $0 }

check == "terminals" && edge == "first" && /^```console/ {
    terminal = substr($0, 12)
    sub(/, with [a-z]+$/, "", terminal)
    if (terminal in label) {
        if (terminal != terminal_before && above != label[terminal])
            fault("above this block is missing: " label[terminal])
        terminal_before = terminal
    }
}

# ---- time: as long as the page says -----------------------------------------

# Reading takes 180 words a minute and typing 60 characters a minute, and thinking as long
# as both. What is folded is left out: it is for another day.
check == "time" && fence == "" && !folded && !/^<!--/ {
    for (i = 1; i <= NF; i++)
        read += $i ~ /[A-Za-z0-9]/
}

check == "time" && /<details>/ { folds++ }

check == "time" && fence != "" && !folded && !edge {
    if (fence ~ /^```diff ./)
        typed += /^\+/ ? length($0) : /^-/ ? 3 : 0
    else if (fence ~ /^```console/ && fence !~ /macOS/)
        typed += /^\$ / ? length($0) - 1 : /^\[type: / ? length($0) - 8 : /^\[[A-Z].*\]$/ ? 1 : 0
}

check == "time" && /^\*\*Time:\*\* / { claimed = $2 + 0 }

function look_at_time(   minutes, long) {
    long = FILENAME ~ /^07-/
    minutes = 2 * (read / 180 + typed / 60)
    if (claimed == 0 || minutes > claimed || minutes < claimed - 6)
        fault(sprintf("it claims %d minutes, and takes %.1f", claimed, minutes))
    if (claimed > (long ? 60 : 30) || read > (long ? 1500 : 900) || folds > 5)
        fault(claimed " minutes, " read " words, " folds " folds: too many")
}

END {
    if (check == "time")
        look_at_time()
    if (check == "messages" && folder != "" && rows < 3)
        fault("a stage has at least three messages in its table")
    if (fence != "")
        fault("a block without an end")
}

edge == "last" { fence = "" }
