#!/bin/bash
# Feature programs whose polls are patched: each begins on every architecture and ends on the next one.
# `make matrix SITES=patch` and `make chains SITES=patch` take all programs and pairs.
. tests/tap.sh
. tests/matrix/pair.sh
programs='recursion_in_branches signals'
need_built bin/preaches bin/preaches-cc
names=($arches)
plan $(($(wc -w <<<"$programs") * (${#names[@]} + 1)))

for name in $programs; do
    mkdir "$tmp/$name" && cd "$tmp/$name" || exit 1
    run preaches-cc --arch="${arches// /,}" --sites=patch -O2 -o program "$root/tests/matrix/$name.c" -lm
    matrix_prepare "$PWD/program"
    ok $((status || polls == 0)) "$name: built, with polls"
    for ((i = 0; i < ${#names[@]}; i++)); do
        source=${names[i]} target=${names[(i + 1) % ${#names[@]}]}
        matrix_checkpoint "$PWD/program" "$source" $(((polls + 1) / 2))
        matrix_finish "$target"
        is "$result" ok "$name: $source to $target at poll $(((polls + 1) / 2)) of $polls"
    done
    cd "$root" && rm -rf "${tmp:?}/$name"
done
