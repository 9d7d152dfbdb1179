/* A table of signals that is not const goes along with a checkpoint, with the numbers of the machine it comes from. */
/* with: --arch=x86_64,mips */
#include <signal.h>
#include <stdio.h>
#include <string.h>
static struct { const char *name; int number; } table[] = {
    {"INT", SIGINT},
    {"CHLD", SIGCHLD}, /* ! -Wpreaches-number: the number of an error or signal, or a mode to open files with, is kept in 'number' */
};
int main(void)
{
    int found = 0;
    for (int i = 0; i < 20; i++) {
        for (int k = 0; k < 2; k++)
            if (strlen(table[k].name) == 4 && table[k].number == SIGCHLD)
                found++;
        printf("%d\n", found);
    }
    return 0;
}
