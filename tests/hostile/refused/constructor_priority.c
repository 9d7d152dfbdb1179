/* When it runs is computed; the order of constructors is told by numbers that stand there. */
#include <stdio.h>
enum { EARLY = 150 };
static int ready;
__attribute__((constructor(EARLY + 1)))
static void begin(void)  /* ! -Wpreaches-constructor: the priority of constructor 'begin' is not a plain number */
{
    ready = 1;
}
int main(void)
{
    int i;
    for (i = 0; i < 4; i++)
        printf("%d %d\n", i, ready);
    return 0;
}
