#!/bin/bash
# `make real`: the programs of workloads/real under checkpoint; two at a time, costs afterwards, one at a time.
#   tests/real/all.sh OUT.csv      (PROGRAM="bzip2 zopfli" for some; tests/real/program.sh has the rest)
# Status 1 when a program went wrong or failed; refusals and skips are counted and said.
set -u
cd "$(dirname "$0")/../.." || exit 2
out=${1:?usage: tests/real/all.sh OUT.csv}
programs=${PROGRAM:-$(cd workloads/real && ls -- *.sh | sed 's/\.sh$//')}
for name in $programs; do
    [ -r "workloads/real/$name.sh" ] || { echo "real: no workloads/real/$name.sh" >&2; exit 2; }
done
# All at once, since apt keeps one folder of lists; what could not be had is told again by its row.
packages=$(for name in $programs; do
    sed -n 's/^package=//p' "workloads/real/$name.sh" | grep . || echo "$name"
done | sort -u)
tests/real/fetch.sh build/real/src $packages 2>/dev/null

printf '%s\n' $programs | xargs -P "${JOBS:-2}" -I NAME tests/real/program.sh NAME chain
if [ "${PAIRS:-5}" -gt 0 ]; then
    for name in $programs; do
        grep -q ',"ok"$' "build/real/$name/row" 2>/dev/null && tests/real/program.sh "$name" cost
    done
fi

mkdir -p "$(dirname "$out")"
{
    echo 'program,version,arches,epochs,hints,result,overhead_ratio'
    for name in $programs; do
        if [ -s "build/real/$name/row" ]; then
            echo "$(cat "build/real/$name/row"),$(cat "build/real/$name/cost" 2>/dev/null)"
        else
            echo "$name,,,0,0,\"failed: no result\","
        fi
    done
} >"$out.new" && mv "$out.new" "$out"
count() { grep -cE ",\"$1" "$out"; }
echo "real: $(count ok) ok, $(count refused) refused, $(count skipped) skipped," \
    "$(count failed) failed, $(count WRONG) WRONG: $out"
[ "$(($(count WRONG) + $(count failed)))" -eq 0 ]
