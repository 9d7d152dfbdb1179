/* A program that differs by the byte order in another way: a warning, as an error here. */
/* with: --arch=x86_64,s390x -Wpreaches-byte-order -Werror=preaches-byte-order */
#include <stdio.h>
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define FIRST 1
#else
#define FIRST 2
#endif
int main(void) /* ! -Wpreaches-byte-order: 'main' is another text on s390x, where bytes have another order */
{
    int sum = 0;
    for (int i = 0; i < 20; i++) {
        sum += i * FIRST;
        printf("%d\n", sum);
    }
    return 0;
}
