#!/bin/bash
# Values that a long of 32 bits does not hold, by every way that leads into one: the program ends there, with file,
# line and value, and what it has written until then is what it writes where a long has 64 bits.
. tests/tap.sh
need_built bin/preaches-cc bin/preaches
cd "$tmp" || exit 1
cat >narrow.c <<'END'
#include <limits.h>
#include <stdio.h>
#include <stddef.h>
#include <stdlib.h>
struct pair { long l; size_t n; };
static long given(long long v) { return v; }          /* line 6 */
static unsigned long taken(unsigned long v) { return v / 2; }
static volatile long long big = 1000;
static volatile double real = 1000;
static unsigned long total = 1000;
static unsigned word = 5;
static struct pair pair;
static long list[3];
static unsigned long high = 4294967280ul;
static ptrdiff_t steps = 2147483640;
static size_t none;
static long kind(int what, int i)
{
    const char *text = i < 20 ? "1234 5" : "12345678901 5";
    long v = 0;
    int read;
    switch (what) {
    case 0: v = big; return v;                        /* 23 */
    case 1: return real;
    case 2: total += 400000000; return total > 5;     /* 25 */
    case 3: return word;
    case 4: return given(big);
    case 5: return taken(big);                        /* 28 */
    case 6: pair = (struct pair){ .l = big }; return pair.l;
    case 7: list[i % 3] += big; return list[0];
    case 8: total *= 3; return total & 1;             /* 31 */
    case 9: total <<= 1; return total & 1;
    case 10: return 1L << i;
    case 11: { long w[2] = { 1, big }; return w[1]; } /* 34 */
    case 12: return (long)(unsigned long)word;
    case 13: pair.n = (size_t)(real * 1.5); return pair.n > 3;
    case 14: total += real; return total > 7;         /* 37 */
    case 15: return i & 1 ? big : 3;
    case 16: return atol(text);
    case 17: return strtoul(text, NULL, 10) > 5;      /* 40 */
    case 18: return sscanf(text, "%*[0]%ld", &v) + (sscanf(text, "%ld%d", &v, &read) == 2) + v + read;
    default: return total + (unsigned long)big > 3;   /* 42 */
    case 20: high++; return high > 5;
    case 21: steps++; return steps > 5;
    case 22: none = i < 5 ? i : -1; return snprintf(NULL, 0, "%zu", none); /* 45 */
    case 23: v = i < 5 ? i : LONG_MAX / 2; return v > 7;
    case 24: none = i < 5 ? 7 : (size_t)i - word; return none > 5;
    case 25: { struct pair p = { .n = big }; return p.n > 5; } /* 48 */
    case 26: none = i < 5 ? i : -70000 - i; return none > 5;
    case 27: { unsigned long mask = i < 5 ? 7 : ~0UL << 20; return mask > 5; } /* 50 */
    }
}
int main(int argc, char **argv)
{
    for (int i = 0; i < 40; i++) {
        if (i < 30) {
            big *= 2;
            real *= 2;
        }
        word = word * 1664525u + 1013904223u;
        printf("%d %ld\n", i, kind(argc > 1 ? atoi(argv[1]) : 0, i));
        fflush(stdout);
    }
    return 0;
}
END
run preaches-cc --arch=x86_64,i686 -O2 -w -o narrow narrow.c
[ "$status" = 0 ] || note "$(cat err)"
lines=(23 24 25 26 6 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50)
plan ${#lines[@]}
for i in "${!lines[@]}"; do
    ./narrow "$i" >want
    run sh -c './narrow.preaches/i686 "$1"; exit $?' sh "$i"
    [ "$status" != 0 ] && grep -qE "narrow.c:${lines[i]}:[0-9]+: .* does not fit the '(unsigned )?long' of i686" err &&
        [ -s out ] && ! grep -vxFf want out
    ok $? "line ${lines[i]}: it ends where the value does not fit" || note "$status $(cat err)"
done
