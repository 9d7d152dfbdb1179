/* A running command: known at the checkpoint only. */
#include <stdio.h>
int main(void)
{
    int i, n = 0;
    FILE *f = popen("true", "r"); /* ? a command that was started with popen */
    for (i = 0; i < 3; i++)
        n += f != NULL;
    return n != 3;
}
