/* with: --arch=x86_64,i686 */
/* A sort of any elements that reaches polls itself: the parameter is saved as the number it is here. */
#include <stdio.h>
#include <string.h>
enum { STEP = sizeof(struct { double key; int value; }) };
struct record { double key; int value; };
static void swap(char *a, char *b, size_t n)
{
    char kept[64];
    memcpy(kept, a, n);
    memcpy(a, b, n);
    memcpy(b, kept, n);
}
static void sort(void *base, size_t n, size_t width)
{
    char *at = base;
    size_t i, j;
    for (i = 1; i < n; i++)
        for (j = i; j > 0 && ((struct record *)(at + j * width))->key < ((struct record *)(at + (j - 1) * width))->key; j--)
            swap(at + j * width, at + (j - 1) * width, width);
}
int main(void)
{
    struct record list[40];
    int i;
    for (i = 0; i < 40; i++)
        list[i].key = i * 37 % 41, list[i].value = i;
    sort(list, 40, STEP);  /* ! -Wpreaches-sizeof: a size that is kept in 'sort.width' */
    printf("%g %d\n", list[0].key, list[39].value);
    return 0;
}
