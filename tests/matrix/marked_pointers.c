/* Marks in the low bits of pointers to structures: in pointers themselves and in numbers that hold them. The
 * structures are aligned to four bytes or more, or only the lowest bit is used (m68k aligns to two). */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct node { struct node *left, *right; long key; };
struct cell { uintptr_t link; int value; };

static struct node leaf = {NULL, NULL, -1};

#define MARKED(p) ((uintptr_t)(p) & 1)
#define PLAIN(p) ((struct node *)((uintptr_t)(p) & ~(uintptr_t)1))
#define MARK(p) ((struct node *)((uintptr_t)(p) | 1))

static struct node *insert(struct node *tree, long key)
{
    if (PLAIN(tree) == &leaf) {
        struct node *n = malloc(sizeof *n);
        if (!n)
            exit(1);
        *n = (struct node){&leaf, MARK(&leaf), key};
        return key % 3 ? n : MARK(n);
    }
    struct node *n = PLAIN(tree);
    if (key < n->key)
        n->left = insert(n->left, key);
    else
        n->right = insert(n->right, key);
    return tree;
}

static long sum(const struct node *tree)
{
    const struct node *n = PLAIN(tree);
    return n == &leaf ? (long)MARKED(tree) : n->key * (MARKED(tree) ? 2 : 3) + sum(n->left) + sum(n->right);
}

int main(void)
{
    struct node *tree = &leaf;
    uintptr_t cells = 0;
    for (int i = 0; i < 15; i++) {
        struct cell *c = malloc(sizeof *c);
        if (!c)
            return 1;
        *c = (struct cell){cells, i};
        cells = (uintptr_t)c | (i % 2u);
        tree = insert(tree, i * 7 % 15);
        long odd = 0;
        for (uintptr_t at = cells; at; at = ((struct cell *)(at & ~(uintptr_t)1))->link)
            odd += at & 1 ? ((struct cell *)(at & ~(uintptr_t)1))->value : 0;
        printf("%d %ld %ld\n", i, sum(tree), odd);
    }
    return 0;
}
