/* Structures without members, as GNU C has them, and arrays without elements. */
#include <stdio.h>
struct nothing { };
static struct { int n; struct nothing gap; } pair;  /* ! -Wpreaches-type: struct without members */
static struct { int n; } none[0];  /* ! -Wpreaches-flexible: an array of no elements */
int main(void)
{
    int i;
    for (i = 0; i < 3; i++)
        printf("%d %d\n", pair.n += i, (int)sizeof none);
    return 0;
}
