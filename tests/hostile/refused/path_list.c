/* The list that glob makes is allocated by the library. */
#include <glob.h>
#include <stdio.h>
int main(void)
{
    glob_t found;
    size_t i;
    if (glob("/etc/*", 0, NULL, &found))  /* ! -Wpreaches-library: call of 'glob' cannot be carried over: the list is allocated by the library */
        return 1;
    for (i = 0; i < found.gl_pathc; i++)
        printf("%s\n", found.gl_pathv[i]);
    return 0;
}
