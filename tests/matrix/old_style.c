/* Functions defined in the old style: with a prototype before them, and without. Narrow and floating
 * parameters travel promoted; arrays are pointers. */
#include <stdio.h>

struct account { double sum; int entries; };

static int enter(struct account *to, const char *what, unsigned char count);

/* No prototype anywhere. */
static double interest(rate, digits, years, log)
    float rate;
    short digits;
    char years;
    int log[4];
{
    double grown = 1;
    int year, step;
    for (year = 0; year < years; year++)
        for (step = 0; step < digits; step++) {
            grown *= 1 + rate / 16;
            log[step & 3] += year;
        }
    return grown;
}

static int enter(to, what, count)
    struct account *to;
    const char *what;
    unsigned char count;
{
    int log[4] = { 0, 0, 0, 0 };
    int i;
    for (i = 0; i < count; i++) {
        to->sum = (to->sum + 1) * interest(0.125f, (short)(2 + i % 3), 3, log);
        to->entries += log[i & 3];
        printf("%s %d %.6f\n", what, i, to->sum);
    }
    return to->entries;
}

static int (*through)(struct account *to, const char *what, unsigned char count) = enter;

int main(void)
{
    struct account a = { 100, 0 };
    int total = enter(&a, "straight", 3);
    total += through(&a, "through a pointer", 2);
    printf("%d %.6f\n", total, a.sum);
    return 0;
}
