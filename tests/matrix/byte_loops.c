/* Values seen as bytes where that does no harm: copied, cleared, exchanged and compared by loops of the program's
 * own; texts in containers of anything, hashed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct part { double weight; long number; const char *name; };

static void *copy(void *to, const void *from, size_t n)
{
    unsigned char *t = to;
    const unsigned char *f = from;
    while (n--)
        *t++ = *f++;
    return to;
}

static void fill(void *to, int c, size_t n)
{
    for (char *t = to; n; n--)
        *t++ = (char)c;
}

static void exchange(void *a, void *b, size_t n)
{
    char *x = a, *y = b;
    for (size_t i = 0; i < n; i++) {
        char kept = x[i];
        x[i] = y[i];
        y[i] = kept;
    }
}

static int same(const void *a, const void *b, size_t n)
{
    const unsigned char *x = a, *y = b;
    for (size_t i = 0; i < n; i++)
        if (x[i] != y[i])
            return 0;
    return 1;
}

/* The same, told by those that pass the size on, by a range's end, by goto, and through a pointer to a function. */
static void fill_elements(void *to, int c, size_t width, int n) { fill(to, c, width * (size_t)n); }

static void swap_byte(unsigned char *a, unsigned char *b)
{
    unsigned char kept = *a;
    *a = *b;
    *b = kept;
}

static void exchange_by_calls(void *a, void *b, size_t n)
{
    unsigned char *x = a, *y = b;
    do
        swap_byte(x++, y++);
    while (--n > 0);
}

static void copy_range(void *to, const void *from, size_t n)
{
    char *t = to;
    const char *f = from, *end = f + n;
    while (f < end)
        *t++ = *f++;
}

static void copy_by_goto(void *to, const void *from, size_t n)
{
    size_t i = 0;
again:
    ((char *)to)[i] = ((const char *)from)[i];
    if (++i < n)
        goto again;
}

static int compare(const void *a, const void *b, size_t n)
{
    const char *x = a, *y = b;
    for (;;) {
        if (n-- == 0)
            return 1;
        if (*x++ != *y++)
            return 0;
    }
}

static void (*const copies[])(void *, const void *, size_t) = { copy_range, copy_by_goto };

/* A map from anything to anything, here from texts to numbers. */
struct entry { void *key, *value; struct entry *next; };
struct map { struct entry *bucket[13]; unsigned (*hash)(const void *); int (*compare)(const void *, const void *); };

static unsigned hash_text(const void *key)
{
    const unsigned char *s = key;
    unsigned h = 5381;
    while (*s)
        h = h * 33 + *s++;
    return h;
}

static int compare_texts(const void *a, const void *b) { return strcmp(a, b); }

static void put(struct map *m, char *key, int *value)
{
    struct entry **e = &m->bucket[m->hash(key) % 13];
    while (*e && m->compare((*e)->key, key) != 0)
        e = &(*e)->next;
    if (!*e) {
        *e = calloc(1, sizeof **e);
        (*e)->key = key;
    }
    (*e)->value = value;
}

static int get(const struct map *m, const char *key)
{
    for (const struct entry *e = m->bucket[m->hash(key) % 13]; e; e = e->next)
        if (m->compare(e->key, key) == 0)
            return *(const int *)e->value;
    return -1;
}

int main(void)
{
    static const char *const names[] = { "axle", "wheel", "spoke" };
    struct map map = { .hash = hash_text, .compare = compare_texts };
    struct part parts[6], none;
    fill(&none, 0, sizeof none);
    for (int i = 0; i < 6; i++)
        copy(&parts[i], &none, sizeof none);
    for (int i = 0; i < 24; i++) {
        struct part one = { i / 4.0, i * 1000L, names[i % 3] };
        copy(&parts[i % 6], &one, sizeof one);
        exchange(&parts[i % 6], &parts[i * 5 % 6], sizeof one);
        struct part moved[2];
        fill_elements(moved, 0, sizeof one, 2);
        exchange_by_calls(&moved[i % 2], &one, sizeof moved[0]);
        copies[i % 2](&moved[(i + 1) % 2], &moved[i % 2], sizeof moved[0]);
        char key[16];
        int *value = malloc(sizeof *value);
        *value = i;
        sprintf(key, "%s %d", names[i % 3], i % 5);
        put(&map, strdup(key), value);
        sprintf(key, "%s %d", names[i % 3], i / 4 % 5);
        printf("%d: %g %ld %s %d, %g %ld %s %d %d\n", i, moved[0].weight, moved[1].number, moved[0].name,
               compare(&moved[0], &moved[1], sizeof one), parts[2].weight, parts[2].number, parts[2].name ? parts[2].name : "-",
               same(&parts[0], &none, sizeof none), get(&map, key));
    }
    return 0;
}
