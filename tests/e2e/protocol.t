#!/bin/bash
# The protocol under faults in virtual time: no violation in the first seeds, the table, the replay of a
# case, and each planted bug found within 1,000 seeds.
#   PREACHES_PROTOCOL_SEEDS=N   how many (default 2000)
. tests/tap.sh
plan 17
seeds=${PREACHES_PROTOCOL_SEEDS:-2000}
need_built tests/hostile/protocol_main
campaign=$root/build/tests/hostile/protocol_main

run "$campaign" --quiet --cases="$seeds" --out="$tmp/c.csv"
ok "$status" "$seeds seeds without a violation"
is "$(head -n 1 "$tmp/c.csv")" "class,cases,detected,recovered,violations,bound95" "the table's columns"
is "$(awk -F, 'NR > 1 { n += $2; v += $5 } END { print n, v }' "$tmp/c.csv")" "$seeds 0" "it counts every case"
[ "$(awk -F, 'NR > 1 && $3 == 0' "$tmp/c.csv" | wc -l)" -eq 0 ]
ok $? "in every scenario programs had to be started again"

run "$campaign" --seed=2 --trace
cp "$tmp/out" "$tmp/first"
run "$campaign" --seed=2 --trace
cmp -s "$tmp/first" "$tmp/out"
ok $? "a seed is one and the same run"

for bug in fence commit majority term; do
    run "$campaign" --first=$((seeds * 7 + 1)) --cases=200 --bug=$bug --most=1 --quiet
    [ "$status" -eq 1 ] && grep -q 'violation: seed' "$tmp/err"
    ok $? "planted bug '$bug' is found from any seed on: $(cut -c1-100 "$tmp/err")"
    run "$campaign" --cases=1000 --bug=$bug --most=1 --quiet
    [ "$status" -eq 1 ] && grep -q 'violation: seed' "$tmp/err"
    ok $? "planted bug '$bug' is found: $(cut -c1-100 "$tmp/err")"
    seed=$(sed -n 's/.*seed \([0-9]*\) .*/\1/p' "$tmp/err")
    run "$campaign" --seed="${seed:-0}" --bug=$bug --trace
    [ "$status" -eq 1 ] && grep -q 'VIOLATION' "$tmp/out"
    ok $? "and its seed replays it"
done
