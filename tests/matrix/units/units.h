/* Shared by main.c and other.c. */
#ifndef UNITS_H
#define UNITS_H

struct item { int count; const char *name; };
extern struct item shared[3];
int this_side(int x, struct item *it);
int other_side(int x, struct item *it);
struct item make_item(int count, const char *name);

/* An inline definition, of each unit that has no more of it; other.c has the whole program's. */
inline int weighed(int x, int weight);
inline int weighed(int x, int weight)
{
    int sum = 0;
    for (int i = 0; i < weight; i++)
        sum += this_side(0, &shared[i % 3]) % 100 + x;
    return sum;
}

#endif
