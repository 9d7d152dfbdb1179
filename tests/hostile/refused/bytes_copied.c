/* A queue of anything, kept as characters: what is put into it are structures. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct queue { char *bytes; size_t elem, n; };
struct job { int id; double cost; };
static void put(struct queue *q, const void *what)
{
    memcpy(q->bytes + q->n++ * q->elem, what, q->elem);  /* ! -Wpreaches-bytes: 'memcpy' between characters and wider values */
}
int main(void)
{
    struct queue q = { .elem = sizeof(struct job) };
    q.bytes = malloc(100 * q.elem);
    for (int i = 0; i < 9; i++) {
        struct job job = { i, i / 2.0 };
        put(&q, &job);
        printf("%zu\n", q.n);
    }
    return 0;
}
