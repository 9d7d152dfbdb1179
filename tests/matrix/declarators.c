/* Declarations: several declarators, const locals, names that shadow, the same name in sibling
 * scopes, variables whose address is taken, enums and typedefs inside functions. */
#include <stdio.h>

typedef struct list { int value; struct list *next; } List;

static int twice(int x)
{
    for (int i = 0; i < 1; i++)
        while (i < 0)
            i++;
    return 2 * x;
}

static void increment(int *p) { *p += twice(1); }

static int shadows(int x)
{
    int y = twice(x), z, *p = &y;
    const int k = twice(3), m = 4;
    {
        int x = twice(y);
        int y = x + 1;
        increment(&y);
        *p += y + x;
    }
    {
        int x = twice(1);
        long w = twice(x) + k;
        *p += (int)w + x;
    }
    for (int x = 0; x < 2; x++)
        increment(p);
    z = twice(m);
    return x + y + z + k;
}

static int lists(const int n)
{
    List cells[4], *head = NULL, one = { 7, NULL };
    enum { FIRST, SECOND } which = FIRST;
    typedef int number;
    number sum = 0;
    for (int i = 0; i < 4; i++) {
        cells[i].value = twice(i) + n;
        cells[i].next = head;
        head = &cells[i];
    }
    one.next = head;
    for (List *l = &one; l; l = l->next) {
        sum += twice(l->value) + (which == FIRST ? 100 : 0);
        which = SECOND;
    }
    return sum;
}

int main(void)
{
    for (int i = 0; i < 3; i++)
        printf("%d %d\n", shadows(i), lists(i));
    return 0;
}
