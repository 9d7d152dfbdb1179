#!/bin/bash
# Without agents, `preaches run` itself goes on after a crash.
. tests/tap.sh
plan 6
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
