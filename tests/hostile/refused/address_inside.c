/* Elements and members found by their addresses: on a machine where a long is shorter they stand elsewhere in their
 * block. Those of one size everywhere, and what stands first, have the same address. */
/* with: -Werror=preaches-inside */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
struct link { uintptr_t up; struct link *next; };
struct record { struct link first; char name[12]; long size; struct link second; int at[8]; };
static struct { const struct record *slot[64]; } seen;
static struct link *last, **end = &last;
static unsigned hash(const void *p)
{
    return (unsigned)((uintptr_t)p >> 3) % 64; /* ! -Wpreaches-inside: the address of an element or member becomes a number */
}
static void add(const struct record *r)
{
    unsigned i = hash(r);
    while (seen.slot[i])
        i = (i + 1) % 64;
    seen.slot[i] = r;
}
static void append(struct link *l)
{
    l->up = (uintptr_t)*end; /* ! -Wpreaches-inside: the address of an element or member becomes a number */
    *end = l;
}
static uintptr_t plain(const struct record *r) { return (uintptr_t)&r->first; }
int main(void)
{
    struct record *all = calloc(20, sizeof *all), *one = calloc(1, sizeof *one);
    int *numbers = calloc(64, sizeof *numbers);
    uintptr_t sum = plain(one);
    for (int i = 0; i < 20; i++) {
        add(&all[i]);
        append(&one->second);
        sum ^= (uintptr_t)&numbers[i]; /* 4 bytes everywhere */
        printf("%d %d\n", seen.slot[hash(all + i)] != NULL, sum != 0);
    }
    return 0;
}
