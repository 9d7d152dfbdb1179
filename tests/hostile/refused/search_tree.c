/* The tree's nodes are the C library's own. */
#include <search.h>
#include <stdio.h>
#include <string.h>
static int by_name(const void *a, const void *b) { return strcmp(a, b); }
int main(void)
{
    static const char *const names[] = {"ash", "birch", "cedar"};
    void *root = NULL;
    int i;
    for (i = 0; i < 3; i++)
        if (tsearch(names[i], &root, by_name))  /* ! -Wpreaches-library: call of 'tsearch' cannot be carried over: the table is the library's own */
            printf("%s\n", names[i]);
    return root == NULL;
}
