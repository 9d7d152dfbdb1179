/* Members in an order of bytes that the source names. */
#include <stdio.h>
struct __attribute__((scalar_storage_order("big-endian"))) record { int length; };  /* ! -Wpreaches-type: 'scalar_storage_order' cannot be carried over */
static struct record records[2];
int main(void)
{
    int i;
    for (i = 0; i < 3; i++)
        printf("%d\n", records[i % 2].length += i);
    return 0;
}
