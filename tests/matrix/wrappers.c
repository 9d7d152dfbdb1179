/* Allocators of the program's own: blocks get the type that the caller wants. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct item { struct item *next; long weight; short code; char *label; };

static void die(const char *what)
{
    fprintf(stderr, "out of memory: %s\n", what);
    exit(1);
}

void *xmalloc(size_t n)
{
    void *p = malloc(n);
    if (!p)
        die("xmalloc");
    return p;
}

static void *xcalloc(size_t n, size_t each)
{
    void *p;
    if (n && each > (size_t)-1 / n)
        return NULL;
    p = calloc(n, each);
    return p ? p : (die("xcalloc"), NULL);
}

static void *xrealloc(void *p, size_t n)
{
    p = realloc(p, n);
    if (p == NULL)
        die("xrealloc");
    return p;
}

static void *noted(size_t n, const char *why) /* a wrapper of a wrapper, bytes inside */
{
    static long calls;
    char *p = (char *)xmalloc(n + 0 * strlen(why));
    calls++;
    memset(p, 0, n);
    return p;
}

static char *xstrdup(const char *text)
{
    char *p = xmalloc(strlen(text) + 1);
    return strcpy(p, text);
}

static int spin(int n)
{
    int sum = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < 2; j++)
            sum += i * j;
    return sum;
}

static size_t length_of(double *d) /* makes a block while another one is asked for */
{
    size_t n = (size_t)d[0];
    free(d);
    return n;
}

static double *boxed(double v)
{
    double *d = xmalloc(sizeof *d);
    *d = v;
    return d;
}

int main(void)
{
    struct item *list = NULL;
    long *sums = NULL;
    for (int i = 0; i < 8; i++) {
        struct item *it = i & 1 ? xmalloc(sizeof *it) : noted(sizeof(struct item), "even");
        char text[16];
        sprintf(text, "item-%d", i);
        *it = (struct item){ list, spin(i) - 3, (short)(i * 257), xstrdup(text) };
        list = it;
        sums = xrealloc(sums, (size_t)(i + 1) * sizeof *sums);
        sums[i] = it->weight * 100000 + spin(3);
    }
    struct item **table = (struct item **)xcalloc(length_of(boxed(8)), sizeof(struct item *));
    int *nested = xmalloc(length_of(boxed(4)) * sizeof *nested);
    for (int i = 0; i < 8; i++, list = list->next)
        table[i] = list;
    for (int i = 0; i < 4; i++)
        nested[i] = 0x01020304 + spin(i);
    for (int i = 0; i < 8; i++)
        printf("%s %ld %d %ld %x\n", table[i]->label, table[i]->weight, table[i]->code, sums[i],
               (unsigned)nested[i % 4]);
    return 0;
}
