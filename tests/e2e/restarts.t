#!/bin/bash
# Without agents, `preaches run` itself goes on after a crash.
. tests/tap.sh
plan 8
need_built bin/preaches bin/preaches-cc
victim() { pgrep -P "$tool" -x pace; }
await() { # FILE
    local i
    for ((i = 0; i < 200; i++)); do [ -e "$1" ] && return; sleep 0.05; done
    return 1
}
cd "$tmp" || exit 1
preaches-cc --arch=x86_64,s390x -O2 "$root/tests/e2e/pace.c" -o pace
./pace 150 >want
preaches run --spool=sp --interval=300ms -o out ./pace 150 2>err &
tool=$!
await sp/epoch-000001/commit
kill -9 "$(victim)"
await sp/epoch-000003/commit
kill -SEGV "$(victim)"
wait "$tool"
is "$?" 7 "killed twice: the program's own status"
cmp -s out want
ok $? "the output of an undisturbed run"
is "$(grep -c 'it goes on from epoch' err)" 2 "each crash is told"
preaches run --restarts=0 --spool=sp2 --interval=300ms -o out2 ./pace 150 2>err &
tool=$!
await sp2/epoch-000001/commit
kill -9 "$(victim)"
wait "$tool"
is "$?" 137 "--restarts=0: its death is the end"
cat >crash.c <<'X'
#include <signal.h>
#include <stdio.h>
int main(void)
{
    int i;
    for (i = 0; i < 100; i++) {
        printf("%d\n", i);
        if (i == 50)
            raise(SIGSEGV);
    }
    return 0;
}
X
preaches-cc --arch=x86_64 -O2 crash.c -o crash
run preaches run --spool=sp3 --every=20 --sync -o out3 ./crash
is "$status" 139 "one that always crashes is left dead"
is "$(grep -c 'it goes on from epoch' "$tmp/err")" 3 "after three tries"

# An epoch from another command, whose output was another file: what a crashed life has written is taken back.
cat >late.c <<'X'
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(void)
{
    int i;
    for (i = 0; i < 100; i++) {
        printf("%d\n", i);
        fflush(stdout);
        if (i == 70 && access("dies", F_OK) == 0) {
            remove("dies");
            abort();
        }
    }
    return 0;
}
X
preaches-cc --arch=x86_64 -O2 late.c -o late
./late >want
preaches run --spool=sp4 --at-poll=21 --stop ./late >begun 2>err
for how in '' '-o rest'; do
    touch dies
    rm -f rest
    preaches restart $how sp4 >out4 2>err
    [ -z "$how" ] || cp rest out4
    grep -q 'it goes on from epoch' err && cat begun out4 | cmp -s - want
    ok $? "after a restart into another output${how:+, by name}"
done
