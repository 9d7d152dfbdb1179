/* A second name for a function, given by an attribute: not seen as its definition. */
#include <stdio.h>
int pick(void) __attribute__((weak));
int pick(void) { return 1; }
static int other(void) __attribute__((alias("pick")));
int main(void)
{
    int i, s = 0;
    for (i = 0; i < 3; i++)
        s += pick() + printf("%d\n", other());  /* ! -Wpreaches-unknown: function 'other' has the attribute 'alias' */
    return s == 0;
}
