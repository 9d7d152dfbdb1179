/* A structure whose size is known at run time only. */
#include <stdio.h>
static int use(int n)
{
    struct { int a[n]; int last; } s;  /* ! -Wpreaches-parse: a variable length array within a structure */
    int i;
    for (i = 0; i < n; i++)
        s.a[i] = printf("%d\n", i);
    s.last = s.a[0];
    return s.last;
}
int main(void) { return use(3) == 0; }
