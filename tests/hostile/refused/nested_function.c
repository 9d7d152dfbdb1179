/* A function within a function has a frame of its own that nobody could restore. */
#include <stdio.h>
int main(void)
{
    int s = 0, i;
    void add(int x) { s += x; }  /* ! -Wpreaches-parse: nested functions cannot be carried over */
    for (i = 0; i < 3; i++)
        add(i);
    printf("%d\n", s);
    return 0;
}
