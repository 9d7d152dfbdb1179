/* qsort, qsort_r, bsearch, lfind and lsearch as part of the program: where a comparison function reaches a
 * poll, preaches-cc puts these in the library's place, instruments them like any other source, and a
 * checkpoint can be taken while they run (core/cc/callbacks.c).
 *
 * The text is given to every architecture's compiler as it stands, without a preprocessor. Comparisons are
 * made of the same elements in the same order as glibc makes them. At a poll no element is out of its place,
 * since the sort is one of numbers; and no size of an element is kept, since it is another one on another
 * machine: the address of the second element says it there. Pointers are void pointers, which may point to
 * anything: what a char pointer points to is looked at as bytes. */

# 1 "<preaches>/stdlib.h" 1 3
void *malloc(unsigned long bytes);
void free(void *block);
static inline void preaches_poll_here(void) {}
# 16 "<preaches>/callbacks.c" 2
struct preaches_table {
    void *base, *second; /* elements 0 and 1; `second` may be the end */
    int (*compare)(const void *, const void *);
    int (*compare_with)(const void *, const void *, void *);
    void *argument;
};

static unsigned long preaches_size(const struct preaches_table *t)
{
    return (unsigned long)((char *)t->second - (char *)t->base);
}

static void *preaches_element(const struct preaches_table *t, unsigned long i)
{
    return (char *)t->base + i * preaches_size(t);
}

static int preaches_compare(const struct preaches_table *t, unsigned long a, unsigned long b)
{
    void *x = preaches_element(t, a), *y = preaches_element(t, b);
    return t->compare ? t->compare(x, y) : t->compare_with(x, y, t->argument);
}

/* Merge sort of order[from], ..., order[from + n - 1]. */
static void preaches_sort(const struct preaches_table *t, unsigned long *order, unsigned long *merged,
                          unsigned long from, unsigned long n)
{
    unsigned long half = n / 2, i = from, j = from + half, k = 0;
    if (n < 2)
        return;
    preaches_sort(t, order, merged, from, half);
    preaches_sort(t, order, merged, from + half, n - half);
    while (i < from + half && j < from + n) {
        preaches_poll_here();
        if (preaches_compare(t, order[i], order[j]) <= 0)
            merged[k++] = order[i++];
        else
            merged[k++] = order[j++];
    }
    while (i < from + half)
        merged[k++] = order[i++];
    for (i = 0; i < k; i++)
        order[from + i] = merged[i];
}

static void preaches_exchange(char *a, char *b, unsigned long size)
{
    for (; size; size--, a++, b++) {
        char kept = *a;
        *a = *b;
        *b = kept;
    }
}

/* Element order[i] to place i, for all i: along the permutation's cycles. */
static void preaches_permute(const struct preaches_table *t, unsigned long *order, unsigned long n)
{
    unsigned long size = preaches_size(t), i, at, from;
    for (i = 0; i < n; i++)
        for (at = i; order[at] != at; at = from) {
            from = order[at];
            order[at] = at;
            if (from != i)
                preaches_exchange(preaches_element(t, at), preaches_element(t, from), size);
        }
}

/* Without memory of its own: slow, and just as stable. */
static void preaches_insert(const struct preaches_table *t, unsigned long n)
{
    unsigned long i, k;
    for (i = 1; i < n; i++)
        for (k = i; k > 0 && preaches_compare(t, k - 1, k) > 0; k--)
            preaches_exchange(preaches_element(t, k - 1), preaches_element(t, k), preaches_size(t));
}

static void preaches_sort_table(const struct preaches_table *t, unsigned long n)
{
    unsigned long *order = n <= (unsigned long)-1 / sizeof(unsigned long) / 2
        ? malloc(2 * n * sizeof(unsigned long)) : 0;
    unsigned long i;
    if (!order) {
        preaches_insert(t, n);
        return;
    }
    for (i = 0; i < n; i++)
        order[i] = i;
    preaches_sort(t, order, order + n, 0, n);
    preaches_permute(t, order, n);
    free(order);
}

void preaches_qsort(void *base, unsigned long n, unsigned long size,
                    int (*compare)(const void *, const void *))
{
    struct preaches_table t = { base, (char *)base + size, compare, 0, 0 };
    if (n > 1 && size)
        preaches_sort_table(&t, n);
}

void preaches_qsort_r(void *base, unsigned long n, unsigned long size,
                      int (*compare)(const void *, const void *, void *), void *argument)
{
    struct preaches_table t = { base, (char *)base + size, 0, compare, argument };
    if (n > 1 && size)
        preaches_sort_table(&t, n);
}

void *preaches_bsearch(const void *key, const void *base, unsigned long n, unsigned long size,
                       int (*compare)(const void *, const void *))
{
    struct preaches_table t = { (void *)base, n > 1 ? (char *)base + size : base, compare, 0, 0 };
    unsigned long low = 0, high = n;
    while (low < high) {
        unsigned long middle = (low + high) / 2;
        int order = compare(key, preaches_element(&t, middle));
        preaches_poll_here();
        if (order == 0)
            return preaches_element(&t, middle);
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return 0;
}

static void *preaches_find(const void *key, const struct preaches_table *t, const unsigned long *n)
{
    unsigned long i;
    for (i = 0; i < *n; i++) {
        preaches_poll_here();
        if (t->compare(key, preaches_element(t, i)) == 0)
            return preaches_element(t, i);
    }
    return 0;
}

void *preaches_lfind(const void *key, const void *base, unsigned long *n, unsigned long size,
                     int (*compare)(const void *, const void *))
{
    struct preaches_table t = { (void *)base, *n > 1 ? (char *)base + size : base, compare, 0, 0 };
    return preaches_find(key, &t, n);
}

void *preaches_lsearch(const void *key, void *base, unsigned long *n, unsigned long size,
                       int (*compare)(const void *, const void *))
{
    struct preaches_table t = { base, (char *)base + size, compare, 0, 0 }; /* there is room for one more */
    void *found = preaches_find(key, &t, n);
    if (found)
        return found;
    found = preaches_element(&t, (*n)++);
    __builtin_memcpy(found, key, preaches_size(&t));
    return found;
}
