#!/bin/bash
# preaches-lab fit: plain traces, problems by line, JSON, what is refused; LANL's records where they are.
. tests/tap.sh
need_built bin/preaches-lab
plan 7
cd "$tmp" || exit 1
{
    echo node,down_s,up_s
    awk 'BEGIN { x = 1; t = 0; for (i = 0; i < 3000; i++) { x = (x * 48271) % 2147483647
        t += int(-log(x / 2147483647) * 100000) + 1; print "n," t "," t + 60; t += 60 } }'
    echo n,5,4
} >t.csv
run preaches-lab fit t.csv
grep -q '^t.csv:3002: it was back before it failed$' err
ok $? "a problem has its line"
law=$(awk -F, '$1 == "uptime" && $NF == "yes" { print $2, ($5 > 97000 && $5 < 103000) }' out)
is "$(awk -F, '$1 == "uptime" && $2 == "exponential" { print ($5 > 97000 && $5 < 103000) }' out)" 1 "the mean is found again: $law"
is "$(awk -F, '$1 == "uptime" && $2 == "weibull" { print ($6 > 0.96 && $6 < 1.04) }' out)" 1 "and a shape of 1"
run preaches-lab fit --json t.csv
perl -MJSON::PP -0777 -ne '$j = decode_json($_); exit !(@{$j->{problems}} == 1 && $j->{records} == 3001 && @{$j->{fits}} > 6)' out
ok $? "--json"
run preaches-lab fit "$root/README.md"
is $status 3 "what is no trace"
run preaches-lab fit --system=2 t.csv
is $status 2 "a plain trace has no systems"
lanl=${PREACHES_DATA-}/lanl/LA-UR-05-7318-failure-data-1996-2005.csv.xz
if [ -r "$lanl" ]; then
    run preaches-lab fit --quiet --system=20 "$lanl"
    is "$(awk -F, '$1 == "repair" && $NF == "yes" { print $2 }' out)" lognormal "LANL's system 20: repairs are lognormal"
else
    skip 1 'PREACHES_DATA has no lanl records'
fi
