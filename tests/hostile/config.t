#!/bin/bash
# Experiment files that are wrong: each is refused with file, line and reason, status 2, and nothing
# has been started. Then a small experiment: resumed, repeated, interrupted.
. tests/tap.sh
need_built bin/preaches-lab workloads/tree
plan 51
cd "$tmp" || exit 1

good() {
    cat <<'END'
[experiment]
name=small
mode=live
replications=1
seed=7
[platform]
file=lab1998.platform
[workload]
program=tree
args=1000 10
run=60s
source=x86_64
target=s390x
[checkpoint]
interval=5s
strategy=P
[faults]
mttf=600s
minimum=1
maximum=1
[detector]
timeout=1s
[output]
plots=recovery
END
}

# refuse LINE TEXT NAME: x.ini must be refused at that line with that text
refuse() {
    run preaches-lab run x.ini --out res
    is $status 2 "$3: status 2"
    grep -q "^x\.ini:$1: .*$2" err && [ ! -e res ]
    ok $? "$3: line $1, '$2', nothing run"
}

good | sed 's/^interval=/intreval=/' >x.ini; refuse 15 "unknown key 'intreval'.*did you mean 'interval'" "misspelt key"
good | sed 's/^\[detector\]/[detektor]/' >x.ini; refuse 21 "unknown section.*did you mean \[detector\]" "misspelt section"
good | sed 's/^interval=5s/interval=20/' >x.ini; refuse 15 "time with its unit" "no unit"
good | sed 's/^interval=5s/interval=20MB/' >x.ini; refuse 15 "time with its unit" "wrong unit"
good | sed 's/^interval=5s/interval=0s/' >x.ini; refuse 15 "above zero" "interval of zero"
good | sed 's/^strategy=P/strategy=Q/' >x.ini; refuse 16 "one of P, N, L, H, 0" "unknown strategy"
good | sed 's/^mode=live/mode=live\nmode=live/' >x.ini; refuse 4 "duplicate key 'mode'" "duplicate"
good | sed 's/^target=s390x/target=s390y/' >x.ini; refuse 13 "did you mean 's390x'" "unknown architecture"
good | sed 's/^target=s390x/target=sparc64/' >x.ini; refuse 13 "no host of that architecture" "architecture without host"
good | sed 's/^file=.*/file=nowhere.platform/' >x.ini; refuse 7 "nowhere.platform" "missing platform"
good | sed 's/^program=.*/program=nothing/' >x.ini; refuse 9 "nothing" "missing program"
good | sed 's/^mttf=600s/mttf=never/' >x.ini; refuse 19 "never" "failures that never come"
good | sed 's/^replications=1/replications=-1/' >x.ini; refuse 4 "whole number" "negative count"
good | sed 's/^seed=7/seed=18446744073709551616/' >x.ini; refuse 5 "2^64" "seed too large"
good | sed 's/^minimum=1/minimum=1\npoints=wriet:2/' >x.ini; refuse 20 "write" "unknown fault point"
{ good; printf '[sweep]\ncheckpoint.intervall=5s;10s\n'; } >x.ini; refuse 26 "did you mean 'checkpoint.interval'" "misspelt sweep"
{ good; printf '[workload nbody]\nargs=1\n'; } >x.ini; refuse 25 "workload.program does not name it" "arguments of another program"
good | sed 's/^args=.*/args="1/' >x.ini; refuse 10 "quotes" "open quote"

good >x.ini
run preaches-lab run x.ini --out res -D checkpoint.intervall=5s
is $status 2 "misspelt override: status 2"
grep -q -- "-D checkpoint.intervall=5s: .*did you mean 'interval'" err
ok $? "misspelt override is named"
run preaches-lab run nowhere.ini --out res
is $status 2 "missing file"
run preaches-lab dance x.ini
is $status 2 "unknown command"

run preaches-lab run x.ini --out res --quiet
is $status 0 "a good file runs"
[ -s res/runs.csv ] && [ -s res/summary.csv ] && [ -s res/report.html ] && [ -s res/recovery.svg ] &&
    [ -s res/recovery.png ] && [ -s res/manifest.json ] && [ ! -e res/scratch ]
ok $? "all results are there, no scratch"
run preaches-lab run x.ini --out res --json --quiet
grep -q '"kept": 1' out
ok $? "a second job keeps what is done"
for f in res/runs/*.csv; do head -c 40 "$f" >cut && mv cut "$f"; done
preaches-lab run x.ini --out res --json --quiet | grep -q '"kept": 0'
ok $? "a damaged result is run again"
FILLER=in_the_environment_of_the_program preaches-lab run x.ini --out in/another/folder/again --quiet &&
    run preaches-lab compare res/runs.csv in/another/folder/again/runs.csv
is $status 0 "the same file gives the same columns, wherever it is run"
sed 's/,1,calibrated/,0,calibrated/' in/another/folder/again/runs.csv >wrong.csv
run preaches-lab compare res/runs.csv wrong.csv
is $status 1 "compare sees a difference"
printf 'a,b\r\n1\r\n' >broken.csv
run preaches-lab compare res/runs.csv broken.csv
is $status 3 "compare refuses a damaged table"

preaches-lab run x.ini --out stopped -D experiment.replications=200 --quiet 2>/dev/null &
lab=$!
for _ in $(seq 100); do [ -n "$(ls stopped/runs 2>/dev/null)" ] && break; sleep 0.1; done
kill -TERM $lab
wait $lab
is $? 143 "SIGTERM ends it with 143"
[ ! -e stopped/scratch ] && [ -z "$(find stopped -name '*.new' -o -name '.*' -type f)" ]
ok $? "and leaves nothing half done"
[ -z "$(ps -eo args | grep -F "$tmp" | grep -v grep | grep -v config.t)" ]
ok $? "and no process"
preaches-lab report res && preaches-lab plot res 2>/dev/null
ok $? "report and plots are made again"
