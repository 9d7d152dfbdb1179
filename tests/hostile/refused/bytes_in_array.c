/* Structures of two types in one array of characters: nobody can tell which stands there. */
#include <stdio.h>
struct any { int kind; char room[32]; };
struct whole { long n; short s; };
static struct any all[4];
static void set(struct any *a, long n)
{
    a->kind = 1;
    ((struct whole *)a->room)->n = n;  /* ! -Wpreaches-bytes: characters seen as a wider type */
}
int main(void)
{
    for (int i = 0; i < 9; i++) {
        set(&all[i % 4], i);
        printf("%d\n", all[i % 4].kind);
    }
    return 0;
}
