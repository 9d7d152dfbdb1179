/* A word that is a number or, by its bits, the address of a variable. */
/* with: --arch=x86_64,s390x */
#include <stdint.h>
#include <stdio.h>
static uint64_t boxes[2];
static int numbers[2];
int main(void)
{
    int i;
    for (i = 0; i < 3; i++) {
        boxes[i % 2] = 0xfff8000000000000u | (uint64_t)(uintptr_t)&numbers[i % 2];  /* ! -Wpreaches-address: the address of a variable */
        printf("%d\n", *(int *)(uintptr_t)(boxes[i % 2] & 0xffffffffffff));
    }
    return 0;
}
