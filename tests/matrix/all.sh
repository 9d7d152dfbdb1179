#!/bin/bash
# The full matrix: every program of tests/matrix on every ordered pair of architectures, from its first,
# middle and last poll.
#   tests/matrix/all.sh OUT.csv [DIR]  program,source,target,epochs,result; exit 1 unless all are ok
# DIR holds the programs as built (default build/matrix).
# JOBS=N sets how many programs at a time (default 2); PREACHES_ARCHES narrows the architectures.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=${here%/tests/matrix}
arches=${PREACHES_ARCHES:-x86_64 i686 aarch64 s390x mips m68k hppa}
export PATH="$root/build/bin:$PATH" LC_ALL=C

# One program: rows on standard output.
one_program() { # NAME
    local name=$1 program=$root/$2/$1 tmp source target poll epochs results which
    . "$here/pair.sh"
    tmp=$(mktemp -d "${TMPDIR:-/tmp}/preaches-matrix.XXXXXX") || exit 1
    cd "$tmp" || exit 1
    matrix_prepare "$program"
    which=$(printf '%s\n' 1 $(((polls + 1) / 2)) "$polls" | sort -nu)
    for source in $arches; do
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

if [ "${1-}" = --one ]; then
    one_program "$2" "$3"
    exit 0
fi
[ $# -ge 1 ] && [ $# -le 2 ] || { echo "usage: tests/matrix/all.sh OUT.csv [DIR]" >&2; exit 2; }
out=$1
built=${2-build/matrix}
mkdir -p "$(dirname "$out")" || exit 1
names=$(cd "$here" && ls -d ./*.c ./units 2>/dev/null | sed 's|^\./||; s|\.c$||')
[ -n "$names" ] || { echo "matrix: no programs in $here" >&2; exit 1; }
parts=$(mktemp -d) || exit 1
trap 'rm -rf "$parts"' EXIT
n=$(wc -w <<<"$names")
echo "matrix: $n programs, $(wc -w <<<"$arches") architectures"
# shellcheck disable=SC2016
printf '%s\n' $names | nl -w1 -s' ' | xargs -P "${JOBS:-2}" -L1 bash -c '
    "$0" --one "$5" "$2" >"$1/$5" && echo "matrix: $4/$3 $5, $(grep -vc ",ok\$" "$1/$5") not ok"' \
    "$0" "$parts" "$built" "$n" || exit 1
{
    echo program,source,target,epochs,result
    for name in $names; do cat "$parts/$name"; done
} >"$out.new" && mv "$out.new" "$out"
rows=$(($(wc -l <"$out") - 1))
good=$(grep -c ',ok$' "$out")
echo "matrix: $good of $rows ok: $out"
[ "$good" -eq "$rows" ]
