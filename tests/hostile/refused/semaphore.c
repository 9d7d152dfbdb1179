/* For threads and processes. */
#include <semaphore.h>
int main(void)
{
    sem_t s;
    int i, n = 0;
    for (i = 0; i < 3; i++)
        n += sem_init(&s, 0, 1);  /* ! -Wpreaches-library: threads are not part of a checkpoint */
    return n;
}
