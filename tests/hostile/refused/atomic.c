/* Atomic variables are for threads. */
#include <stdatomic.h>
static _Atomic int counter;  /* ! -Wpreaches-threads: _Atomic */
int main(void)
{
    int i;
    for (i = 0; i < 3; i++)
        counter += i;
    return counter != 3;
}
