/* A quarter of LONG_MAX is another number where a long has 32 bits. */
/* with: --arch=x86_64,i686 */
#include <limits.h>
#include <stdio.h>
static long most = LONG_MAX, quarter[2] = {
    1,
    LONG_MAX / 4, /* ! -Wpreaches-differs: the constant is another one where a 'long' has 64 bits than on i686 */
};
int main(void)
{
    for (long i = 0; i < 20; i++)
        printf("%d\n", i * 1000 < quarter[1] && quarter[0] < most);
    return 0;
}
