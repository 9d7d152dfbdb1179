/* Second unit of main.c: not a program of its own. */
#include "units.h"

extern inline int weighed(int x, int weight);
static long counter = 1000;

static int helper(int x)
{
    while (x-- > 0)
        counter += this_side(0, &shared[0]);
    return (int)(counter % 1000);
}

int other_side(int x, struct item *it)
{
    if (!it)
        return helper(1);
    it->count += this_side(x, it);
    return it->count + helper(x);
}

struct item make_item(int count, const char *name)
{
    struct item it = { .count = count, .name = name };
    for (int i = 0; i < 2; i++)
        it.count += helper(i);
    return it;
}

int only_here(int x)
{
    int sum = 0;
    for (int i = 0; i < x; i++)
        sum += other_side(i, 0);
    return sum + weighed(x, 2);
}
