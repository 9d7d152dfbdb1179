/* qsort, qsort_r, bsearch, lfind and lsearch stopped in the middle: the comparison functions reach polls,
 * their elements have another size on each machine, and how often they are called is counted. */
#define _GNU_SOURCE
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <preaches.h>

struct word { const char *text; long length; double weight; struct word *next; };
struct shelf { char label; struct word words[5]; short end; };

static long compared;

static long weigh(long x)
{
    preaches_poll_here();
    return x * x % 11;
}

static int by_weight(const void *a, const void *b)
{
    const struct word *x = a, *y = b;
    long p = weigh(x->length), q = weigh(y->length);
    compared++;
    return p < q ? -1 : p > q;
}

static int by_order(const void *a, const void *b, void *direction)
{
    long p = weigh(**(const long *const *)a), q = weigh(**(const long *const *)b);
    compared++;
    return *(int *)direction * (p < q ? -1 : p > q);
}

static int by_text(const void *key, const void *element)
{
    return strcmp(key, ((const struct word *)element)->text) + (int)weigh(11);
}

static int same(const void *a, const void *b)
{
    return weigh(*(const short *)a + 100) != weigh(*(const short *)b + 100);
}

static void print(const struct word *w, int n)
{
    for (int i = 0; i < n; i++)
        printf(" %s/%ld/%.1f", w[i].text, w[i].length, w[i].weight);
    printf(" (%ld)\n", compared);
}

typedef void sorter(void *, size_t, size_t, int (*)(const void *, const void *));

int main(void)
{
    static const char *const names[] = { "ash", "oak", "birch", "elm", "yew", "linden", "fir", "maple",
                                         "willow", "pine", "larch" };
    struct word *list = malloc(11 * sizeof *list), local[3];
    struct shelf shelf = { 'x', { { "b", 7, 0.5, NULL }, { "a", 3, 1.5, NULL }, { "d", 4, 2.5, NULL },
                                  { "c", 8, 3.5, NULL }, { "e", 1, 4.5, NULL } }, -1 };
    const long *order[7], numbers[7] = { 3, 1, 4, 15, 9, 2, 6 };
    short seen[8] = { 0 };
    size_t n = 0;
    int direction = -1;
    sorter *sort = qsort;
    for (int i = 0; i < 11; i++)
        list[i] = (struct word){ names[i], (long)strlen(names[i]), i / 2.0, i ? &list[i - 1] : NULL };
    memcpy(local, list, sizeof local);
    qsort(list, 11, sizeof *list, by_weight);
    print(list, 11);
    qsort(shelf.words, 5, sizeof shelf.words[0], by_weight); /* within an object */
    print(shelf.words, 5);
    sort(local, 3, sizeof *local, by_weight);
    print(local, 3);
    printf("%d %c\n", shelf.end, shelf.label);
    for (int i = 0; i < 7; i++)
        order[i] = &numbers[i];
    qsort_r(order, 7, sizeof order[0], by_order, &direction);
    for (int i = 0; i < 7; i++)
        printf(" %ld", *order[i]);
    struct word *found = bsearch("fir", list, 1, sizeof *list, by_text);
    printf(" %s", found ? "found" : "none");
    qsort(list, 11, sizeof *list, (int (*)(const void *, const void *))by_weight);
    for (int i = 0; i < 11; i++)
        list[i].text = names[i]; /* sorted by name from here on: pairs */
    list[0].text = "ash", list[1].text = "elm", list[2].text = "oak";
    found = bsearch("oak", list, 3, sizeof *list, by_text);
    printf(" %s\n", found ? found->text : "none");
    for (short i = 0; i < 12; i++) {
        short *at = lsearch(&i, seen, &n, sizeof i, same);
        printf(" %d", *at);
    }
    short wanted = 7;
    short *at = lfind(&wanted, seen, &n, sizeof wanted, same);
    printf(" %zu, %td\n", n, at ? at - seen : -1);
    free(list);
    return 0;
}
