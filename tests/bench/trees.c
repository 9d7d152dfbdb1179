/* trees ROUNDS: search trees built in a random order, looked up, thinned out and dropped; names of different
 * lengths. For measuring the allocator (tests/bench/allocator.sh). */
#include "../../core/include/preaches.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NODES = 60000 };
struct node {
    struct node *left, *right;
    char *name;
    unsigned key;
};

static unsigned state = 1;
static unsigned draw(void) { return state = state * 1664525u + 1013904223u; }

static struct node *new_node(unsigned key)
{
    struct node *node = malloc(sizeof *node);
    size_t length = 1 + key % 40;
    if (!node || !(node->name = malloc(length + 1)))
        exit(1);
    node->left = node->right = NULL;
    node->key = key;
    memset(node->name, 'a' + (int)(key % 26), length);
    node->name[length] = 0;
    return node;
}

static void insert(struct node **at, unsigned key)
{
    while (*at && (*at)->key != key)
        at = key < (*at)->key ? &(*at)->left : &(*at)->right;
    if (!*at)
        *at = new_node(key);
}

static void take_leftmost(struct node **at)
{
    struct node *node;
    while ((*at)->left)
        at = &(*at)->left;
    node = *at;
    *at = node->right;
    free(node->name);
    free(node);
}

static unsigned long drop(struct node *node)
{
    unsigned long sum;
    if (!node)
        return 0;
    sum = drop(node->left) + drop(node->right) + strlen(node->name);
    free(node->name);
    free(node);
    return sum;
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 10;
    unsigned long sum = 0;
    preaches_poll_here();
    for (int round = 0; round < rounds; round++) {
        struct node *root = NULL;
        for (int i = 0; i < NODES; i++) {
            insert(&root, draw() >> 4);
            if (i % 3 == 2)
                take_leftmost(&root);
        }
        sum += drop(root);
    }
    printf("%lu\n", sum);
    return 0;
}
