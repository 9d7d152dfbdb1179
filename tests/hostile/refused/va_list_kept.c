/* A va_list that is kept in a variable of its own points into a frame that is gone after a restart. */
#include <stdarg.h>
#include <stdio.h>
static va_list kept;  /* ! -Wpreaches-varargs: va_list */
static int sum(int n, ...)
{
    int i, s = 0;
    va_start(kept, n);
    for (i = 0; i < n; i++)
        s += printf("%d\n", va_arg(kept, int));
    va_end(kept);
    return s;
}
int main(void)
{
    int i, s = 0;
    for (i = 0; i < 3; i++)
        s += sum(2, 3, i);
    return s == 0;
}
