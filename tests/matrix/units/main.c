/* Several units (with other.c): statics of the same name, a shared struct, calls both ways, a function
 * that is inline in both. The first unit of a program of two. */
#include "units.h"
#include <stdio.h>

static int counter = 1;
struct item shared[3];

static int helper(int x)
{
    for (int i = 0; i < 2; i++)
        counter += other_side(x, NULL);
    return counter;
}

int this_side(int x, struct item *it)
{
    return x > 0 ? helper(x - 1) + it->count : counter;
}

int main(void)
{
    int only_here(int); /* declared nowhere else in this unit */

    for (int i = 0; i < 3; i++) {
        shared[i] = make_item(i, "item");
        printf("%d %s\n", other_side(i, &shared[i]), shared[i].name);
        printf("%d %d %d\n", counter, only_here(i), weighed(i, 3));
    }
    return 0;
}
