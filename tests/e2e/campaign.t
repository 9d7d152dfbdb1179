#!/bin/bash
# The fault campaign, reduced: every class of failure a few times, no violation.
. tests/tap.sh
need_built tests/hostile/campaign_main workloads/tree
cases=${PREACHES_CASES:-2}
plan 3
run "$root/build/tests/hostile/campaign_main" "$cases" 1998 "$tmp/campaign.csv" \
    "$root/build/workloads/tree" 60 3
ok $status "no violation in $cases cases of each class"
is "$(head -n 1 "$tmp/campaign.csv")" class,cases,detected,recovered,violations,bound95 "its header"
awk -F, 'NR > 1 && ($2 != '"$cases"' || $4 != $2 || $5) {exit 1} END {exit NR != 11}' "$tmp/campaign.csv"
ok $? "each class: all recovered"
sed 's/^/# /' "$tmp/campaign.csv"
