/* with: --arch=x86_64,s390x */
/* The numbers have one size on both, and what has been cleared of them so far is another part of each. */
#include <preaches.h>
#include <stdio.h>
static void clear(long *list, int n)
{
    size_t i;
    char *bytes = (char *)list;
    for (i = 0; i < (size_t)n * sizeof *list; i++) {  /* ! -Wpreaches-sizeof: as many as 'clear.i' says */
        bytes[i] = 0;
        preaches_poll_here();
    }
}
int main(void)
{
    long list[40];
    clear(list, 40);
    printf("%ld\n", list[7]);
    return 0;
}
