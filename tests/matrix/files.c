/* Streams: the standard ones, one that is written and one that is read while polls pass. */
#include <stdio.h>
#include <stdlib.h>

static void put_lines(FILE *to, int n)
{
    for (int i = 0; i < n; i++)
        fprintf(to, "line %d of %d\n", i, n);
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "files.tmp";
    char line[64];
    int c, sum = 0, n = 0;
    FILE *f = fopen(path, "w");
    if (!f) {
        fprintf(stderr, "cannot write %s\n", path);
        return 1;
    }
    for (int i = 0; i < 4; i++)
        put_lines(f, i);
    fclose(f);
    f = fopen(path, "r");
    if (f == NULL)
        return 1;
    while (n < 3 && fgets(line, sizeof line, f))
        n++;
    fputs(line, stdout);
    while ((c = getc(f)) != EOF)
        sum = (sum * 31 + c) % 65521;
    fclose(f);
    remove(path);
    fprintf(stdout, "%d %d\n", n, sum);
    return 0;
}
