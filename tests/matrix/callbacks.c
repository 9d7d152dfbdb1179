/* qsort and bsearch with comparison functions that reach polls, recurse and sort themselves. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <preaches.h>

struct entry { const char *name; int rank; double weight; };

static long compared;

static int digits(int x)
{
    preaches_poll_here();
    return x < 10 ? x : x % 10 + digits(x / 10);
}

static int by_digits(const void *a, const void *b)
{
    int x = digits(*(const int *)a), y = digits(*(const int *)b);
    compared++;
    return x < y ? -1 : x > y;
}

static int by_rank(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int pair[2] = { x->rank, y->rank };
    qsort(pair, 2, sizeof *pair, by_digits);
    preaches_poll_here();
    return pair[0] == pair[1] ? strcmp(x->name, y->name) : by_digits(&x->rank, &y->rank);
}

int main(void)
{
    static struct entry table[] = { { "pear", 72, 1 }, { "apple", 9, 2.5 }, { "fig", 18, 3 },
                                    { "plum", 40, 0.5 }, { "date", 5, 7 }, { "lime", 31, 1.25 } };
    int v[9], wanted = 230;
    for (int i = 0; i < 9; i++)
        v[i] = i * 115 % 97 + i * 10;
    qsort(v, 9, sizeof v[0], by_digits);
    for (int i = 0; i < 9; i++)
        printf("%d ", v[i]);
    printf("\n%ld\n", compared > 0);
    int *found = bsearch(&wanted, v, 9, sizeof *v, by_digits);
    printf("%s\n", found && digits(*found) == 5 ? "found" : "not found");
    qsort(table, sizeof table / sizeof *table, sizeof *table, by_rank);
    for (int i = 0; i < 6; i++)
        printf("%s %d %.2f\n", table[i].name, table[i].rank, table[i].weight);
    preaches_poll_here();
    printf("end\n");
    return 0;
}
