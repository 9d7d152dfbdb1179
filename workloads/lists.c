/* lists [ITEMS [ROUNDS]]: doubly linked lists worked on through a table of named functions; pointers
 * to functions, to string literals and to static strings stand in heap and globals, and the library's
 * qsort takes a comparison function of ours. */
#include "digest.h"
#include <stdio.h>
#include <stdlib.h>

struct item {
    struct item *next, *last;
    const char *kind;                      /* a string literal */
    int (*value)(const struct item *item); /* one of three functions */
    int number;
    char grade;
};

struct list {
    struct item *first, *end;
    int n;
};

struct operation {
    const char *name;
    void (*run)(struct list *list, int argument);
    int times;
};

static int plain(const struct item *item) { return item->number; }
static int squared(const struct item *item) { return item->number % 1000 * (item->number % 1000); }
static int graded(const struct item *item) { return item->number + item->grade; }

static int (*const values[])(const struct item *) = {plain, squared, graded};
static const char *const kinds[] = {"plain", "squared", "graded"};
static char grades[] = "ABCDEF";
static unsigned long long random_state = 0x115715;

static void append(struct list *list, struct item *item)
{
    item->next = NULL;
    item->last = list->end;
    if (list->end)
        list->end->next = item;
    else
        list->first = item;
    list->end = item;
    list->n++;
}

static void take_out(struct list *list, struct item *item)
{
    if (item->last)
        item->last->next = item->next;
    else
        list->first = item->next;
    if (item->next)
        item->next->last = item->last;
    else
        list->end = item->last;
    list->n--;
}

static void grow(struct list *list, int argument)
{
    for (int i = 0; i < argument; i++) {
        struct item *item = malloc(sizeof(struct item));
        int which = random_next(&random_state) % 3;

        if (!item) {
            fprintf(stderr, "lists: out of memory\n");
            exit(1);
        }
        item->kind = kinds[which];
        item->value = values[which];
        item->number = random_next(&random_state) % 100000;
        item->grade = grades[random_next(&random_state) % 6];
        append(list, item);
    }
}

static void shrink(struct list *list, int argument)
{
    struct item *item = list->first;

    while (item && argument > 0) {
        struct item *next = item->next;

        if (item->number % 3 == argument % 3) {
            take_out(list, item);
            free(item);
            argument--;
        }
        item = next;
    }
}

static void turn_round(struct list *list, int argument)
{
    struct item *item = list->first;
    struct item *old_first = list->first;

    while (item) {
        struct item *next = item->next;

        item->next = item->last;
        item->last = next;
        item->number += argument;
        item = next;
    }
    list->first = list->end;
    list->end = old_first;
}

static int by_value(const void *a, const void *b)
{
    const struct item *p = *(struct item *const *)a, *q = *(struct item *const *)b;
    int x = p->value(p), y = q->value(q);

    if (x != y)
        return x < y ? -1 : 1;
    if (p->number != q->number)
        return p->number < q->number ? -1 : 1;
    return p->grade - q->grade;
}

static void sort(struct list *list, int argument)
{
    int n = list->n, i = 0;
    struct item **all = malloc((size_t)n * sizeof(struct item *));

    if (!all || argument < 0) {
        free(all);
        return;
    }
    for (struct item *item = list->first; item; item = item->next)
        all[i++] = item;
    qsort(all, (size_t)n, sizeof all[0], by_value);
    list->first = list->end = NULL;
    list->n = 0;
    for (i = 0; i < n; i++)
        append(list, all[i]);
    free(all);
}

static struct operation operations[] = {
    {"grow", grow, 0}, {"shrink", shrink, 0}, {"turn round", turn_round, 0}, {"sort", sort, 0}};
enum { N_OPERATIONS = sizeof operations / sizeof operations[0] };

static unsigned long long digest_list(const struct list *list, unsigned long long digest)
{
    for (const struct item *item = list->first; item; item = item->next) {
        digest = digest_add(digest, (unsigned long long)item->value(item));
        digest = digest_text(digest, item->kind);
    }
    return digest;
}

int main(int argc, char **argv)
{
    int size = argc > 1 ? atoi(argv[1]) : 2000;
    int rounds = argc > 2 ? atoi(argv[2]) : 1600;
    struct list list = {NULL, NULL, 0};
    unsigned long long digest = DIGEST_START;

    if (size < 1 || rounds < 1) {
        fprintf(stderr, "usage: lists [ITEMS [ROUNDS]]\n");
        return 2;
    }
    grow(&list, size);
    for (int round = 0; round < rounds; round++) {
        struct operation *operation = &operations[random_next(&random_state) % N_OPERATIONS];

        operation->run(&list, size / 16 + 1);
        operation->times++;
        if (list.n > 2 * size || list.n < 2)
            operations[list.n < 2 ? 0 : 1].run(&list, size);
        digest = digest_list(&list, digest);
        if (round % (rounds / 5 + 1) == 0)
            printf("round %d: %s, %d items\n", round, operation->name, list.n);
    }
    for (int i = 0; i < N_OPERATIONS; i++)
        printf("%s: %d times\n", operations[i].name, operations[i].times);
    printf("lists: digest %016llx\n", digest);
    return 0;
}
