/* tree [NODES [ROUNDS]]: a binary search tree whose nodes lie in memory in shuffled order, with a
 * ring of cross links through it, so that it is a graph. Each round deletes, inserts and walks. */
#include "digest.h"
#include <stdio.h>
#include <stdlib.h>

struct node {
    int key;
    struct node *left, *right;
    double weight;
    struct node *up;
    struct node *ring_next, *ring_last; /* through all nodes, in no order */
    short visits;
    char mark[3];
};

static struct node *root;
static int n_nodes;
static unsigned long long random_state = 0x9e3779b97f4a7c15ULL;

static struct node **find_link(int key, struct node **up)
{
    struct node **link = &root;

    *up = NULL;
    while (*link && (*link)->key != key) {
        *up = *link;
        link = key < (*link)->key ? &(*link)->left : &(*link)->right;
    }
    return link;
}

static void insert(int key)
{
    struct node *up;
    struct node **link = find_link(key, &up);
    struct node *node;

    if (*link)
        return;
    node = malloc(sizeof(struct node));
    if (!node) {
        fprintf(stderr, "tree: out of memory\n");
        exit(1);
    }
    memset(node, 0, sizeof(struct node));
    node->key = key;
    node->weight = key / 3.0;
    node->up = up;
    node->ring_next = up ? up->ring_next : node;
    node->ring_last = up ? up : node;
    node->ring_next->ring_last = node->ring_last->ring_next = node;
    node->mark[0] = (char)('a' + key % 26);
    *link = node;
    n_nodes++;
}

/* Hangs `by`, which may be NULL, where `node` hangs. */
static void replace(struct node *node, struct node *by)
{
    if (by)
        by->up = node->up;
    if (!node->up)
        root = by;
    else if (node->up->left == node)
        node->up->left = by;
    else
        node->up->right = by;
}

static void delete (int key)
{
    struct node *up;
    struct node *node = *find_link(key, &up);

    if (!node)
        return;
    if (node->left && node->right) { /* its successor's contents move up, the successor goes */
        struct node *next = node->right;

        while (next->left)
            next = next->left;
        node->key = next->key;
        node->weight = next->weight;
        node->mark[0] = next->mark[0];
        node = next;
    }
    replace(node, node->left ? node->left : node->right);
    node->ring_next->ring_last = node->ring_last;
    node->ring_last->ring_next = node->ring_next;
    free(node);
    n_nodes--;
}

static unsigned long long walk(struct node *node, int depth, unsigned long long digest)
{
    if (!node)
        return digest;
    node->visits = (short)((node->visits + 1) % 1000);
    node->mark[1] = (char)('0' + depth % 10);
    digest = walk(node->left, depth + 1, digest);
    digest = digest_double(digest, node->weight + node->ring_next->key + node->visits);
    digest = digest_add(digest, (unsigned long long)(node->key * 10 + depth % 10));
    return walk(node->right, depth + 1, digest);
}

int main(int argc, char **argv)
{
    int size = argc > 1 ? atoi(argv[1]) : 12000;
    int rounds = argc > 2 ? atoi(argv[2]) : 400;
    unsigned long long digest = DIGEST_START;

    if (size < 1 || rounds < 1) {
        fprintf(stderr, "usage: tree [NODES [ROUNDS]]\n");
        return 2;
    }
    while (n_nodes < size)
        insert(random_next(&random_state) % (8 * size));
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < size / 8; i++)
            delete (random_next(&random_state) % (8 * size));
        while (n_nodes < size)
            insert(random_next(&random_state) % (8 * size));
        digest = walk(root, 0, digest);
        if (round % (rounds / 5 + 1) == 0)
            printf("round %d: %d nodes, %016llx\n", round, n_nodes, digest);
    }
    printf("tree: digest %016llx\n", digest);
    return 0;
}
