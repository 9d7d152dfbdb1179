/* Numbers of errors from <errno.h> that are kept, and then compared with such: mips has others. */
/* with: --arch=x86_64,mips */
#include <errno.h>
#include <preaches.h>
#include <stdio.h>
static int work(int n) { return n % 7 == 3 ? -ETIMEDOUT : n % 5; } /* ! -Wpreaches-number: the number of an error or signal, or a mode to open files with, is kept in 'main.result' */
int main(void)
{
    int late = 0;
    for (int i = 0; i < 20; i++) {
        int result = work(i);
        preaches_poll_here();
        if (result == -ETIMEDOUT)
            late++;
    }
    printf("%d\n", late);
    return 0;
}
