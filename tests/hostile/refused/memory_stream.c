/* The stream writes to memory that the library moves. */
#include <stdio.h>
#include <stdlib.h>
int main(void)
{
    char *text = NULL;
    size_t n = 0;
    int i;
    FILE *f = open_memstream(&text, &n);  /* ! -Wpreaches-library: a stream over memory cannot be opened again */
    for (i = 0; i < 3; i++)
        fprintf(f, "%d\n", i);
    return 0;
}
