/* memcpy between numbers of different sizes is a look at the bits at hand, where both sides are variables of
 * the function's own; copies of one type may go anywhere. */
#include <stdio.h>
#include <string.h>

static double kept[8];
static unsigned words_of_all;

static unsigned fold(double d)
{
    unsigned half[3] = { 0 };
    struct { unsigned short part[4]; } quarters;
    memcpy(half + 1, &d, sizeof d);
    memcpy(&quarters.part[0], &d, sizeof d);
    return half[1] ^ half[2] ^ (unsigned)(quarters.part[0] ^ quarters.part[1] ^ quarters.part[2] ^ quarters.part[3]);
}

int main(void)
{
    double pair[2];
    for (int i = 0; i < 8; i++) {
        double x = i * 0.37 - 1;
        memcpy(&kept[i], &x, sizeof x);
        memmove(pair, kept + i / 2, sizeof(double));
        words_of_all = words_of_all * 31 + fold(pair[0]);
        printf("%g %u\n", kept[i], words_of_all);
    }
    return 0;
}
