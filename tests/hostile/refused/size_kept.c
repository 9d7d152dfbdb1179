/* with: --arch=x86_64,i686 */
/* A queue of any elements: how large one is stands in a member, and is another number on another machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct job { int id; double cost; long when; };
struct queue { void *elements; size_t element, count; };
static void queue_init(struct queue *q, void *elements, size_t element)
{
    q->elements = elements;
    q->element = element;
    q->count = 0;
}
static void put(struct queue *q, const void *x)
{
    memcpy((char *)q->elements + q->count++ * q->element, x, q->element);
}
int main(void)
{
    struct job *jobs = malloc(100 * sizeof *jobs);
    struct queue q;
    int i;
    queue_init(&q, jobs, sizeof *jobs);  /* ! -Wpreaches-sizeof: a size that is kept in 'queue.element' */
    for (i = 0; i < 100; i++) {
        struct job j = { i, i / 2.0, -i };
        put(&q, &j);
    }
    printf("%zu %ld\n", q.count, jobs[7].when);
    return 0;
}
