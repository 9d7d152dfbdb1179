/* ungetc, with the character that was read and with others, between polls. */
#include <stdio.h>

int main(void)
{
    FILE *f = fopen("pushback.tmp", "w+");
    int c;

    if (!f)
        return 1;
    fputs("abcdefghijklmnopqrstuvwxyz", f);
    rewind(f);
    for (int i = 0; i < 6; i++) {
        c = getc(f);
        printf("%c", c);
        ungetc(i % 2 ? '0' + i : c, f);
        printf(" at %ld", ftell(f));
        if (i == 4) {
            ungetc('X', f);
            ungetc('Y', f);
        }
        c = getc(f);
        printf(" again %c\n", c);
    }
    while ((c = getc(f)) != EOF)
        putchar(c);
    ungetc('!', f);
    for (int i = 0; i < 2; i++)
        printf(" %d", feof(f));
    printf(" %c", getc(f));
    printf(" %d\n", getc(f));
    fclose(f);
    remove("pushback.tmp");
    return 0;
}
