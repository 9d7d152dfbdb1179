/* The heap: lists, trees, arrays that grow, blocks of pointers, bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct node {
    long key;
    struct node *left, *right;
} Node;

static Node *insert(Node *n, long key)
{
    if (!n) {
        n = calloc(1, sizeof *n);
        n->key = key;
    } else if (key < n->key)
        n->left = insert(n->left, key);
    else
        n->right = insert(n->right, key);
    return n;
}

static int depth(const Node *n)
{
    if (!n)
        return 0;
    int l = depth(n->left), r = depth(n->right);
    return 1 + (l > r ? l : r);
}

static void drop(Node *n)
{
    if (!n)
        return;
    drop(n->left);
    drop(n->right);
    free(n);
}

int main(void)
{
    Node *root = NULL;
    char **names = NULL;
    size_t used = 0;
    unsigned seed = 1;
    for (int i = 0; i < 30; i++) {
        seed = seed * 1103515245u + 12345u;
        root = insert(root, (long)(seed >> 16 & 1023));
        names = realloc(names, (used + 1) * sizeof *names);
        names[used] = (char *)malloc(16);
        snprintf(names[used++], 16, "n%ld", root->key + i);
    }
    printf("depth %d, %s..%s, %d names\n", depth(root), names[0], names[used - 1], (int)used);
    char *copy = strdup(names[3]);
    while (used > 0)
        free(names[--used]);
    free(names);
    drop(root);
    printf("%s\n", copy);
    free(copy);
    return 0;
}
