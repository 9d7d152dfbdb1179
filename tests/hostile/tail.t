#!/bin/bash
# Structures with something behind them, sizeof(struct s) + n. Behind a last member that is an array, it
# is more of that array, and moves. Behind any other it is of unknown type, and must never be taken for
# an array of the structure, though its length is a multiple of it: other byte orders would swap it.
. tests/tap.sh
plan 8
cd "$tmp" || exit 1
cat >known.c <<'C'
#include <stdio.h>
#include <stdlib.h>
struct h { int n; char data[4]; };
int main(void)
{
    struct h *a = malloc(sizeof(struct h) + 16);
    struct h *q = malloc(3 * sizeof *q), *t = malloc(sizeof(*t) * 2 + sizeof(struct h));
    for (int i = 0; i < 3; i++) {
        a->data[i] = (char)('a' + i);
        a->data[i + 9] = (char)('A' + i);
        q[i].n = t[i].n = a->n = i;
        printf("%c%c%c %d %d %d\n", a->data[0], a->data[i], a->data[9], a->n, q[0].n, t[i].n);
    }
    return 0;
}
C
cat >unknown.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct h { int n; int m; };
int main(void)
{
    struct h *a = malloc(sizeof(struct h) + 16);
    char *tail = (char *)(a + 1);
    strcpy(tail, "behind");
    for (int i = 0; i < 3; i++) {
        a->n = i;
        printf("%s %d\n", tail, a->n);
    }
    return 0;
}
C
preaches-cc -O2 -o known known.c 2>cc.err
is $? 0 "a tail of the last member is built"
is "$(grep -c preaches-allocation cc.err)" 0 "and nothing is to be said of it"
preaches run --at-poll=2 --stop --spool=known.spool ./known >begun 2>err
for arch in s390x i686; do
    preaches restart --arch=$arch known.spool 2>>err | cat begun - | cmp -s - <(./known)
    ok $? "it goes on, on $arch"
done
preaches-cc -O2 -o unknown unknown.c 2>cc.err
is "$(grep -c 'unknown.c:7.*\[-Wpreaches-allocation\]' cc.err)" 1 "a tail of unknown type is warned of"
preaches run --at-poll=2 --stop --spool=spool ./unknown >out 2>err
is "$(grep -c 'struct h allocated at unknown.c:7' err)" 1 "other classes are refused with type and place"
preaches restart --arch=aarch64 spool >>out 2>>err
./unknown | cmp -s - out
ok $? "the program's own class goes on"
preaches restart --arch=s390x spool >foreign 2>>err
is "$(cat foreign)" "" "nothing runs on a guessed tail"
