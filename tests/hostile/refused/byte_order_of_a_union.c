/* The same question, to a union. */
#include <stdio.h>
static const union { int number; char bytes[sizeof(int)]; } one = { 1 };
static int table[10];
int main(void)
{
    for (int i = 0; i < 20; i++) {
        printf("%d\n", table[i % 10]);
        table[i % 10] = one.bytes[0] ? i << 24 : i; /* ! -Wpreaches-bytes: the bytes of a union's wider member */
    }
    return 0;
}
