/* Addresses as numbers, where they are the same on all machines or do not matter: blocks found and sorted by theirs,
 * alignment, distances, pointers that pass through integers, a tree of blocks with a colour in the parent's address. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct object { int value; struct object *next; };
struct node { uintptr_t up; struct node *kid[2]; int value; };
static struct node *root;
static struct object *table[7], *sorted[32];
static char pool[256];
static const char *const words[] = { "first", "second" };

static unsigned bucket(const struct object *o) { return (unsigned)((uintptr_t)o >> 4) % 7; }

static int by_address(const void *a, const void *b)
{
    uintptr_t x = (uintptr_t) * (struct object *const *)a, y = (uintptr_t) * (struct object *const *)b;
    return x < y ? -1 : x > y;
}

static int is_sorted(int n)
{
    for (int i = 1; i < n; i++)
        if (sorted[i] < sorted[i - 1])
            return 0;
    return 1;
}

static int insert(int value)
{
    struct node *up = NULL, **link = &root, *n = calloc(1, sizeof *n);
    while (*link) {
        up = *link;
        link = &up->kid[value > up->value];
    }
    *n = (struct node){ .up = (uintptr_t)up | (uintptr_t)(value & 1), .value = value };
    *link = n;
    int path = 0;
    for (; n; n = (struct node *)(n->up & ~(uintptr_t)1))
        path = path * 3 + n->value * 2 + (int)(n->up & 1);
    return path;
}

int main(void)
{
    char *aligned = (char *)(((uintptr_t)pool + 15) & ~(uintptr_t)15), *at = aligned;
    int n = 0;
    for (int i = 0; i < 24; i++) {
        struct object *o = malloc(sizeof *o);
        *o = (struct object){ i, table[bucket(o)] };
        table[bucket(o)] = o;
        if (i % 3 == 0) {
            sorted[n++] = o;
            qsort(sorted, (size_t)n, sizeof *sorted, by_address);
        }
        int sum = 0;
        for (int k = 0; k < 7; k++)
            for (struct object *q = table[k]; q; q = q->next)
                sum += q->value;
        *at++ = (char)i;
        char *word = (char *)(uintptr_t)words[i % 2];
        printf("%d %d %d %d %d %s\n", insert(i * 7 % 24), sum, is_sorted(n), (int)((uintptr_t)at - (uintptr_t)aligned),
               table[bucket(o)]->value, word);
    }
    return 0;
}
