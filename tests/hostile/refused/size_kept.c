/* with: --arch=x86_64,i686 */
/* A queue of any elements: how large one is stands in a member, and is another number on another machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct job { int id; double cost; long when; };
struct queue { char *bytes; size_t element, count; };
static struct queue *queue_new(size_t element)
{
    struct queue *q = malloc(sizeof *q);
    q->element = element;
    q->count = 0;
    q->bytes = malloc(100 * element);
    return q;
}
static void put(struct queue *q, const void *x)
{
    memcpy(q->bytes + q->count++ * q->element, x, q->element);
}
int main(void)
{
    struct queue *q = queue_new(sizeof(struct job));  /* ! -Wpreaches-sizeof: a size that is kept in 'queue.element' */
    int i;
    for (i = 0; i < 100; i++) {
        struct job j = { i, i / 2.0, -i };
        put(q, &j);
    }
    printf("%zu %ld\n", q->count, ((struct job *)q->bytes)[7].when);
    return 0;
}
