#!/bin/bash
# preaches-lab run --shard, merge, export: the parts of an experiment put together are the whole, byte
# for byte; what does not belong together is refused; the exported work does the same.
. tests/tap.sh
need_built bin/preaches-lab
plan 16
mkdir "$tmp/a b" && cd "$tmp/a b" || exit 1
cat >"m 1.ini" <<'X'
[experiment]
name=m
mode=model
replications=3
seed=7
[platform]
file=lab1998.platform
[workload]
program=tree
args=20000 1
run=2d
source=x86_64
target=s390x
[checkpoint]
interval=1h;2h
strategy=P;L;0
[faults]
mttf=12h
repair=1h
X
run preaches-lab run "m 1.ini" --out whole --quiet
is $status 0 "the whole"
for k in 1 2 3 4; do
    run preaches-lab run "m 1.ini" --out "part $k" --shard=$k/4 --quiet
    is "$status:$(($(wc -l <"part $k/runs.csv") - 1))" "0:$((k <= 3 ? 4 : 3))" "part $k of 15 runs"
done
run preaches-lab merge part* --out merged --quiet
is $status 0 "merge"
cmp -s whole/runs.csv merged/runs.csv && cmp -s whole/summary.csv merged/summary.csv
ok $? "the same rows in the same order, the same summary"
[ -s merged/manifest.json ] && [ -s merged/report.html ] && cmp -s merged/plan.csv whole/plan.csv
ok $? "and the other files"
run preaches-lab run "m 1.ini" --out merged
grep -q '15 from before' "$tmp/out"
ok $? "what is merged is not run again"
run preaches-lab merge "part 1" "part 3" --out some --quiet
is "$status:$(grep -c '7 of 15 runs are in none' "$tmp/err"):$(wc -l <some/runs.csv)" 1:1:9 "missing parts are counted"
preaches-lab run "m 1.ini" --out other -D experiment.seed=8 --quiet
run preaches-lab merge "part 1" other --out bad --quiet
is "$status:$(grep -c 'not a part of the experiment' "$tmp/err")" 2:1 "another experiment is refused"
cp -r "part 1" twin
f=$(ls twin/runs/*.csv | head -1)
awk -F, -v OFS=, 'NR == 2 { $25++ } { print }' "$f" >x && mv x "$f"
run preaches-lab merge "part 1" twin --out bad --quiet
is "$status:$(grep -c 'differs in twin' "$tmp/err")" 1:1 "a run that differs is refused"
run preaches-lab run "m 1.ini" --out bad --shard=5/4
is $status 2 "part 5 of 4"

# ---- export ----
preaches-lab export parallel "m 1.ini" --shards=3 --out "p out" >tasks
sh tasks && sed -n 's/^# then: //p' tasks | sh >/dev/null && cmp -s whole/runs.csv "p out/runs.csv"
is "$?:$(grep -vc '^#' tasks)" 0:3 "a line a task; done by sh, with the merge behind it: the whole"
preaches-lab export slurm "m 1.ini" --shards=3 --out "s out" -D experiment.replications=3 >job
is "$(grep -c '^#SBATCH --array=1-3$' job):$(grep -c '^#SBATCH --requeue$' job)" 1:1 "sbatch's lines"
task() { SLURM_ARRAY_TASK_ID=$1 bash job; }
for_each task 1 2 3 2 && bash job merge >/dev/null && cmp -s whole/runs.csv "s out/runs.csv"
ok $? "each task, one of them twice, and the merge: the whole"
