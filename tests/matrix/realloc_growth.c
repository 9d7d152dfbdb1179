/* Growing blocks whose new elements nobody has written yet, in memory that was used before. */
#include <stdio.h>
#include <stdlib.h>

struct item { char letter; struct item *to; short n; struct item *back; };
static struct item home[3];

/* Leaves memory behind that is full of pointers. */
static void use(int n)
{
    struct item *used = malloc((size_t)n * sizeof *used);

    for (int i = 0; used && i < n; i++)
        used[i] = (struct item){'u', &home[i % 3], (short)i, &home[(i + 1) % 3]};
    free(used);
}

static int sum(const struct item *items, int n)
{
    int all = 0;

    for (int i = 0; i < n; i++)
        all += items[i].n + (int)(items[i].to - home);
    return all;
}

enum { FROM = 11, TO = 40 };
static struct item *blocks[TO + 1];

int main(void)
{
    for (int n = TO; n >= FROM; n--) { /* smaller and smaller: each in memory that nobody used */
        struct item *items = malloc((size_t)n * sizeof *items);

        use(4 * n);
        for (int i = 0; items && i < n; i++)
            items[i] = (struct item){'i', &home[i % 3], (short)(i * n), NULL};
        items = realloc(items, (size_t)n * 4 * sizeof *items); /* what follows was used */
        if (!items)
            return 1;
        blocks[n] = items;
        printf("%d: %d\n", n, sum(items, n));
    }
    for (int n = FROM; n <= TO; n++)
        free(blocks[n]);
    return 0;
}
