/* A child process is not part of a checkpoint. */
#include <stdio.h>
#include <unistd.h>
int main(void)
{
    int i;
    for (i = 0; i < 3; i++)
        printf("%d\n", (int)fork());  /* ! -Wpreaches-library: child processes are not part of a checkpoint */
    return 0;
}
