/* A number composed in place, least significant byte first, as this machine has it. */
#include <stdio.h>
int main(void)
{
    for (unsigned i = 0; i < 20; i++) {
        unsigned value = 0;
        for (unsigned k = 0; k < sizeof value; k++)
            ((unsigned char *)&value)[k] = (unsigned char)(i * 77777 >> 8 * k); /* ! -Wpreaches-bytes: a byte of a wider value is written */
        printf("%u\n", value);
    }
    return 0;
}
