#!/bin/bash
# `make real`: the programs of workloads/real under checkpoint; two at a time, costs afterwards, one at a time.
#   tests/real/all.sh OUT.csv      (PROGRAM="bzip2 zopfli" for some; tests/real/program.sh has the rest)
# Status 1 when a program went wrong or failed, or was refused although its definition does not say
# expect=refused. What could not be fetched is counted and said, and is no failure.
set -u
cd "$(dirname "$0")/../.." || exit 2
out=${1:?usage: tests/real/all.sh OUT.csv}
definitions=${DEFINITIONS:-workloads/real}
programs=${PROGRAM:-$(cd "$definitions" && ls -- *.sh | sed 's/\.sh$//')}
for name in $programs; do
    [ -r "$definitions/$name.sh" ] || { echo "real: no $definitions/$name.sh" >&2; exit 2; }
done
# All at once, since apt keeps one folder of lists; what could not be had is told again by its row.
packages=$(for name in $programs; do
    grep -q '^tree=' "$definitions/$name.sh" && continue
    sed -n 's/^package=//p' "$definitions/$name.sh" | grep . || echo "$name"
done | sort -u)
[ -z "$packages" ] || tests/real/fetch.sh build/real/src $packages 2>/dev/null

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
unexpected=
for name in $programs; do
    grep -q '^expect=refused' "$definitions/$name.sh" || ! grep -q "^$name,.*,\"refused" "$out" ||
        unexpected="$unexpected $name"
done
[ -z "$unexpected" ] || echo "real: refused, and must not be:$unexpected" >&2
[ -z "$unexpected" ] && [ "$(($(count WRONG) + $(count failed)))" -eq 0 ]
