#!/bin/bash
# The reduced matrix: every feature program begins on x86_64 and ends on two others, and begins on
# another one and ends on x86_64; which ones goes round. `make matrix` makes all pairs.
. tests/tap.sh
. tests/matrix/pair.sh
shopt -s nullglob
sources=(tests/matrix/*.c tests/matrix/units)
[ ${#sources[@]} -gt 0 ] || skip_all "no programs in tests/matrix"
others=(${arches/x86_64/})
[ ${#others[@]} -gt 0 ] || skip_all "no other architecture"
plan $((${#sources[@]} * 4))

turn=0
for source in "${sources[@]}"; do
    name=$(basename "$source" .c)
    program=$root/build/matrix/$name
    mkdir "$tmp/$name" && cd "$tmp/$name" || exit 1
    if [ ! -x "$program" ]; then
        for i in 1 2 3 4; do ok 1 "$name: not built"; done
        continue
    fi
    matrix_prepare "$program"
    ok $((polls == 0)) "$name: has polls" || note "$(tail -n 3 wanted.err)"
    half=$(((polls + 1) / 2))
    matrix_checkpoint "$program" x86_64 $half
    for i in 0 1; do
        target=${others[(turn + i * 3) % ${#others[@]}]}
        matrix_finish "$target"
        is "$result" ok "$name: x86_64 to $target at poll $half of $polls"
    done
    origin=${others[(turn + 1) % ${#others[@]}]}
    matrix_checkpoint "$program" "$origin" $half
    matrix_finish x86_64
    is "$result" ok "$name: $origin to x86_64 at poll $half of $polls"
    turn=$((turn + 1))
    cd "$root" && rm -rf "${tmp:?}/$name"
done
