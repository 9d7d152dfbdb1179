#!/bin/bash
# Snapshots without a copy, heaps that are read at once, and what a run tells of its checkpoints' cost.
. tests/tap.sh
need_built bin/preaches bin/preaches-cc
plan 16
cd "$tmp" || exit 1
cat >deep.c <<'X'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct tree { struct tree *left, *right; int value; };
static long total;
static struct tree *build(int depth, int *count)
{
    char text[64]; /* on the data stack */
    struct tree *t;
    if (!depth || !(t = malloc(sizeof *t)))
        return NULL;
    snprintf(text, sizeof text, "%d:%d", depth, *count);
    t->value = (*count)++;
    t->left = build(depth - 1, count);
    t->right = build(depth - 1, count);
    total += t->value + (long)strlen(text);
    return t;
}
static long sum(const struct tree *t, long depth)
{
    return t ? t->value * depth + sum(t->left, depth + 1) + sum(t->right, depth + 1) : 0;
}
static void drop(struct tree *t)
{
    if (t) {
        drop(t->left);
        drop(t->right);
        free(t);
    }
}
int main(void)
{
    for (int i = 0; i < 6; i++) {
        int count = 0;
        struct tree *t = build(11, &count);
        printf("%d %ld %ld\n", count, sum(t, 1), total);
        drop(t);
    }
    return 0;
}
X
for sites in patch flag; do
    run preaches-cc --sites=$sites --arch=x86_64,i686,s390x -O2 -o deep deep.c
    ok $status "built with --sites=$sites"
    ./deep >wanted
    for arch in x86_64 i686; do
        run preaches run --snapshot=inline --arch=$arch --every=3000 --keep=100 --report --spool=spool.$sites.$arch ./deep
        ok $((status || $(cmp "$tmp/out" wanted >/dev/null; echo $?))) \
            "$arch goes on through its checkpoints: $(tail -n 1 "$tmp/err")"
    done
done
grep -q ' at most 0.0 MiB copied' "$tmp/err"
ok $? "nothing was copied"
# Each of the epochs is as good as one made by a fork.
bad=0
for image in spool.flag.x86_64/epoch-*/x86_64.img; do
    preaches restart "$image" >rest 2>/dev/null && tail -n "$(wc -l <rest)" wanted | cmp -s - rest || bad=$((bad + 1))
done
is $bad 0 "$(ls -d spool.flag.x86_64/epoch-* | wc -l) epochs: from each the program ends as it should"
preaches run --at-poll=3000 --stop --spool=forked ./deep >/dev/null 2>&1
run preaches restart --arch=s390x --snapshot=inline --at-poll=500 --stop forked
ok $status "inline under qemu-user"

cat >writer.c <<'X'
#include <preaches.h>
#include <stdio.h>
#include <stdlib.h>
int main(void)
{
    enum { N = 6 << 20 };
    double *v = malloc(N * sizeof *v), sum = 0;
    if (!v)
        return 1;
    for (long i = 0; i < N; i++)
        v[i] = (double)i;
    for (int round = 0; round < 12; round++) {
        preaches_poll_here();
        for (long i = 0; i < N; i++)
            v[i] += round;
    }
    for (long i = 0; i < N; i++)
        sum += v[i];
    printf("%.0f\n", sum);
    return 0;
}
X
run preaches-cc --arch=x86_64 --polls=explicit -I"$root/core/include" -O2 -o writer writer.c
ok $status "a program that writes all of its 48 MiB again and again"
./writer >wanted
preaches run --at-poll=3 --spool=rewritten ./writer >got 2>err
read -r copied state <rewritten/epoch-000001/written
[ "$copied" -gt 0 ] && [ "$copied" -le $((state + (4 << 20))) ]
ok $? "$copied of $state bytes were copied while its checkpoint was written"
for how in map read auto; do
    run preaches restart --restore=$how rewritten
    cmp -s "$tmp/out" wanted
    ok $? "--restore=$how ends with the same sum"
done

# Each layout class is converted by a process of its own, whatever the program thinks of its children.
cat >orphans.c <<'X'
#include <preaches.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
int main(void)
{
    enum { N = 1 << 20 };
    long *v = malloc(N * sizeof *v), sum = 0;
    if (!v)
        return 1;
    signal(SIGCHLD, SIG_IGN);
    for (long i = 0; i < N; i++)
        v[i] = i;
    preaches_poll_here();
    for (long i = 0; i < N; i++)
        sum ^= v[i];
    printf("%ld\n", sum);
    return 0;
}
X
run preaches-cc --arch=x86_64,i686,s390x --polls=explicit -I"$root/core/include" -O2 -o orphans orphans.c
run preaches run --at-poll=1 --stop --spool=orphaned ./orphans
ok $status "a checkpoint of a program that ignores its children"
is "$(echo orphaned/epoch-000001/*.class.img | wc -w)" 3 "all its images are there"
