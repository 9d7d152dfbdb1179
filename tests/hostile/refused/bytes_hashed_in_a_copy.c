/* The same of a number, copied into characters first. */
#include <stdio.h>
#include <string.h>
static int count[17];
static unsigned hash(double d)
{
    unsigned char bytes[sizeof d];
    unsigned h = 5;
    memcpy(bytes, &d, sizeof d);
    for (size_t i = 0; i < sizeof bytes; i++)
        h = h * 31 + bytes[i]; /* ! -Wpreaches-bytes: a byte of a wider value is looked at */
    return h;
}
int main(void)
{
    for (int i = 0; i < 40; i++) {
        count[hash(i / 3.0) % 17]++;
        printf("%d\n", count[hash(i / 5.0) % 17]);
    }
    return 0;
}
