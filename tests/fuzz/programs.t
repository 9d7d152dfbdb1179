#!/bin/bash
# Random programs (program.pl), each checkpointed at three polls drawn from its seed, on changing
# architectures, and finished on three others: the outputs together are those of an undisturbed run.
#   FUZZ_FIRST=N FUZZ_SEEDS=K tests/fuzz/programs.t       other seeds, or more of them
. tests/tap.sh
. tests/matrix/pair.sh
need_built bin/preaches bin/preaches-cc
first=${FUZZ_FIRST:-1}
seeds=${FUZZ_SEEDS:-6}
list=($arches)
plan $((seeds * 4))

for ((seed = first; seed < first + seeds; seed++)); do
    mkdir "$tmp/$seed" && cd "$tmp/$seed" || exit 1
    perl "$root/tests/fuzz/program.pl" "$seed" >program.c
    run preaches-cc -O2 -o program program.c
    ok $status "seed $seed: compiles" || note "perl tests/fuzz/program.pl $seed"
    matrix_prepare "$PWD/program"
    draw_seed "$seed"
    for try in 1 2 3; do
        draw 1 "$((polls > 0 ? polls : 1))"
        poll=$drawn
        origin=${list[(seed + try) % ${#list[@]}]}
        matrix_checkpoint "$PWD/program" "$origin" "$poll"
        wrong=
        for step in 1 3 4; do
            target=${list[(seed + try + step) % ${#list[@]}]}
            matrix_finish "$target"
            [ "$result" = ok ] || wrong="$wrong $target: $result;"
        done
        is "$wrong" "" "seed $seed: from $origin at poll $poll of $polls"
    done
    cd "$root" && rm -rf "${tmp:?}/$seed"
done
