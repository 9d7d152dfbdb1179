/* Names whose meaning an attribute says, or that may have none. */
#include <stdio.h>
static int plain(int i) { return i; }
static int (*choose(void))(int) { return plain; }
int chosen(int i) __attribute__((ifunc("choose")));
extern int perhaps(int i) __attribute__((weak));
extern int limit __attribute__((weak));
int main(void)
{
    int i;
    for (i = 0; i < 3; i++) {
        printf("%d\n", chosen(i));  /* ! -Wpreaches-unknown: function 'chosen' has the attribute 'ifunc' */
        printf("%d\n", perhaps ? i : 0);  /* ! -Wpreaches-unknown: function 'perhaps' has the attribute 'weak' */
        printf("%d\n", &limit ? limit : 0);  /* ! -Wpreaches-unknown: variable 'limit' has the attribute 'weak' */
    }
    return 0;
}
