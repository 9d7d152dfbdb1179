/* Registers of one machine. */
#include <ucontext.h>
int main(void)
{
    ucontext_t here;
    int i, s = 0;
    for (i = 0; i < 3; i++)
        s += getcontext(&here);  /* ! -Wpreaches-library: machine contexts are not carried over */
    return s;
}
