#!/bin/bash
# A signed long that overflows on a machine where it has 32 bits: never a wrong value, and the program can go
# on where it has 64.
. tests/tap.sh
need_built bin/preaches-cc bin/preaches
plan 9
cd "$tmp" || exit 1
cat >sum.c <<'END'
#include <stdio.h>
int main(void)
{
    long sum = 0;
    int wraps = 1; /* an int has the same width everywhere: no matter */
    for (int i = 0; i < 60; i++) {
        wraps = wraps * 31 + i;
        sum += 40000000;
        printf("%d %d %ld\n", i, wraps, sum);
        fflush(stdout);
    }
    return 0;
}
END
run preaches-cc --arch=x86_64,i686,mips -O2 -o sum sum.c
is "$status" 0 'a sum that 32 bits hold at first'
./sum >want
run preaches run --at-poll=20 --stop --spool=spool ./sum
cp out begun
for arch in i686 mips; do
    rm -rf copy
    cp -a spool copy
    run preaches restart --arch=$arch copy
    [ "$status" != 0 ] && grep -q "sum.c:8:13: the result does not fit the 'long' of $arch" err
    ok $? "$arch: it ends where the result does not fit, with file and line" || note "$(cat err)"
    [ -s out ] && ! grep -vxFf want out # it was begun again a few times
    ok $? "$arch: what it has written until then is right"
done
run preaches restart --arch=x86_64 spool
cat begun out | cmp -s - want
ok $? 'from the same epoch, a machine with a long of 64 bits goes on to the end'

cat >named.c <<'END'
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
static ssize_t sum;
static ptrdiff_t grow(ptrdiff_t p, int i) { return p * 2 + i; }
int main(int argc, char **argv)
{
    ptrdiff_t power = 1;
    (void)argv;
    for (int i = 0; i < 60; i++) {
        if (argc > 1)
            power = i < 40 ? grow(power, i) : 1;
        else
            sum += 40000000;
        printf("%d %lld\n", i, (long long)(sum + power));
        fflush(stdout);
    }
    return 0;
}
END
preaches-cc --arch=x86_64,i686 -O2 -o named named.c
for args in '' more; do
    ./named $args >want
    rm -rf spool
    run preaches run --at-poll=3 --stop --spool=spool ./named $args
    run preaches restart --arch=i686 spool
    [ "$status" != 0 ] && grep -q "does not fit the 'long' of i686" err && [ -s out ] && ! grep -vxFf want out
    ok $? "a long that is an int there, ssize_t or ptrdiff_t (${args:-none})" || note "$(cat err)"
done

run preaches-cc --arch=x86_64,i686 -Wno-error=preaches-wraps -o wraps "$root/tests/hostile/refused/hash_wraps.c"
[ "$status" = 0 ] && grep -q 'warning: .*preaches-wraps' err
ok $? 'a hash that wraps is a warning where one asks for that'
