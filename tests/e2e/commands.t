#!/bin/bash
# What `preaches` does beside its main job: signals, requests, pruning, refusals, inspect, convert.
. tests/tap.sh
need_built bin/preaches workloads/tree workloads/queens
tree=$root/build/workloads/tree
queens=$root/build/workloads/queens
plan 37
cd "$tmp" || exit 1

# Waits until FILE exists, at most 20 s.
await() {
    local i
    for ((i = 0; i < 400; i++)); do
        [ -e "$1" ] && return 0
        sleep 0.05
    done
    return 1
}
alive() { [ -d "/proc/$1" ] && ! grep -q '^State:	Z' "/proc/$1/status" 2>/dev/null; }

# ---- usage ----
for words in '' 'no-such-command' 'run' 'run --at-poll=3 /bin/true' 'run --at-poll=3,2 --spool=s /bin/true' \
    'run --stop --spool=s /bin/true' 'restart' 'checkpoint x'; do
    run preaches $words
    is $status 2 "usage: preaches $words"
done
run preaches run --spool=s /bin/true
is $status 3 "a program without a description cannot be checkpointed"
rm -rf s
run preaches run "$root/build/workloads/no-such-program"
is $status 1 "a program that is not there"

# ---- exit status and streams ----
echo 'in' | preaches run /bin/sh -c 'cat; exit 7' >out
is "$?:$(cat out)" 7:in "exit status, standard input and output are the program's"
run preaches run /bin/sh -c 'kill -9 $$'
is $status 137 "killed by a signal"

# ---- SIGTERM ----
preaches run --spool=term "$tree" 3000 100000 >/dev/null 2>&1 &
tool=$!
await term/job.ini
sleep 0.3
child=$(cat "/proc/$tool/task/$tool/children" | awk '{print $1}')
kill "$tool"
wait "$tool"
is $? 143 "SIGTERM to the tool"
! alive "$child"
ok $? "and the program is gone with it"

# ---- the tool is killed: so is the program ----
preaches run --spool=kill --every=2000 -o kill.out "$tree" 3000 100000 >/dev/null 2>&1 &
tool=$!
await kill/epoch-000002/commit
ok $? "epochs are committed while the program runs"
child=$(cat "/proc/$tool/task/$tool/children" | awk '{print $1}')
kill -9 "$tool"
wait "$tool" 2>/dev/null
for i in 1 2 3 4 5 6 7 8 9 10; do alive "$child" && sleep 0.2; done
! alive "$child"
ok $? "the tool's death is the program's"
run preaches restart --at-poll=10 --stop --arch=m68k kill
ok $status "and it goes on elsewhere from the newest commit"
is "$(ls kill/epoch-*/commit | wc -l)" 3 "three committed epochs are kept"

# ---- requests ----
preaches run --spool=request "$tree" 3000 100000 >/dev/null 2>&1 &
tool=$!
await request/job.ini
sleep 0.3
child=$(cat "/proc/$tool/task/$tool/children" | awk '{print $1}')
run preaches checkpoint "$child"
ok $status "checkpoint PID"
await request/epoch-000001/commit
ok $? "makes and commits an epoch"
kill "$tool"
wait "$tool"
run preaches checkpoint $$
is $status 1 "a process that takes no requests is not sent any"
preaches run --spool=interval --interval=150ms --keep=1 "$tree" 3000 100000 >/dev/null 2>&1 &
tool=$!
await interval/epoch-000002/commit
ok $? "--interval"
kill "$tool"
wait "$tool"

# ---- a spool is one job ----
run preaches run --spool=q --at-poll=50 --stop "$queens" 6 3
ok $status "run --stop"
run preaches run --spool=q "$queens" 6 3
is $status 2 "a spool that has epochs is not begun again"
run preaches restart --program="$tree" q
is $status 3 "another program is refused"
grep -q 'another build' "$tmp/err"
ok $? "and told why"

# ---- inspect, convert, verify ----
run preaches inspect q/epoch-000001/s390x.img
grep -q '#0 search at .*queens.c:' "$tmp/out"
ok $? "inspect names function and line"
run preaches inspect --json q/epoch-000001/m68k.img
perl -MJSON::PP -0777 -ne 'decode_json($_)->{frames}[-1]{function} eq "main" or exit 1' "$tmp/out"
ok $? "inspect --json is JSON"
run preaches run --spool=d --at-poll=40,60 "$queens" 6 3
run preaches inspect d/epoch-000001/x86_64.class.img d/epoch-000002/s390x.class.img
grep -q 'polls: 40 -> 60' "$tmp/out" && grep -q 'arch: x86_64 -> s390x' "$tmp/out"
ok $? "inspect: what differs between two images, across architectures"
run preaches inspect --json d/epoch-000001/mips.img d/epoch-000002/mips.img
perl -MJSON::PP -0777 -ne 'my %c = map { $_->{name} => $_->{after} } @{decode_json($_)->{image}};
    exit !($c{polls} == 60 && !exists $c{arch})' "$tmp/out"
ok $? "as JSON, and only what differs"
run preaches run --spool=t --at-poll=5 --stop "$tree" 10 2
run preaches inspect d/epoch-000001/mips.img t/epoch-000001/mips.img
is $status 3 "images of two programs are not compared"
run preaches convert q/epoch-000001/x86_64.class.img hppa --program="$queens" -o hppa.img
cmp -s hppa.img q/epoch-000001/hppa.img
ok $? "converted late or early: the same bytes"
preaches run "$queens" 6 3 >wanted
run preaches run --spool=q2 --at-poll=50 --stop "$queens" 6 3
cp "$tmp/out" got
run preaches restart --program="$queens" hppa.img
cat "$tmp/out" >>got
cmp -s got wanted
ok $? "restart from one image"
run preaches convert q/epoch-000001/x86_64.img hppa -o x.img
is $status 3 "a native image is not converted"
run preaches verify q
is "$status:$(grep -c '^ok' "$tmp/out")" 0:12 "verify: seven native images and five class images"
printf X | dd of=q/epoch-000001/mips.img bs=1 seek=4000 conv=notrunc 2>/dev/null
run preaches verify q
is $status 3 "verify finds a changed byte"
run preaches restart --arch=mips q
is $status 3 "and restart refuses"
