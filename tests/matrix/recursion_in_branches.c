/* Recursions in branches, without braces, below conditions and behind others: a poll stands in front of each
 * way round, and none where a call returns at once. */
#include <stdio.h>
#include <stdlib.h>

typedef struct Tree {
    struct Tree *left, *right;
    long key;
} Tree;

static Tree *insert(Tree *t, long key)
{
    if (!t) {
        t = calloc(1, sizeof *t);
        if (t)
            t->key = key;
    } else if (key < t->key)
        t->left = insert(t->left, key);
    else if (key > t->key)
        t->right = insert(t->right, key);
    return t;
}

/* The second branch is met whether the first was or not. */
static long sum(const Tree *t, int depth)
{
    long s = t->key * depth;
    if (t->left)
        s += sum(t->left, depth + 1);
    if (t->right) {
        int below = depth * 2;
        s ^= sum(t->right, below - depth + 1);
    }
    return s;
}

static int odd(unsigned n);
static int even(unsigned n)
{
    if (n)
        return odd(n - 1);
    return 1;
}
static int odd(unsigned n)
{
    return n ? even(n - 1) : 0;
}

/* More ways than polls are worth: one stands in front of all of them. */
static int many(int n)
{
    if (n < 1)
        return 1;
    if (n % 6 == 0)
        n = many(n - 1);
    else if (n % 6 == 1)
        n = many(n - 2) + 1;
    else if (n % 6 == 2)
        n = many(n - 1) + 2;
    else if (n % 6 == 3)
        n = many(n - 3) + 3;
    else if (n % 6 == 4)
        n = many(n - 1) + 4;
    else
        n = many(n - 2) + 5;
    return n;
}

static int in_condition(int n)
{
    if (n > 0 && in_condition(n - 2) > n)
        return n + in_condition(n - 3);
    return 9 - n;
}

static void free_all(Tree *t)
{
    if (t) {
        free_all(t->left);
        free_all(t->right);
        free(t);
    }
}

int main(void)
{
    Tree *root = NULL;
    long key = 4;
    for (int i = 0; i < 25; i++) {
        key = (key * 37 + 11) % 1009;
        root = insert(root, key);
    }
    printf("%ld\n", sum(root, 1));
    printf("%d %d\n", even(14), odd(9));
    printf("%d %d\n", many(20), in_condition(9));
    free_all(root);
    return 0;
}
