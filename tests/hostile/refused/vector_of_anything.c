/* A vector "of anything": nothing says what its elements are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct vector { void *data; size_t size, length; };
static void push(struct vector *v, const void *element)
{
    v->data = realloc(v->data, (v->length + 1) * v->size);  /* ! -Wpreaches-allocation: the block has no element type */
    if (v->data == NULL)
        exit(1);
    memcpy((char *)v->data + v->length++ * v->size, element, v->size);
}
int main(void)
{
    struct vector v = {NULL, sizeof(long), 0};
    long i;
    for (i = 0; i < 4; i++) {
        push(&v, &i);
        printf("%ld\n", ((long *)v.data)[i]);
    }
    return 0;
}
