#!/usr/bin/env bats
# The patches that the exercises' mistakes are kept as, and what happens to them when
# a solution changes.

load ../lib/helper

# A copy with one exercise, of one mistake: text.patch, against solution.c.
setup() {
    open_stage
    copy=$DIR/tests/exercises
    folder=$copy/01-1-wrong
    mkdir -p "$folder/mistakes"
    cp "$ROOT/tests/exercises/mistakes" "$copy"
    printf '%s\n' '/*' ' * Right.' ' */' a b c d e f g '' h i j k l m n o p >"$folder/solution.c"
    mistake 's/^g$/G/'
    patches 0
}
teardown() { close_stage; }

# mistake SED [SOLUTION] - makes text.c: the solution, changed by sed, with a head comment.
mistake() {
    {
        printf '%s\n' '/*' ' * Whose mistake it is.' ' *' ' * expect: Wrong.' ' */'
        sed -e '1,/^ \*\//d' -e "$1" "$folder/${2:-solution.c}"
    } >"$folder/mistakes/text.c"
    cp "$folder/mistakes/text.c" "$DIR/wanted"
}

# patches STATUS - make patches, which ends so.
patches() {
    run "$copy/mistakes" --patches
    [ "$status" -eq "$1" ] || complain "exit status $1" "$status: $output" "make patches"
}

# written STATUS - writes the mistakes, which ends so.
written() {
    rm -rf "$DIR/written"
    run "$copy/mistakes" "$DIR/written"
    [ "$status" -eq "$1" ] || complain "exit status $1" "$status: $output" "mistakes FOLDER"
}

# the_mistake - is written, and byte for byte as wanted.
the_mistake() {
    written 0
    [ -z "$output" ]
    cmp "$DIR/wanted" "$DIR/written/01-1-wrong/text.c"
}

# kept NAME - this file in the folder of mistakes, and no other.
kept() {
    [ "$(ls "$folder/mistakes")" = "$1" ] || complain "$1" "$(ls "$folder/mistakes")" "$folder"
}

# names TEXT - $output has it.
names() {
    [[ $output == *"$1"* ]] || complain "$1" "$output" "the command"
}

@test "a C file becomes a patch with its comment on top, and the patch that C file again" {
    kept text.patch
    expected=$(printf '%s\n' 'Whose mistake it is.' '' 'expect: Wrong.' '' '--- solution.c' \
        '+++ text.c' '@@ -7,7 +7,7 @@' ' d' ' e' ' f' '-g' '+G' '' ' h' ' i')
    [ "$(cat "$folder/mistakes/text.patch")" = "$expected" ] ||
        complain "$expected" "$(cat "$folder/mistakes/text.patch")" text.patch
    the_mistake
    patches 0
    [ -z "$output" ] || complain "nothing to do" "$output" "make patches, once more"
}

@test "a mistake stays a C file, or becomes one again, where its patch would be no shorter" {
    mistake 's/^[a-p]$/&!/'
    patches 0
    kept text.c
    the_mistake
    # The solution comes close to it.
    sed -i.old 's/^[a-m]$/&!/' "$folder/solution.c"
    patches 0
    kept text.patch
    the_mistake
    # The solution loses all lines but a few around the mistake.
    sed -i.old '/^[a-j]!$/d' "$folder/solution.c"
    sed -i.old '/^[a-j]!$/d' "$DIR/wanted"
    patches 0
    kept text.c
    the_mistake
}

@test "the patch is against the solution that makes it shortest" {
    sed 's/^[bchp]$/&&/' "$folder/solution.c" >"$folder/solution-2.c"
    mistake 's/^g$/G/' solution-2.c
    patches 0
    kept text.patch
    grep -qx -e '--- solution-2.c' "$folder/mistakes/text.patch"
    the_mistake
}

@test "a solution changed far from the mistake: it is written, with that change" {
    sed -i.old -e 's/^a$/a\
aa/' "$folder/solution.c"
    sed -i.old -e 's/^a$/a\
aa/' "$DIR/wanted"
    the_mistake
    patches 0
    names "wrote tests/exercises/01-1-wrong/mistakes/text.patch"
    grep -qx '@@ -8,7 +8,7 @@' "$folder/mistakes/text.patch"
    the_mistake
}

@test "a solution changed beside the mistake: the patch is named, and make patches mends it" {
    sed -i.old 's/^e$/E/' "$folder/solution.c"
    sed -i.old 's/^e$/E/' "$DIR/wanted"
    written 1
    names "text.patch: it does not apply to solution.c any more; run: make patches"
    [ ! -e "$DIR/written/01-1-wrong/text.c" ]
    patches 0
    names "text.patch: it applied to solution.c with fuzz only: read it again"
    the_mistake
}

@test "a solution changed where the mistake is: make patches names the patch and keeps it" {
    cp "$folder/mistakes/text.patch" "$DIR/text.patch"
    sed -i.old 's/^g$/x/' "$folder/solution.c"
    written 1
    names "text.patch: it does not apply to solution.c any more"
    patches 1
    names "text.patch: it does not apply to solution.c, even with fuzz"
    names "+G"
    kept text.patch
    cmp "$DIR/text.patch" "$folder/mistakes/text.patch"
    # Written again, as a C file, it takes the patch's place.
    mistake 's/^x$/y/'
    written 1
    names "text.patch: there is a C file of the same name"
    patches 0
    kept text.patch
    the_mistake
}

@test "one trouble does not hide another, nor the mistakes that are right" {
    cp "$folder/mistakes/text.patch" "$folder/mistakes/also.patch"
    sed -i.old 's/^-g$/-x/' "$folder/mistakes/also.patch"
    rm "$folder/mistakes/also.patch.old"
    echo "int x;" >"$folder/mistakes/nothing.c"
    echo "no patch" >"$folder/mistakes/words.patch"
    echo >"$folder/mistakes/text.txt"
    patches 1
    names "also.patch: it does not apply"
    names "words.patch: it does not apply"
    names 'nothing.c: its head comment has no line "expect: MESSAGE"'
    written 1
    names "also.patch: it does not apply"
    names "words.patch: it does not apply"
    names "Hunk #1 "
    names "text.txt: neither a patch nor a C file"
    cmp "$DIR/wanted" "$DIR/written/01-1-wrong/text.c"
}
