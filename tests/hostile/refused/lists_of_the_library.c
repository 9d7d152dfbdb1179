/* Lists that the library makes in memory of its own, and memory that it chooses the place of. */
#define _GNU_SOURCE
#include <dirent.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
int main(void)
{
    struct dirent **names;
    glob_t found;
    void *block;
    int i;
    for (i = 0; i < 3; i++) {
        printf("%d\n", glob("*.c", 0, NULL, &found));  /* ! -Wpreaches-library: call of 'glob' cannot be carried over: the list */
        printf("%d\n", scandir(".", &names, NULL, alphasort));  /* ! -Wpreaches-library: call of 'scandir' cannot be carried over: the list */
        printf("%d\n", posix_memalign(&block, 64, 64));  /* ! -Wpreaches-library: call of 'posix_memalign' cannot be carried over: it allocates untyped memory */
    }
    return 0;
}
