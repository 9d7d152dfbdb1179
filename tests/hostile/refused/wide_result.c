/* A number without a portable form in no variable, but waited with while the next call runs. */
#include <preaches.h>
#include <stdio.h>
static __int128 part(int i)
{
    preaches_poll_here();
    return (__int128)i << 70;
}
int main(void)
{
    int i;
    for (i = 0; i < 3; i++)
        printf("%d\n", (int)((part(i) + part(2)) >> 70));  /* ! -Wpreaches-type: result of the call: type without a portable form (type '__int128') */
    return 0;
}
