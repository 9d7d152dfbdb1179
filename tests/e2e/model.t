#!/bin/bash
# mode=model: the same bytes every time, sensible orders between arms, keys that mean nothing refused,
# and calibrate's files read back.
. tests/tap.sh
need_built bin/preaches-lab workloads/tree
plan 31
cd "$tmp" || exit 1
cat >m.ini <<'X'
[experiment]
name=m
mode=model
replications=4
seed=7
[platform]
file=lab1998.platform
[workload]
program=tree
args=20000 1
run=10d
source=x86_64
target=s390x
[checkpoint]
interval=1h
policy=fixed;young;daly;adaptive
recovery_target=30min
strategy=P;N;L;0
[faults]
mttf=2d
repair=1h
distribution=weibull
shape=0.7
X
run preaches-lab run m.ini --out a --quiet
is $status 0 "runs"
run preaches-lab run m.ini --out b --jobs=1 --quiet
cmp -s a/runs.csv b/runs.csv
ok $? "the same bytes again"
run preaches-lab run m.ini --out c --quiet -D experiment.seed=8
cmp -s a/runs.csv c/runs.csv
is $? 1 "another seed, other bytes"
column() { awk -F, -v n="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == n) c = i; next } { print $c }' "${2:-a/runs.csv}" | tr -d '\r'; }
is "$(column mode | sort -u)" model "the mode is in the rows"
is "$(wc -l <a/runs.csv)" 53 "policies, strategies, replications: 3 x 4 x 4, and 4 without checkpoints"
is "$(column work_s | sort -u)" 864000 "every run did its work"
mean() { # STRATEGY POLICY COLUMN
    awk -F, -v s="$1" -v p="$2" -v n="$3" '{ sub("\r", "") } NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["strategy"] == s && $at["policy"] == p { sum += $at[n]; k++ } END { printf "%.0f\n", sum / k }' a/runs.csv
}
[ "$(mean P daly wasted_s)" -lt "$(mean P fixed wasted_s)" ]
ok $? "Daly's interval wastes less than an hour's"
[ "$(mean P fixed wasted_s)" -lt "$(mean 0 '' wasted_s)" ]
ok $? "checkpoints waste less than none"
[ "$(mean L daly load_ns)" -ge "$(mean P daly load_ns)" ]
ok $? "L loads no faster than P"
is "$(mean P adaptive violations)" 0 "adaptive holds its target"

refuse() { # SED TEXT NAME
    sed "$1" m.ini >x.ini
    run preaches-lab run x.ini --out x
    grep -q "$2" "$tmp/err" && [ $status -eq 2 ] && [ ! -e x/runs.csv ]
    ok $? "$3"
}
refuse 's/^mode=model/mode=live/' 'means nothing in mode=live' "a model's key in mode=live"
refuse 's/^shape=.*/shape=0.7\npoints=write:1/' 'means nothing in mode=model' "a live key in mode=model"
refuse 's/^args=.*/args=7 7/' 'no \[program tree 7 7\]' "a program that was not calibrated"
refuse 's/^recovery_target=.*//' 'needs checkpoint.recovery_target' "adaptive without a target"
refuse 's/^mttf=.*/mttf=never/' 'needs faults.mttf' "Daly without a mean"
refuse 's/^distribution=.*/distribution=trace/; s/^shape=.*//' 'needs faults.trace' "a trace law without a trace"
sed 's/^interval=.*/interval=20s/; s/^policy=.*/policy=fixed/; s/^run=.*/run=1h/; s/^\[workload\]/[model]\njobs=1;2\n[workload]/' m.ini >x.ini
run preaches-lab run x.ini --out x --quiet -D checkpoint.strategy=P -D experiment.replications=1
is "$status:$(column propagate_ns x/runs.csv | awk '{ t[NR] = $1 } END { print (t[2] > 1.4 * t[1] && t[2] < 2.6 * t[1]) }')" 0:1 "two jobs' checkpoints share the network"

printf 'node,down_s,up_s\nn1,1000,2000\nn2,500000,500600\nn1,900000,900100\n' >t.csv
sed 's/^distribution=.*/distribution=trace\ntrace=t.csv/; s/^shape=.*//' m.ini >t.ini
run preaches-lab run t.ini --out t --quiet
is "$status:$(column failures t/runs.csv | sort -nu | head -1)" 0:14 "a plain trace of our own: nodes around, failures until the end"

# ---- traces ----
for k in 1 2; do
    preaches-lab run m.ini --out tr$k --quiet --trace=state -D checkpoint.strategy=P -D checkpoint.policy=fixed -D experiment.replications=1
done
is "$(cat tr1/trace/*.trace | tail -1 | cut -d' ' -f1)" hash "a trace ends with its hash"
cmp -s tr1/trace/*.trace tr2/trace/*.trace
ok $? "the same run, the same trace"
f=$(ls tr1/trace/*.trace)
is "$(grep -c ' host-fails ' "$f")" "$(column failures tr1/runs.csv)" "all failures are in it"
preaches-lab run m.ini --out tr1 --quiet --trace=event -D checkpoint.strategy=P -D checkpoint.policy=fixed -D experiment.replications=1 -D experiment.seed=9
[ "$(cat tr1/trace/*.trace | grep -c ' event ')" -gt 10 ]
ok $? "every event"
run preaches-lab run m.ini --out tr1 --trace=much
is $status 2 "an unknown level"

# ---- platforms ----
sed "s|^file=.*|file=$root/tests/golden/simgrid/xml/nested.xml|" m.ini >xml.ini
run preaches-lab run xml.ini --out xml --quiet -D checkpoint.strategy=P
is "$status:$(column work_s xml/runs.csv | sort -u)" 0:864000 "on a platform of SimGrid's"
run preaches-lab run m.ini --out nogroup --quiet -D faults.group_mttf=1d -D checkpoint.strategy=P
is "$status:$(grep -c 'no \[group NAME\]' "$tmp/err")" 2:1 "groups that the platform has not"

run preaches-lab calibrate "tree 500 2" --out cal.ini --quiet
is $status 0 "calibrate measures the real core"
sed 's/^args=.*/args=500 2/; s/^\[workload\]/[model]\ncalibration=cal.ini\n[workload]/' m.ini >k.ini
run preaches-lab run k.ini --out k --quiet
is "$status" 0 "and what it wrote is read back"

# ---- explain ----
lab=$root/simnet/platforms
run preaches-lab explain "$lab/lab1998.platform" x86_64-a m68k-a 1MB
is "$status:$(awk '/ in all$/ { print $1 }' out):$(grep -c differs out)" 0:0.800450000:0 "a transfer: its terms add up to what the simulation says"
for strategy in P L; do
    preaches-lab explain m.ini -D checkpoint.strategy=$strategy -D checkpoint.policy=fixed >"e.$strategy"
done
first() { awk '/from the failure/ { printf "%.3f\n", $1 }' "$1"; }
sum() { awk '/^A failure/ { on = 1; next } on && / (detect|select|load|rebuild): / { s += $1 } END { printf "%.3f\n", s }' "$1"; }
is "$(first e.P) $(first e.L)" "$(sum e.P) $(sum e.L)" "a recovery: its terms add up"
awk 'NR == FNR { if (/from the failure/) p = $1; next } /from the failure/ { exit !(p < $1) }' e.P e.L
ok $? "and L's takes longer than P's"
run preaches-lab explain lab1998.platform x86_64-a nobody 1MB
is $status 2 "no such host"
