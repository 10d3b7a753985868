#!/usr/bin/env bats
# For safety.bats, which hands in attacks.c here: what it has printed and done.

load ../grader

@test "09-9: it ends with status 0" {
    graded
    od -An -c "$PLAY/graded.out" "$PLAY/graded.err" | sed 's/^/bytes: /' >&3
    printf 'said: %s\n' "$output" >&3
    [ "$status" -eq 0 ] || reject "It ends with status $status." "0" "$output" "main()"
}

@test "09-9: of the first one nothing is left" {
    [ -z "$(pgrep -f "^sleep $MARK")" ] || echo "left: sleep $MARK" >&3
    find / -xdev -name "$MARK.*" 2>/dev/null | head -n 5 | sed 's/^/left: /' >&3
}
