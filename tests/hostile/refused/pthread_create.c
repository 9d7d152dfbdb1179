/* Threads are not part of a checkpoint. */
#include <pthread.h>
#include <stdio.h>
static void *run(void *p) { return p; }
int main(void)
{
    pthread_t t;
    int i;
    for (i = 0; i < 3; i++)
        printf("%d\n", i);
    pthread_create(&t, NULL, run, NULL);  /* ! -Wpreaches-library: threads are not part of a checkpoint */
    return 0;
}
