#!/bin/bash
# The same experiment file and seed give the same runs.csv to the byte, but for the columns real_*,
# which are measured; another seed gives another one. Runs that are there already are not made again.
. tests/tap.sh
need_built bin/preaches-lab workloads/queens workloads/tree
plan 9
cd "$tmp" || exit 1
cat >same.ini <<'INI'
[experiment]
name=same
mode=live
replications=2
seed=1998
[platform]
file=lab1998.platform
[workload]
program=queens;tree
run=30s
source=x86_64
target=s390x;i686
[workload queens]
args=7 8
[workload tree]
args=400 6
[checkpoint]
interval=4s
strategy=P;L
[faults]
mttf=20s
minimum=1
maximum=2
repair=60s
INI

# The table without the columns whose names begin with real_.
simulated() { # CSV
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) keep[i] = $i !~ /^real_/ }
             { line = ""; for (i = 1; i <= NF; i++) if (keep[i]) line = line "," $i; print line }' "$1"
}
for out in one two; do
    run preaches-lab run same.ini --out "$out"
    ok $status "run $out"
done
is "$(($(wc -l <one/runs.csv) - 1))" 16 "16 runs: 2 programs, 2 targets, 2 strategies, 2 replications"
simulated one/runs.csv >one.csv
simulated two/runs.csv >two.csv
cmp one.csv two.csv >/dev/null
ok $? "same bytes"
diff one.csv two.csv | head -n 4 | sed 's/^/# /'
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "output_match") at = i; exit !at }
         ' one/runs.csv
ok $? "there is a column output_match"
is "$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "output_match") at = i; next }
               $at != 1' one/runs.csv | wc -l)" 0 "every run's output is that of an undisturbed run"

run preaches-lab run same.ini --out three -D experiment.seed=7
simulated three/runs.csv >three.csv
! cmp -s one.csv three.csv
ok $? "another seed gives another table"

cp one/runs.csv before.csv
run preaches-lab run same.ini --out one
cmp before.csv one/runs.csv >/dev/null
ok $? "a second run into the same folder repeats nothing: measured columns are the same too"

printf '[checkpoint]\nintervall=4s\n' >>same.ini
run preaches-lab run same.ini --out four
[ "$status" -eq 2 ] && [ ! -e four/runs.csv ] && grep -q 'same.ini:' "$tmp/err"
ok $? "a wrong key ends with 2, names the line, and nothing is run"
