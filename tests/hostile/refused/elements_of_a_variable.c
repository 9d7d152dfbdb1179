/* A variable with elements behind its structure. */
#include <stdio.h>
static struct list { int n; int of[]; } list = { 3, { 1, 2, 3 } };  /* ! -Wpreaches-flexible: variable 'list' has elements behind its struct; only heap blocks can */
int main(void)
{
    int i;
    for (i = 0; i < list.n; i++)
        printf("%d\n", list.of[i]);
    return 0;
}
