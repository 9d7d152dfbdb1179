/* errno and the texts that strerror hands out. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    }
    printf("%s\n", strerror(ENOENT) == texts[0] ? "same text" : "another text");
    return 0;
}
