/* errno and the texts that strerror hands out. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each machine has its own numbers in a table that is const. */
static const struct { const char *name; int number; } table[] = {{"too long", ENAMETOOLONG}, {"loop", ELOOP}};

static const char *name_of(int number)
{
    for (int i = 0; i < 2; i++)
        if (table[i].number == number)
            return table[i].name;
    return "another";
}

int main(void)
{
    const char *texts[4];
    const int codes[4] = {ENOENT, ERANGE, EINVAL, EDOM};

    for (int i = 0; i < 4; i++) {
        errno = codes[i];
        texts[i] = strerror(errno);
    }
    for (int i = 0; i < 4; i++)
        printf("%s%s\n", texts[i], errno == EDOM ? " (still EDOM)" : "");
    errno = 0;
    for (int i = 0; i < 3; i++) {
        if (i == 1)
            (void)strtol("99999999999999999999", NULL, 10);
        printf("%d\n", errno == ERANGE);
        if (!fopen("/no/such/file", "r"))
            printf("%d\n", errno == ENOENT);
        errno = i ? 0 : errno;
        printf("%s, %s\n", name_of(i ? ENAMETOOLONG : ELOOP), name_of(EDOM));
    }
    printf("%s\n", strerror(ENOENT) == texts[0] ? "same text" : "another text");
    return 0;
}
