#!/bin/bash
# The heap of programs for 64-bit architectures alone: as large as the machine's memory, at the same
# addresses everywhere; with a 32-bit one, 704 MiB. At its end there is NULL and a reason.
. tests/tap.sh
need_built bin/preaches bin/preaches-cc
plan 9
cd "$tmp" || exit 1
cat >large.c <<'X'
#include <stdio.h>
#include <stdlib.h>
struct node { struct node *next; int *middle; long value; int row[5]; };
int main(int argc, char **argv)
{
    size_t mib = (size_t)atol(argv[argc - 1]), n = mib << 17;
    double *table = malloc(n * sizeof *table), sum = 0;
    struct node *list = NULL;
    if (!table) {
        printf("no memory\n");
        return 1;
    }
    for (long i = 0; i < 500; i++) {
        struct node *node = malloc(sizeof *node);
        if (!node)
            return 2;
        *node = (struct node){.next = list, .value = i, .row = {(int)i, 1, 2, 3, (int)i}};
        node->middle = list ? &list->row[i % 5] : node->row;
        list = node;
        table[n / 500 * (size_t)i] = (double)i; /* far apart: over the whole block */
        for (struct node *p = list; p; p = p->next)
            sum += table[n / 500 * (size_t)p->value] + *p->middle;
        if (i % 50 == 0)
            printf("%ld %.0f\n", i, sum);
    }
    printf("%.0f\n", sum);
    return 0;
}
X
run preaches-cc --arch=x86_64,s390x,aarch64 -O2 -o large large.c
ok $status "built for 64-bit architectures"
./large 900 >wanted
ok $? "a block of 900 MiB"
run preaches run --at-poll=300 --stop --spool=spool ./large 900
ok $status "a checkpoint"
cp "$tmp/out" got
for arch in s390x aarch64; do
    run preaches restart --arch=$arch --at-poll=100 --stop spool
    ok $status "on $arch, and another checkpoint there"
    cat "$tmp/out" >>got
done
run preaches restart --arch=x86_64 spool
cat "$tmp/out" >>got
cmp -s got wanted
ok $? "and back: the outputs are those of an undisturbed run"

PREACHES_HEAP=268435456 ./large 300 >out 2>err
is $? 1 "a heap of 256 MiB has none of 300"
grep -q 'the heap ends at 256 MiB, as PREACHES_HEAP says' err
ok $? "and the reason is told: $(head -n 1 err)"
preaches-cc --arch=x86_64,i686 -O2 -o narrow large.c && ./narrow 900 >out 2>err
grep -q '703 MiB, all that a program for 32-bit architectures can have' err
ok $? "with a 32-bit architecture: $(head -n 1 err)"
