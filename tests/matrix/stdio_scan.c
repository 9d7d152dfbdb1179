/* Formatted and character input in pieces, end of file and errors between polls. */
#include <stdio.h>

int main(void)
{
    FILE *f = fopen("scan.tmp", "w+");
    char word[16];
    int n, c, sum = 0;
    double x;

    if (!f)
        return 1;
    for (int i = 0; i < 6; i++)
        fprintf(f, "%d word%d %.2f;", i, i, i * 1.25);
    rewind(f);
    while (fscanf(f, "%d %15s %lf", &n, word, &x) == 3) {
        c = fgetc(f);
        sum += n;
        printf("%d %s %.3f %c %ld\n", sum, word, x, c, ftell(f));
    }
    for (int i = 0; i < 3; i++)
        printf("end %d error %d\n", feof(f), ferror(f));
    clearerr(f);
    fseek(f, 3, SEEK_SET);
    for (int i = 0; i < 4; i++)
        printf("%c", getc(f));
    printf(" %s\n", fgets(word, 8, f));
    fclose(f);
    f = fopen("scan.tmp", "r");
    if (!f)
        return 1;
    fputc('x', f);
    for (int i = 0; i < 2; i++)
        printf("error %d\n", ferror(f) != 0);
    fclose(f);
    remove("scan.tmp");
    return 0;
}
