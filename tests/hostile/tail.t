#!/bin/bash
# A structure with a tail (sizeof(struct s) + n) whose length happens to be a multiple of the structure
# must never be taken for an array of structures: its tail would be swapped on the other byte order.
. tests/tap.sh
plan 6
cd "$tmp" || exit 1
cat >hack.c <<'C'
#include <stdio.h>
#include <stdlib.h>
struct h { int n; char data[4]; };
int main(void)
{
    struct h *a = malloc(sizeof(struct h) + 16);
    struct h *q = malloc(3 * sizeof *q), *t = malloc(sizeof(*t) * 2 + sizeof(struct h));
    for (int i = 0; i < 3; i++) {
        a->data[i] = (char)('a' + i);
        q[i].n = t[i].n = i;
        printf("%c %d %d\n", a->data[i], q[i].n, t[i].n);
    }
    return 0;
}
C
preaches-cc -O2 -o hack hack.c 2>cc.err
is $? 0 "the program is built"
is "$(grep -c 'hack.c:6.*\[-Wpreaches-allocation\]' cc.err)" 1 "the block with a tail is warned of"
is "$(grep -c 'hack.c:7' cc.err)" 0 "sizes that count elements are not"
preaches run --at-poll=2 --stop --spool=spool ./hack >out 2>err
is "$(grep -c 'struct h allocated at hack.c:6' err)" 1 "other classes are refused with type and place"
preaches restart --arch=aarch64 spool >>out 2>>err
is "$(cat out)" "$(printf 'a 0 0\nb 1 1\nc 2 2')" "the program's own class goes on"
preaches restart --arch=s390x spool >foreign 2>>err
is "$(cat foreign)" "" "nothing runs on a guessed tail"
