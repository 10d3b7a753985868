# What tests/scripts/bench has measured, as a table, bars, and charts. A line of
# its input: cell, server, how many a second, the server's CPU time for each in
# microseconds (-1: not known).

function median(list, many, i, j, swap, sorted) {
    many = split(list, sorted, " ")
    for (i = 2; i <= many; i++)
        for (j = i; j > 1 && sorted[j] + 0 < sorted[j - 1] + 0; j--) {
            swap = sorted[j]; sorted[j] = sorted[j - 1]; sorted[j - 1] = swap
        }
    return many == 0 ? -1 : (sorted[int((many + 1) / 2)] + sorted[int(many / 2) + 1]) / 2
}

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
        printf "%s\n", substr("##################################################", 1, int(50 * rate[cell, name] / longest + 0.5))
    }
}

# A chart in Mermaid's language.
function xychart(title, axis, unit, lines) {
    printf "\n```mermaid\nxychart-beta\n    title \"%s\"\n    x-axis %s\n    y-axis \"%s\"\n%s```\n", title, axis, unit, lines
}

function thousands(cell, name) {
    return sprintf("%.0f", rate[cell, name] / 1000)
}

{
    values[$1, $2] = values[$1, $2] " " $3
    work[$1, $2] = work[$1, $2] " " $4
    if (!($2 in seen)) { seen[$2] = 1; order[++names] = $2 }
}

END {
    columns = split(cells " memory", column, " ")
    for (c = 1; c <= columns; c++)
        for (i = 1; i <= names; i++) {
            rate[column[c], order[i]] = median(values[column[c], order[i]])
            if (rate[column[c], order[i]] > best[column[c]]) best[column[c]] = rate[column[c], order[i]]
        }
    printf "%s\n", machine
    printf "Thousands a second (part of the best): round trips by clients/active, of 64 bytes\n"
    printf "or as said; connections, 32 at a time; bulk: 64 KiB, 10 at a time. Memory: bytes\n"
    printf "for an idle client.\n\n%-14s", ""
    for (c = 1; c <= columns; c++) printf " %15s", column[c]
    for (i = 1; i <= names; i++) {
        printf "\n%-14s", order[i]
        for (c = 1; c <= columns; c++) {
            value = rate[column[c], order[i]]
            if (values[column[c], order[i]] == "") printf " %15s", "-"
            else if (column[c] == "memory") printf " %15d", value
            else printf " %8.1f (%.2f)", value / 1000, value / best[column[c]]
        }
    }
    printf "\n\nThe server's CPU time for each, in microseconds (children do not count):\n\n%-14s", ""
    for (c = 1; c < columns; c++) printf " %15s", column[c]
    for (i = 1; i <= names; i++) {
        printf "\n%-14s", order[i]
        for (c = 1; c < columns; c++) {
            value = median(work[column[c], order[i]])
            if (value < 0 || order[i] ~ /fork|socat|ncat/) printf " %15s", "-"
            else printf " %15.2f", value
        }
    }
    printf "\n"
    bars("10 clients, all active: round trips a second", "10/10", "k")
    bars("1,000 clients, 10 of them active: round trips a second", "1000/10", "k")
    bars("connections a second, 32 at a time", "connect", "k")
    bars("memory for an idle client", "memory", "bytes")
    if (chart == "") exit
    split("10/10 100/10 1000/10 10000/10", x, " ")
    for (c = 1; c <= 4; c++) {
        epoll = epoll (c > 1 ? ", " : "") thousands(x[c], "server-epoll")
        poll = poll (c > 1 ? ", " : "") thousands(x[c], "server")
    }
    xychart("10 active clients: epoll stays, poll falls", "\"clients connected\" [10, 100, 1000, 10000]", "thousand round trips a second", "    line [" epoll "]\n    line [" poll "]\n")
    xychart("Memory for an idle client", "[poll, epoll, thread, fork]", "bytes", "    bar [" rate["memory", "server"] ", " rate["memory", "server-epoll"] ", " rate["memory", "server-thread"] ", " rate["memory", "server-fork"] "]\n")
    xychart("100 clients, all active", "[poll, epoll, thread, fork]", "thousand round trips a second", "    bar [" thousands("100/100", "server") ", " thousands("100/100", "server-epoll") ", " thousands("100/100", "server-thread") ", " thousands("100/100", "server-fork") "]\n")
}
