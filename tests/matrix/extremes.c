/* Values at the ends of their ranges, in static memory, on the stack and in the heap: NaNs with payloads,
 * infinities, subnormals, negative zero, the least and greatest integers, bit-fields, complex numbers, long
 * double, a union of one kind. What is printed are bits, so nothing is rounded on the way. */
#include <complex.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 8 };
enum side { LEFT = -2147483647 - 1, MIDDLE, RIGHT = 2147483647 };

struct narrow {
    unsigned one : 1;
    int two : 2;
    unsigned most : 31;
    signed char three : 3;
    unsigned short thirteen : 13;
    long long forty : 40;
    _Bool flag : 1;
};

struct extremes {
    char c;
    signed char sc;
    unsigned char uc;
    short s;
    unsigned short us;
    int i;
    unsigned u;
    long l;
    unsigned long ul;
    long long ll;
    unsigned long long ull;
    _Bool yes;
    enum side side;
    float f[N];
    double d[N];
    long double x[N];
    float complex fc;
    double complex dc;
    struct narrow bits;
    union { unsigned now, later; } either;
};

static const uint32_t float_bits[N] = {0x7fc12345, 0xffc00001, 0x7f800000, 0xff800000,
                                       0x00000001, 0x807fffff, 0x80000000, 0x7f7fffff};
static const uint64_t double_bits[N] = {0x7ff8deadbeefcafe, 0xfff8000000000001, 0x7ff0000000000000,
                                        0xfff0000000000000, 0x0000000000000001, 0x800fffffffffffff,
                                        0x8000000000000000, 0x7fefffffffffffff};
static struct extremes still;

static void fill(struct extremes *e, int turn)
{
    memset(e, 0, sizeof *e);
    e->c = (char)(turn % 2 ? SCHAR_MAX : SCHAR_MIN);
    e->sc = turn % 2 ? SCHAR_MIN : SCHAR_MAX;
    e->uc = UCHAR_MAX;
    e->s = turn % 2 ? SHRT_MIN : SHRT_MAX;
    e->us = USHRT_MAX;
    e->i = turn % 2 ? INT_MIN : INT_MAX;
    e->u = UINT_MAX;
    e->l = turn % 2 ? -2147483647L - 1 : 2147483647L; /* as long as the shortest */
    e->ul = 4294967295UL;
    e->ll = turn % 2 ? LLONG_MIN : LLONG_MAX;
    e->ull = ULLONG_MAX;
    e->yes = turn % 2;
    e->side = turn % 3 == 0 ? LEFT : turn % 3 == 1 ? MIDDLE : RIGHT;
    for (int k = 0; k < N; k++) {
        memcpy(&e->f[k], &float_bits[(k + turn) % N], sizeof e->f[k]);
        memcpy(&e->d[k], &double_bits[(k + turn) % N], sizeof e->d[k]);
    }
    e->x[0] = -0.0L;
    e->x[1] = (long double)DBL_MAX;
    e->x[2] = -(long double)DBL_MIN;
    e->x[3] = (long double)0x1p-1074; /* a subnormal, where long double is double */
    e->x[4] = -(long double)HUGE_VAL;
    e->x[5] = (long double)0.1 * (turn % 2 ? 1 : -1);
    e->x[6] = (long double)NAN;
    e->fc = 1.5f - 2.25f * I;
    e->dc = -0.1 + 1e300 * I;
    e->bits = (struct narrow){1, turn % 2 ? -2 : 1, 0x7fffffff, turn % 2 ? -4 : 3, 8191,
                              turn % 2 ? -549755813888LL : 549755813887LL, turn % 2};
    e->either.now = 0x80000001;
}

static void show(const char *where, const struct extremes *e)
{
    uint32_t f;
    uint64_t d;
    double x;
    printf("%s %d %d %d %d %d %d %u %ld %lu %lld %llu %d %d\n", where, e->c, e->sc, e->uc, e->s, e->us, e->i,
           e->u, e->l, e->ul, e->ll, e->ull, e->yes, (int)e->side);
    for (int k = 0; k < N; k++) {
        memcpy(&f, &e->f[k], sizeof f);
        memcpy(&d, &e->d[k], sizeof d);
        printf(" %08lx %016llx", (unsigned long)f, (unsigned long long)d);
    }
    for (int k = 0; k < 6; k++) {
        x = (double)e->x[k];
        memcpy(&d, &x, sizeof d);
        printf(" %016llx", (unsigned long long)d);
    }
    printf(" %d\n %g %g %g %g", e->x[6] != e->x[6], (double)crealf(e->fc), (double)cimagf(e->fc), creal(e->dc),
           cimag(e->dc));
    printf(" %u %d %u %d %u %lld %d %x\n", e->bits.one, e->bits.two, e->bits.most, e->bits.three,
           e->bits.thirteen, (long long)e->bits.forty, e->bits.flag, e->either.later);
}

int main(void)
{
    struct extremes local, *block = malloc(2 * sizeof *block);
    if (!block)
        return 1;
    for (int turn = 0; turn < 6; turn++) {
        fill(&local, turn);
        fill(&block[turn % 2], turn + 1);
        if (turn == 0)
            memcpy(&block[1], &local, sizeof local);
        memcpy(&still, &block[(turn + 1) % 2], sizeof still);
        show("stack", &local);
        show("heap", &block[turn % 2]);
        show("static", &still);
    }
    free(block);
    return 0;
}
