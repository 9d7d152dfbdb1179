#!/bin/bash
# --files=copy: workstations that share no file system. The job's working folder goes with its epochs; when the
# host that it was submitted on is lost with its disk, it goes on elsewhere, and its files come home at the end.
. tests/tap.sh
. tests/agents.sh
plan 19
need_built bin/preaches bin/preaches-cc
cd "$tmp" || exit 1
mkdir -p "away from home/input" "away from home/out" want/input want/out home/sub
seq 1 7 2100 >want/input/numbers
cp want/input/numbers "away from home/input/numbers"
preaches-cc --arch=x86_64,i686,s390x -O2 "$root/tests/e2e/filework.c" -o filework
touch gate
(cd want && ../filework ../gate /dev/null >stdout)
workstations alpha:x86_64 beta:i686 gamma:s390x
begin 1 2 3
eventually all_there 1 2 3
ok $? "three agents"

work="$tmp/away from home"
cd "$work" || exit 1
run preaches run --agent="$tmp/sp1" --files=copy -o "$tmp/elsewhere" "$tmp/filework" "$tmp/gate" "$tmp/j"
is "$status" 1 "an output outside the folder is refused"
grep -q 'must be in the working folder' "$tmp/err"
ok $? "and said why"
run preaches run --agent="$tmp/sp1" --files=elsewhere -o stdout "$tmp/filework" "$tmp/gate" "$tmp/j"
is "$status" 2 "an unknown way is refused"
(cd "$tmp" && run preaches run --agent="$tmp/sp1" --files=copy -o stdout "$tmp/filework" "$tmp/gate" "$tmp/j"
 exit "$status")
is $? 1 "a folder that holds the spool is refused"

# the home is lost with its disk, in the middle
goes_on() { # NAME LOST...
    eventually goes_on_without "$tmp/j" "$job" "${@:2}"
    ok $? "$1: another one goes on" || logs
}
rm -f "$tmp/gate"
submit 1 stdout --files=copy -- "$tmp/filework" "$tmp/gate" "$tmp/j"
eventually has_epoch 1 "$job" 1 && eventually runs_at "$tmp/j" "$job"
ok $? "it runs, and has an epoch" || logs
rm -rf sums marks # nothing of it is in the folder that it came from
is "$(ls "$work" "$work/out")" "$(printf '%s:\ninput\nout\n\n%s:' "$work" "$work/out")" "its folder is left alone meanwhile"
first=$at
lose "$first"
mv "$work" "$work.lost"
mv "$tmp/sp$first" "$tmp/lost.sp"
goes_on "its host is lost" "$first"
second=$at
is "$(stat -c %a "$tmp/sp$second/jobs/$job"/work-*)" 700 "its folder there is private"
mv "$tmp/lost.sp" "$tmp/sp$first"
begin "$first"
eventually all_there "$first"
last=$(other "$first" "$second")
run preaches move --wait="$patience" --agent="$tmp/sp$second" "$job" "${names[last]}"
ok "$status" "and it is moved" || logs
eventually runs_at "$tmp/j" "$job"
mv "$work.lost" "$work"
touch "$tmp/gate"
run timeout "$patience" preaches status --agent="$tmp/sp1" --wait="$job"
is "$status" 7 "it ends" || logs
for file in stdout out/sums; do
    cmp -s "$work/$file" "$tmp/want/$file"
    ok $? "$file came home as from an undisturbed run" || diff "$work/$file" "$tmp/want/$file" | head -n 5
done
is "$(sort -un "$work/marks")" "$(cat "$tmp/want/marks")" "and a file that was not open at any checkpoint"
cmp -s "$work/input/numbers" "$tmp/want/input/numbers"
ok $? "the input is as it was"

# a working folder with more than the agents take
lose 1 2 3
for i in 1 2 3; do sed -i 's/^spool=/files=1\nspool=/' "$tmp/a$i.ini"; done
begin 1 2 3
eventually all_there 1 2 3
head -c 2000000 /dev/urandom >"$work/big"
run preaches run --agent="$tmp/sp1" --files=copy -o stdout "$tmp/filework" "$tmp/gate" "$tmp/j"
is "$status" 1 "too large a folder is refused"
grep -q 'more than 1.0.*MiB' "$tmp/err"
ok $? "and said how much it may be"
rm "$work/big"
run timeout "$patience" preaches run --agent="$tmp/sp1" --files=copy -o stdout "$tmp/filework" "$tmp/gate" "$tmp/j2"
is "$status" 7 "without it, it runs" || logs
cmp -s "$work/out/sums" "$tmp/want/out/sums"
ok $? "again"
