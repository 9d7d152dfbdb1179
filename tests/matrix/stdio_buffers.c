/* Output that is still in a buffer when the checkpoint is taken; buffers of the program's own. */
#include <stdio.h>

static char buffer[4096];

static void count(FILE *f, int n)
{
    for (int i = 0; i < n; i++)
        fprintf(f, "%d;", i * i);
}

int main(void)
{
    FILE *full = fopen("full.tmp", "w"), *line = fopen("line.tmp", "w"), *none = fopen("none.tmp", "w");
    static const char *const names[] = {"full.tmp", "line.tmp", "none.tmp"};

    if (!full || !line || !none)
        return 1;
    setvbuf(full, buffer, _IOFBF, sizeof buffer);
    setvbuf(line, NULL, _IOLBF, 512);
    setbuf(none, NULL);
    for (int i = 0; i < 6; i++) {
        count(full, 300);
        count(line, i);
        putc('\n', line);
        count(none, i);
    }
    fclose(full);
    fclose(line);
    fclose(none);
    for (int i = 0; i < 3; i++) {
        FILE *f = fopen(names[i], "r");
        long sum = 0;
        int c;

        while (f && (c = getc(f)) != EOF)
            sum = (sum * 31 + c) % 1000003;
        if (f)
            fclose(f);
        printf("%s %ld\n", names[i], sum);
        remove(names[i]);
    }
    return 0;
}
