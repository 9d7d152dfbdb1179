/* A double kept in halfwords, as interpreters do in their code: elsewhere these would be swapped one by one. */
#include <stdio.h>
#include <string.h>
static unsigned short code[64];
int main(void)
{
    double sum = 0, x;
    unsigned short part[sizeof(double) / sizeof(unsigned short)];
    for (int i = 0; i < 16; i++) {
        x = i / 8.0;
        memcpy(part, &x, sizeof x);
        for (int k = 0; k < 4; k++)
            code[4 * i + k] = part[k];
    }
    for (unsigned short *pc = code; pc < code + 64; pc += 4) {
        memcpy(&x, pc, sizeof x);  /* ! -Wpreaches-copy: values of type 'unsigned short' are copied as 'double' */
        printf("%g\n", sum += x);
    }
    return 0;
}
