#!/bin/bash
# Maps, by which guards save on x86_64 (core/runtime/maps.c): every kind of value, in registers, on the stack and as
# constants, at every level of optimisation, and what gcc puts behind the row's statement there.
. tests/tap.sh
need_built bin/preaches-cc bin/preaches
plan 9
cd "$tmp" || exit 1

cat >kinds.c <<'E'
#include <stdio.h>
#include <stdlib.h>
static int table[8];
static double twice(double x) { return x + x; }
static int step(int n) { return n ? step(n - 1) + n % 3 : 0; }

/* More than registers hold, and all are needed behind the call. */
static void kinds(int n)
{
    _Bool b = n & 1;
    signed char c = (signed char)-n;
    unsigned char uc = (unsigned char)(200 + n);
    short s = (short)(-300 * n);
    unsigned short us = (unsigned short)(60000 + n);
    int i = -n * 100000;
    unsigned u = 4000000000u + (unsigned)n;
    long l = -2000000000L + n;
    long long q = -(1LL << 40) * n;
    unsigned long long uq = ~0ULL - (unsigned)n;
    float f = (float)n / 3;
    double d = n / 7.0, (*g)(double) = n & 1 ? twice : NULL;
    int *p = &table[n % 8], *none = NULL;
    long double e = n / 9.0L;

    table[n % 8] += step(n % 40);
    printf("%d %d %d %d %d %d %u %ld %lld %llu %a %a %d %d %d %.9Lf\n", b, c, uc, s, us, i, u, l, q, uq, f, d,
           g ? (int)g(d) : -1, (int)(p - table), none == NULL, e);
}

static void few(int n)
{
    double half = n / 2.0;
    float third = (float)n / 3;

    table[n % 8] ^= step(n % 40);
    printf("%a %a\n", half, third);
}

/* What is known where the call stands. */
static void constants(int n)
{
    const char *text = "text";
    long long wide = 0x123456789abcLL;
    int small = -7, *p = table + 3;
    double pi = 3.14159;
    unsigned char byte = 250;

    n = step(n);
    printf("%s %lld %d %d %a %d %d\n", text, wide, small, (int)(p - table), pi, byte, n);
    if (n > 1000) {
        text = "other"; wide++; small++; p++; pi++; byte++;
        step(n);
        printf("%s %lld %d %d %a %d\n", text, wide, small, (int)(p - table), pi, byte);
    }
}

int main(void)
{
    for (int n = 1; n < 60; n++) {
        kinds(n);
        few(n);
        constants(n);
    }
    return 0;
}
E
avx=
grep -qw avx2 /proc/cpuinfo 2>/dev/null && avx=-mavx2
gcc -O2 kinds.c -o plain && ./plain >wanted
for options in -O0 -Og -O1 -O2 -Os -O3 "-O2 $avx -fno-omit-frame-pointer"; do
    # shellcheck disable=SC2086
    run preaches-cc --arch=x86_64,i686 $options kinds.c -o kinds && polls=$(count_polls ./kinds)
    bad=0
    for k in $((polls / 4)) $((polls / 3)) $((polls / 2)) $((polls - 9)); do
        rm -rf spool
        run preaches run --at-poll="$k" --stop --spool=spool ./kinds && cp out begun &&
            run preaches restart --arch=i686 spool
        cat begun out | cmp -s - wanted || bad=$((bad + 1))
    done
    is $bad 0 "$options: to i686 from 4 of $polls polls"
done
is "$(objdump -h -j preaches_maps kinds | grep -c preaches_maps)" 1 'the executable has maps'

# A function with a level of its own.
cat >level.c <<'E'
#include <stdio.h>
static int walk(int n) { if (n % 9 == 0) printf("%d\n", n); return n ? walk(n - 1) + n % 5 : 0; }
__attribute__((optimize("O0"))) static int slow(int n) { int a = n * 3, b = walk(n); return a + b; }
int main(void) { for (int i = 0; i < 30; i++) printf("%d\n", slow(i)); return 0; }
E
run preaches-cc --arch=native -O2 level.c -o level && ./level >wanted && rm -rf spool &&
    run preaches run --at-poll=200 --stop --spool=spool ./level && cp out begun && run preaches restart spool
cat begun out | cmp -s - wanted
ok $? 'a function that is not optimised, in a unit that is'
