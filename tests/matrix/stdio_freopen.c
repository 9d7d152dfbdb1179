/* freopen: another file under the same stream, and a standard stream sent to a file. */
#include <stdio.h>

int main(void)
{
    FILE *f = fopen("first.tmp", "w"), *same;
    char line[32];
    int n = 0;

    if (!f)
        return 1;
    for (int i = 0; i < 3; i++)
        fprintf(f, "first %d\n", i);
    same = freopen("second.tmp", "w", f);
    if (!same)
        return 1;
    for (int i = 0; i < 3; i++)
        fprintf(f, "second %d\n", i);
    same = freopen("first.tmp", "r", f);
    while (same && fgets(line, sizeof line, same))
        printf("%d %s", n++, line);
    if (same)
        fclose(same);
    if (!freopen("out.tmp", "w", stdout))
        return 1;
    for (int i = 0; i < 3; i++)
        printf("to the file %d\n", i);
    fflush(stdout);
    f = fopen("out.tmp", "r");
    n = 0;
    while (f && fgets(line, sizeof line, f))
        n++;
    if (f)
        fclose(f);
    remove("first.tmp");
    remove("second.tmp");
    remove("out.tmp");
    return n;
}
