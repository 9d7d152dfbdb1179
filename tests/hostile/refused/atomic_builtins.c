/* Operations for threads on plain variables, old and new; and C11's types. */
#include <stdatomic.h>
#include <stdio.h>
static int count;
static atomic_int counter;
int main(void)
{
    int i;
    for (i = 0; i < 3; i++) {
        __sync_fetch_and_add(&count, 2);  /* ! -Wpreaches-library: atomic operations are for threads */
        atomic_fetch_add(&counter, 2);  /* ! -Wpreaches-library: atomic operations are for threads */
        printf("%d\n", count);
    }
    return 0;
}
