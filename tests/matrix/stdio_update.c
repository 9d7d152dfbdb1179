/* Streams for reading and writing: r+, w+, a+, with seeks between. */
#include <stdio.h>
#include <string.h>

int main(void)
{
    FILE *w = fopen("update.tmp", "w+"), *r, *a;
    char line[40];

    if (!w)
        return 1;
    for (int i = 0; i < 5; i++)
        fprintf(w, "row %d....\n", i);
    fflush(w);
    r = fopen("update.tmp", "r+");
    a = fopen("update.tmp", "a+");
    if (!r || !a)
        return 1;
    for (int i = 0; i < 5; i++) {
        fseek(r, 10L * i + 4, SEEK_SET);
        fprintf(r, "%c", 'A' + i);
        fflush(r);
        fprintf(a, "added %d\n", i);
        fflush(a);
        fseek(w, -8L, SEEK_END);
        if (fgets(line, sizeof line, w))
            printf("%d %ld %ld %s", i, ftell(r), ftell(w), line);
    }
    rewind(r);
    while (fgets(line, sizeof line, r))
        printf("%ld %s", ftell(r), line);
    clearerr(r);
    fseek(r, 2, SEEK_SET);
    printf("%d\n", getc(r));
    fclose(r);
    fclose(a);
    fclose(w);
    remove("update.tmp");
    return 0;
}
