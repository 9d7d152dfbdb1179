/* Pointers to objects that are gone: carried over as such, never followed. */
#include <stdio.h>
#include <stdlib.h>

struct holder { int *to_local, *to_block; int value; };
static int *last;
static struct holder all[3];

static int leaf(int x) /* reaches no poll: its locals stand on the machine's stack */
{
    int local[4] = { x, x + 1 };
    last = local;
    return local[1] * 2;
}

static int walk(struct holder *h, int n)
{
    int mine = n; /* on the data stack */
    h->to_local = &mine;
    h->to_block = malloc(sizeof *h->to_block);
    *h->to_block = n;
    for (int i = 0; i < n; i++)
        mine += leaf(i);
    h->value = mine + *h->to_block;
    free(h->to_block);
    return mine;
}

int main(void)
{
    for (int i = 0; i < 12; i++) {
        int got = walk(&all[i % 3], i);
        printf("%d %d %d\n", i, got, all[i % 3].value);
    }
    last = NULL;
    return 0;
}
