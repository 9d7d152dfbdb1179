/* A table for keys of any type, hashed byte by byte: another machine looks in another bucket. */
#include <stdio.h>
#include <stdlib.h>
struct entry { int key, value; struct entry *next; };
static struct entry *table[31];
static unsigned hash(const void *key, size_t size)
{
    const unsigned char *p = key;
    unsigned h = 2166136261u;
    for (size_t i = 0; i < size; i++)
        h = (h ^ p[i]) * 16777619u; /* ! -Wpreaches-bytes: a byte of a wider value is looked at */
    return h;
}
static struct entry **bucket(int key) { return &table[hash(&key, sizeof key) % 31]; }
int main(void)
{
    for (int i = 0; i < 40; i++) {
        struct entry *e = malloc(sizeof *e);
        *e = (struct entry){ i, i * i, *bucket(i) };
        *bucket(i) = e;
        for (e = *bucket(i / 2); e && e->key != i / 2; e = e->next)
            ;
        printf("%d\n", e ? e->value : -1);
    }
    return 0;
}
