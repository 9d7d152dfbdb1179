/* The function to call comes from a conditional, a comma, a cast, a statement expression or _Generic. */
#include <stdio.h>
#include <preaches.h>

static int slow(int x) { preaches_poll_here(); return x * 2; }
static int quick(int x) { return x + 1; }
static long wide(long x) { preaches_poll_here(); return x * 3; }
static double half(double x) { preaches_poll_here(); return x / 2; }

#define PICK(x) _Generic((x), int: slow, long: wide, double: half)

int main(int argc, char **argv)
{
    (void)argv;
    for (int i = 0; i < 3; i++) {
        int kept[2] = { i, argc };
        int a = (i & 1 ? slow : quick)(i + 5), b = (argc, slow)(kept[0]), c = (*(&slow))(1);
        long d = ((long (*)(long))wide)(4), e = ({ slow; })(3);
        printf("%d %d %d %ld %ld\n", a, b, c, d, e);
        printf("%d %ld %.2f %d\n", PICK(i)(i), PICK(5L)(i), PICK(0.5)(i), kept[0] + kept[1]);
    }
    return 0;
}
