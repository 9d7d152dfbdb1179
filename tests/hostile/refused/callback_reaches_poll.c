/* glibc's own frame lies between main and the callback that could be checkpointed. */
#include <search.h>
#include <stdio.h>
static void visit(const void *node, VISIT which, int depth)
{
    int i;
    for (i = 0; i < 3; i++)
        printf("%d %d %d\n", i, (int)which, depth + (node == NULL));
}
int main(void)
{
    int i;
    for (i = 0; i < 3; i++)
        twalk(NULL, visit);  /* ! -Wpreaches-library: the table is the library's own and is not carried over */
    return 0;
}
