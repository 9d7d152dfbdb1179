/* environ: walked along by a program that looks for its own variables, and changes some on the way. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
extern char **environ;

static int count(const char *prefix)
{
    int n = 0;
    for (char **e = environ; *e; e++)
        if (strncmp(*e, prefix, strlen(prefix)) == 0)
            n++;
    return n;
}

int main(void)
{
    char name[32];
    for (int i = 0; i < 6; i++) {
        snprintf(name, sizeof name, "WALKED_%d", i * 7 % 6);
        setenv(name, i % 2 ? "odd" : "even", 1);
        printf("%d of them\n", count("WALKED_"));
    }
    unsetenv("WALKED_3");
    int sum = 0;
    for (char **e = environ; *e; e++) {
        if (strncmp(*e, "WALKED_", 7) != 0)
            continue;
        printf("%s\n", *e);
        sum += (*e)[7] - '0';
        if (sum == 4)
            setenv("WALKED_4", "changed while the old list is walked along", 1);
    }
    printf("%d %d %s\n", sum, count("WALKED_4=changed"), getenv("WALKED_4"));
    return 0;
}
