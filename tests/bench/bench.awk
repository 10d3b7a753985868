# What tests/bench/bench has measured, as tables, bars, and charts. A line of
# its input: cell, server, round, how many a second, the server's and the load's
# CPU time for each in microseconds (-1: not known).

function median(list, many, i, j, swap, sorted) {
    many = split(list, sorted, " ")
    for (i = 2; i <= many; i++)
        for (j = i; j > 1 && sorted[j] + 0 < sorted[j - 1] + 0; j--) {
            swap = sorted[j]; sorted[j] = sorted[j - 1]; sorted[j - 1] = swap
        }
    return many == 0 ? -1 : (sorted[int((many + 1) / 2)] + sorted[int(many / 2) + 1]) / 2
}

BEGIN { marks = "##################################################" }

# A bar for each server: its part of the longest one.
function bars(title, cell, unit, i, name, longest) {
    for (i = 1; i <= names; i++)
        if (rate[cell, order[i]] > longest) longest = rate[cell, order[i]]
    if (longest <= 0) return
    printf "\n%s\n", title
    for (i = 1; i <= names; i++) {
        name = order[i]
        if (rate[cell, name] < 0) continue
        printf "  %-14s %8.0f %s ", name, rate[cell, name] / (unit == "k" ? 1000 : 1), unit
        printf "%s\n", substr(marks, 1, int(50 * rate[cell, name] / longest + 0.5))
    }
}

# A chart in Mermaid's language.
function xychart(title, axis, unit, lines) {
    printf "\n```mermaid\n"
    # The palette of the theme begins with a colour that can hardly be seen.
    print "%%{init: {\"themeVariables\": {\"xyChart\": " \
        "{\"plotColorPalette\": \"#2a7ae2, #d9480f\"}}}}%%"
    printf "xychart-beta\n    title \"%s\"\n    x-axis %s\n", title, axis
    printf "    y-axis \"%s\"\n%s```\n", unit, lines
}

function thousands(cell, name) {
    return sprintf("%.0f", rate[cell, name] / 1000)
}

# The median of its values divided by those of the best server of the same round.
function ratio(cell, name, n, list) {
    for (n = 1; n <= rounds; n++)
        if (value[cell, name, n] > 0 && value[cell, best[cell], n] > 0)
            list = list " " value[cell, name, n] / value[cell, best[cell], n]
    return median(list)
}

# A table of what text() makes of each column, for a row of each server.
function table(title, columns, kind, c, i) {
    printf "%s\n\n%-14s", (title == "" ? "" : "\n\n" title), ""
    for (c = 1; c <= columns; c++) printf " %15s", column[c]
    for (i = 1; i <= names; i++) {
        printf "\n%-14s", order[i]
        for (c = 1; c <= columns; c++) printf " %15s", text(kind, column[c], order[i])
    }
}

function text(kind, cell, name, own, load) {
    own = median(work[cell, name])
    if (rate[cell, name] < 0) return "-"
    if (cell == "memory") return sprintf("%d", rate[cell, name])
    if (kind == "rate") return sprintf("%.1f (%.2f)", rate[cell, name] / 1000, ratio(cell, name))
    if (own < 0 || name ~ /fork|socat|ncat/) return "-"
    if (kind == "time") return sprintf("%.2f", own)
    load = median(loads[cell, name])
    return sprintf("%.0f %% %.0f %%", own * rate[cell, name] / 1e4, load * rate[cell, name] / 1e4)
}

{
    value[$1, $2, $3] = $4
    values[$1, $2] = values[$1, $2] " " $4
    work[$1, $2] = work[$1, $2] " " $5
    loads[$1, $2] = loads[$1, $2] " " $6
    if ($3 > rounds) rounds = $3
    if (!($2 in seen)) { seen[$2] = 1; order[++names] = $2 }
}

END {
    columns = split(cells " memory", column, " ")
    for (c = 1; c <= columns; c++)
        for (i = 1; i <= names; i++) {
            rate[column[c], order[i]] = median(values[column[c], order[i]])
            if (order[i] !~ /^(floor|another-load)$/ &&
                rate[column[c], order[i]] > rate[column[c], best[column[c]]])
                best[column[c]] = order[i]
        }
    printf "%s; %d rounds\n", machine, rounds
    printf "Thousands a second (and the part of the best one's: the median of the rounds):\n"
    printf "round trips by clients/active, of 64 bytes or as said, t1: in turn, each once;\n"
    printf "connections, 32 at a time; bulk: 64 KiB, 10 at a time. "
    printf "Memory: bytes for an idle client."
    table("", columns, "rate")
    table("The server's CPU time for each, in microseconds (children do not count):",
        columns - 1, "time")
    table("How busy they were: the server on its core, the load on its own:", columns - 1, "busy")
    printf "\n"
    bars("10 clients, all active: round trips a second", "10/10", "k")
    bars("1,000 clients, 10 of them active: round trips a second", "1000/10", "k")
    bars("connections a second, 32 at a time", "connect", "k")
    bars("memory for an idle client", "memory", "bytes")
    if (chart == "") exit
    split("10/10 100/10 1000/10 10000/10", x, " ")
    for (c = 1; c <= 4; c++) {
        complete = complete (c > 1 ? ", " : "") thousands(x[c], "server")
        poll = poll (c > 1 ? ", " : "") thousands(x[c], "server-poll")
    }
    trips = "thousand round trips a second"
    xychart("10 active clients: the complete server (blue) stays, server-poll (orange) falls",
        "\"clients connected\" [10, 100, 1000, 10000]", trips,
        "    line [" complete "]\n    line [" poll "]\n")
    many = split("server-fork server-thread server-poll server-epoll server", x, " ")
    for (c = 1; c <= many; c++) {
        names_of = names_of (c > 1 ? ", " : "") (x[c] == "server" ? "complete" : substr(x[c], 8))
        bytes = bytes (c > 1 ? ", " : "") rate["memory", x[c]]
        fast = fast (c > 1 ? ", " : "") thousands("100/100", x[c])
    }
    xychart("Memory for an idle client", "[" names_of "]", "bytes", "    bar [" bytes "]\n")
    xychart("100 clients, all active", "[" names_of "]", trips, "    bar [" fast "]\n")
}
