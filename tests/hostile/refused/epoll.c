/* A kernel object without a name. */
#include <sys/epoll.h>
int main(void)
{
    int i, s = 0;
    for (i = 0; i < 3; i++)
        s += epoll_create1(0);  /* ! -Wpreaches-library: this kind of descriptor is not part of a checkpoint */
    return s == 0;
}
