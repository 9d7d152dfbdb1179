/* As picosat's clauses: a struct that ends in as many pointers as it says, one number behind them in some,
 * allocated by functions of the program's own behind an empty header; reasons are clauses or odd numbers. */
#include <preaches.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef signed char Literal;
typedef struct Clause Clause;
typedef struct Block { char data[8]; } Block;
struct Clause { unsigned size; unsigned learned : 1, glue : 25; Clause *next; Literal *literals[2]; };

PREACHES_HINT("allocator new in Block.data");
PREACHES_HINT("tail Clause.literals size unsigned");

static size_t total;

static void *new(size_t bytes)
{
    Block *b = malloc(bytes);
    if (!b)
        exit(1);
    total += bytes > 0;
    return b->data;
}

static size_t clause_bytes(unsigned size, unsigned learned)
{
    size_t bytes = sizeof(Clause) + size * sizeof(Literal *) - 2 * sizeof(Literal *);
    return learned ? bytes + sizeof(unsigned) : bytes;
}

static unsigned *activity(Clause *c) { return (unsigned *)(void *)(c->literals + c->size); }

static Clause *clause_new(Literal *all, unsigned size, unsigned learned, Clause *next)
{
    void *block = new(clause_bytes(size, learned));
    Clause *c = block;
    c->size = size;
    c->learned = learned;
    c->glue = 1000 * size;
    c->next = next;
    for (unsigned i = 0; i < size; i++)
        c->literals[i] = all + (i * 7 + size) % 16;
    if (learned)
        *activity(c) = 0x1020304u * size;
    return c;
}

static long look(const Clause *c, long sum)
{
    for (unsigned i = 0; i < c->size; i++)
        sum = sum * 3 % 100003 + *c->literals[i];
    return sum;
}

int main(void)
{
    Literal *all = new(sizeof *all * 16), *last = NULL;
    Clause *clauses = NULL, *reason[3] = { NULL, (Clause *)5, (Clause *)60001 };
    for (int i = 0; i < 16; i++)
        all[i] = (Literal)(i * 11 - 90);
    for (unsigned i = 1; i < 12; i++) {
        clauses = clause_new(all, i, i % 3 != 0, clauses);
        reason[0] = clauses;
        last = clauses->literals[i - 1];
        if (i == 7) { /* one literal less: the number moves */
            unsigned was = *activity(clauses);
            clauses->size--;
            *activity(clauses) = was;
        }
        long sum = 0;
        for (Clause *c = clauses; c; c = c->next) {
            sum = look(c, sum);
            if (c->learned)
                sum += *activity(c) % 1009;
        }
        printf("%u %ld %ld %ld %u %zu\n", i, sum, (long)(last - all), (long)(size_t)reason[1 + i % 2],
               reason[0]->glue, total);
    }
    return 0;
}
