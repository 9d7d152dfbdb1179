/* Blocks that get their type late, by what their size says, or as arrays of arrays. */
#include <stdio.h>
#include <stdlib.h>

struct node { void *data; struct node *next; };
struct item { int key; double value; long *history; };

static int collected;

static int collect(void) /* "garbage collection" of a program that retries */
{
    return ++collected;
}

static double *stubborn(size_t n)
{
    double *p;
    while (!(p = malloc(n * sizeof *p)))
        collect();
    return p;
}

static struct node *push(struct node *head, int key)
{
    void *p = malloc(sizeof(struct node)); /* typed where it is converted */
    struct node *n;
    if (p == NULL)
        exit(1);
    n = p;
    n->next = head;
    n->data = malloc(sizeof(struct item)); /* stays void *: its size speaks */
    struct item *it = n->data;
    it->key = key;
    it->value = key * 0.5;
    if ((it->history = calloc(4, sizeof(long))) == NULL)
        exit(1);
    it->history[key % 4] = -key;
    return n;
}

static void *(*const get_memory)(size_t) = malloc; /* the library's, through a pointer */

int main(void)
{
    unsigned (*pairs)[2] = (unsigned (*)[2])malloc(15 * sizeof(*pairs));
    long (*cube)[2][3] = malloc(4 * sizeof(long[2][3]));
    short **rows = (short **)get_memory(5 * sizeof(short *));
    void *names[2] = { malloc(8 * sizeof(char)), get_memory(sizeof(long) * 2) };
    double *sums = stubborn(10);
    struct node *head = NULL;
    for (int i = 0; i < 5; i++) {
        rows[i] = get_memory(sizeof(short) * 3);
        rows[i][0] = rows[i][1] = rows[i][2] = (short)(i * 257);
    }
    for (int i = 0; i < 10; i++) {
        head = push(head, i);
        sums[i] = i * 1.25;
        pairs[i][0] = (unsigned)i;
        pairs[i][1] = ~pairs[i][0];
        cube[i % 4][i % 2][i % 3] = i * -100000L;
        ((char *)names[0])[i % 8] = (char)('a' + i);
        ((long *)names[1])[i % 2] = -i;
        double total = 0;
        for (struct node *n = head; n; n = n->next) {
            struct item *it = n->data;
            total += it->value + (double)it->history[it->key % 4];
        }
        printf("%g %g %u %ld %d %c %ld\n", total, sums[i], pairs[i][1], cube[i % 4][i % 2][i % 3],
               rows[i % 5][2], ((char *)names[0])[i % 8], ((long *)names[1])[i % 2]);
    }
    printf("%d\n", collected);
    return 0;
}
