/* Numbers in a file as this machine holds them: on another one they are other numbers. */
#include <stdio.h>
int main(void)
{
    FILE *f = fopen("numbers", "w+b");
    double x = 0, sum = 0;
    for (int i = 0; f && i < 9; i++) {
        x += 0.5;
        fwrite(&x, sizeof x, 1, f);  /* ! -Wpreaches-bytes: 'fwrite' of values wider than a character */
        sum += x;
        printf("%g\n", sum);
    }
    return 0;
}
