#!/bin/bash
# The full matrix: every program of tests/matrix on every ordered pair of architectures, from its first,
# middle and last poll.
#   tests/matrix/all.sh OUT.csv [DIR]  program,source,target,epochs,result; exit 1 unless all are ok
# DIR, JOBS and PREACHES_ARCHES: see each.sh.
set -u
# shellcheck source=tests/matrix/each.sh
. "$(dirname "$0")/each.sh"

# One program: rows on standard output.
one_program() { # NAME DIR
    local name=$1 program=$root/$2/$1 tmp source target poll epochs results which
    tmp=$(mktemp -d) || exit 1
    cd "$tmp" || exit 1
    matrix_prepare "$program"
    for source in $arches; do
        matrix_polls "$program" "$source"
        which=$(printf '%s\n' 1 $(((polls + 1) / 2)) "$polls" | sort -nu)
        declare -A results=()
        epochs=0
        for poll in $which; do
            [ "$poll" -gt 0 ] || continue
            epochs=$((epochs + 1))
            matrix_checkpoint "$program" "$source" "$poll"
            for target in $arches; do
                [ "${results[$target]-ok}" = ok ] || continue
                matrix_finish "$target"
                [ "$result" = ok ] || result="poll $poll: $result"
                results[$target]=$result
            done
        done
        for target in $arches; do
            echo "$name,$source,$target,$epochs,${results[$target]-no polls}"
        done
    done
    rm -rf "$tmp"
}

each_main matrix program,source,target,epochs,result "$@"
