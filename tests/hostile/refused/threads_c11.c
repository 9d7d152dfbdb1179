/* C11's threads, like all others. */
#include <stdio.h>
#include <threads.h>
static int work(void *unused) { return unused != NULL; }
int main(void)
{
    thrd_t thread;
    int i;
    for (i = 0; i < 3; i++)
        printf("%d\n", thrd_create(&thread, work, NULL));  /* ! -Wpreaches-library: call of 'thrd_create' cannot be carried over: threads */
    return thrd_join(thread, NULL);  /* ! -Wpreaches-library: call of 'thrd_join' */
}
