/* Arguments that are to be read later. */
#include <stdarg.h>
#include <stdio.h>
static struct { int n; va_list rest; } kept;  /* ! -Wpreaches-varargs: variable 'kept': va_list */
static int first(int n, ...)
{
    va_start(kept.rest, n);
    kept.n = va_arg(kept.rest, int);
    va_end(kept.rest);
    return kept.n;
}
int main(void)
{
    int i;
    for (i = 0; i < 3; i++)
        printf("%d\n", first(1, i));
    return 0;
}
