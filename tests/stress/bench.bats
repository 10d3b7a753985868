#!/usr/bin/env bats
# All of make bench, in its shortest form.

load ../lib/helper
setup() { open_stage; }
teardown() { close_stage; }

@test "bench: the script works without the other servers, and lists what it left out" {
    need Linux
    mkdir "$DIR/bin"
    for tool in bash awk cat dirname getconf grep mkdir mktemp pgrep ps rm sed tr uname; do
        ln -s "$(command -v "$tool")" "$DIR/bin/$tool"
    done
    UDS_TMP=$DIR ROUNDS=1 CHART=1 PATH=$DIR/bin run "$ROOT/tests/bench/bench" quick
    [ "$status" -eq 0 ] || complain "status 0" "$status: $output" bench
    for line in server server-epoll server-poll server-fork server-thread "Left out:"; do
        contains $'\n'"$line " bench
    done
    for peer in libuv libevent go rust node python3 socat ncat; do
        [[ ${output##*Left out} == *"$peer"* ]] ||
            complain "$peer left out" "${output##*Left out}" bench
    done
    [[ $output == *'```mermaid'* ]]
    # shellcheck disable=SC2143 # the files that are left are shown as well
    [ -z "$(files | grep -v "$DIR/bin")" ] || complain "nothing left behind" "$(files)" bench
}
