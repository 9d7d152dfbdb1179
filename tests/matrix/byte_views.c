/* Characters and values side by side, as it is allowed: objects found from their members, swapped through a
 * local buffer, texts copied, numbers written byte by byte. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOLDER(pointer, type, member) ((type *)((char *)(pointer) - offsetof(type, member)))

struct link { struct link *next; };
struct task { double cost; char name[12]; struct link link; };

static struct link *first;
static unsigned char record[64];

static void swap(void *a, void *b, size_t size)
{
    char kept[64];
    memcpy(kept, a, size);
    memcpy(a, b, size);
    memcpy(b, kept, size);
}

static void put32(unsigned char *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(value >> 8 * i);
}

static uint32_t get32(const unsigned char *from)
{
    return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

static char *append(char *text, const void *more, size_t n)
{
    size_t old = text ? strlen(text) : 0;
    char *longer = realloc(text, old + n + 1);
    if (!longer)
        exit(1);
    memcpy(longer + old, more, n);
    longer[old + n] = 0;
    return longer;
}

int main(void)
{
    struct task tasks[12] = { { 0 } };
    double values[6] = { 1, 2, 3, 4, 5, 6 };
    char *text = NULL;
    for (int i = 0; i < 12; i++) {
        tasks[i].cost = i * 0.75;
        sprintf(tasks[i].name, "task %d", i);
        tasks[i].link.next = first;
        first = &tasks[i].link;
        swap(&values[i % 6], &values[i * 5 % 6], sizeof values[0]);
        put32(record + i * 4, 0x01020304u * (unsigned)i);
        text = append(text, tasks[i].name, 3);
        double sum = 0;
        for (struct link *l = first; l; l = l->next)
            sum += HOLDER(l, struct task, link)->cost * HOLDER(l, struct task, link)->name[5];
        printf("%d %g %g %lu %s\n", i, sum, values[i % 6], (unsigned long)get32(record + i / 2 * 4), text);
    }
    free(text);
    return 0;
}
