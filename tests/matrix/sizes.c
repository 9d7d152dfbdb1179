/* Sizes that do no harm: of what is as large everywhere, taken anew each time, only counted, or vouched for. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <preaches.h>

struct item { long number; char *text; short rest; };
struct same { char name[8]; unsigned char bits[4]; };
struct buffer { char *bytes; size_t element, used; };
struct shape { int kind; size_t bytes; };

static size_t debt; /* a count of bytes, as a collector keeps it */
static const struct { const char *name; size_t offset; } options[] = {
    { "number", offsetof(struct item, number) }, { "text", offsetof(struct item, text) } };

PREACHES_HINT("size shape.bytes");

static void put(struct buffer *b, const void *x)
{
    preaches_poll_here();
    memcpy(b->bytes + b->used++ * b->element, x, b->element); /* 12 on all machines */
}

static void *counted(size_t n, size_t size)
{
    debt += n * size;
    return calloc(n, size);
}

int main(void)
{
    struct buffer b = { malloc(20 * 12), sizeof(struct same), 0 };
    struct item list[6] = { { 0, NULL, 0 } };
    size_t count = sizeof list / sizeof list[0];
    long *numbers = counted(count, sizeof *numbers);
    struct shape shape = { 1, sizeof(struct item) };
    for (size_t i = 0; i < count; i++) {
        struct same s = { "", { (unsigned char)i, 2, 3, 4 } };
        struct item *at = (struct item *)((char *)list + i * sizeof *at);
        snprintf(s.name, sizeof s.name, "s%zu", i);
        put(&b, &s);
        *(long *)((char *)at + options[0].offset) = (long)(i * i);
        shape.bytes = sizeof(struct item); /* anew in each pass: vouched for */
        numbers[i] += ((struct item *)((char *)at + shape.bytes) - at) * at->number;
        printf("%s %ld %ld %s %d\n", ((struct same *)b.bytes)[i].name, list[i].number, numbers[i],
               options[i % 2].name, debt >= count * 4);
    }
    free(numbers);
    free(b.bytes);
    return 0;
}
