#!/bin/bash
# A worker of preaches-cc that dies takes no one else with it: the build ends, says so and leaves nothing.
. tests/tap.sh
need_built bin/preaches-cc
plan 4
cd "$tmp" || exit 1
mkdir scratch
for i in $(seq 400); do
    echo "int f$i(int n) { int s = 0; for (int i = 0; i < n; i++) s += i * $i; return s; }"
done >big.c
echo 'int main(void) { return f1(3) == 6; }' >>big.c
TMPDIR=$tmp/scratch PREACHES_CACHE=off timeout -s KILL 60 preaches-cc --arch=x86_64,i686,s390x,mips big.c -o big 2>err &
build=$!

# timeout -> supervisor -> the native worker -> those of the other architectures
killed=0
for _ in $(seq 300); do
    workers=$(pgrep -P "$(pgrep -P "$(pgrep -P $build | head -n 1)" 2>/dev/null | head -n 1)" -x preaches-cc 2>/dev/null)
    for pid in $workers; do
        kill -SEGV "$pid" 2>/dev/null && killed=$((killed + 1))
    done
    [ $killed -ge 3 ] && break
    sleep 0.02
done
wait $build
status=$?
[ $killed -gt 0 ]
ok $? "$killed workers were killed while they worked"
is $status 1 "preaches-cc ends with status 1" || head -n 5 err
grep -qE 'failed for (i686|s390x|mips)' err
ok $? "and says for which architecture" || head -n 5 err
[ ! -e big ] && [ -z "$(ls scratch)" ]
ok $? "nothing is left behind"
