/* A table of variables, found by their addresses: elsewhere they have others. */
/* with: -Werror=preaches-address */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
static int first, second, third;
static struct entry { const void *key; int value; struct entry *next; } *table[17];
static struct entry **bucket(const void *p)
{
    return &table[((uintptr_t)p >> 2) % 17]; /* ! -Wpreaches-address: the address of a variable, literal or function becomes a number */
}
static void put(const void *key, int value)
{
    struct entry *e = malloc(sizeof *e);
    *e = (struct entry){ key, value, *bucket(key) };
    *bucket(key) = e;
}
int main(void)
{
    static const int *const keys[] = { &first, &second, &third };
    for (int i = 0; i < 3; i++)
        put(keys[i], i);
    for (int i = 0; i < 20; i++) {
        struct entry *e = *bucket(keys[i % 3]);
        while (e && e->key != keys[i % 3])
            e = e->next;
        printf("%d\n", e ? e->value : -1);
    }
    return 0;
}
