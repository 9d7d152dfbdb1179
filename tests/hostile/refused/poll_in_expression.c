/* A poll is a statement. */
#include <preaches.h>
int main(void)
{
    int i, s = 0;
    for (i = 0; i < 3; i++)
        s += (preaches_poll_here(), i);  /* ! -Wpreaches-poll: preaches_poll_here() must be a statement */
    return s != 3;
}
