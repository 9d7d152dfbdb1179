/* tmpfile: a file without a name of the program's. */
#include <stdio.h>

int main(void)
{
    FILE *f = tmpfile();
    char line[32];
    int n = 0;

    if (!f)
        return 1;
    for (int i = 0; i < 8; i++)
        fprintf(f, "line %d\n", i * i);
    rewind(f);
    while (fgets(line, sizeof line, f)) {
        n++;
        printf("%d %s", n, line);
    }
    fclose(f);
    printf("%d lines\n", n);
    return 0;
}
