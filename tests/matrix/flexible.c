/* Structs with elements behind them: arrays without a length, and the older forms of them. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry { long key; char *name; };
struct table { int n, room; struct table *other; struct entry row[]; };
struct text { struct text *next; unsigned char length; char chars[1]; };
struct numbers { short n; double value[0]; };
struct block { struct block *self; int used; long more[1]; };

static struct table *grow(struct table *t, int room)
{
    t = realloc(t, sizeof(struct table) + (size_t)room * sizeof(struct entry));
    if (!t)
        exit(1);
    t->room = room;
    return t;
}

static struct text *text_new(struct text *next, const char *s)
{
    struct text *t = (struct text *)malloc(offsetof(struct text, chars) + strlen(s) + 1);
    if (!t)
        exit(1);
    t->next = next;
    t->length = (unsigned char)strlen(s);
    strcpy(t->chars, s);
    return t;
}

int main(void)
{
    struct table *t = grow(NULL, 2), *fixed = calloc(1, sizeof *fixed + 3 * sizeof fixed->row[0]);
    struct text *texts = NULL;
    struct numbers *numbers = malloc(sizeof *numbers + 9 * sizeof(double));
    struct block *blocks[3];
    struct entry *middle;
    double *last;
    if (!fixed || !numbers)
        return 1;
    t->n = 0;
    t->other = fixed;
    fixed->room = fixed->n = 3;
    numbers->n = 9;
    for (int i = 0; i < 9; i++)
        numbers->value[i] = i * 1.5;
    for (int i = 0; i < 3; i++) {
        blocks[i] = malloc(sizeof(struct block) + (size_t)i * sizeof(long));
        if (!blocks[i])
            return 1;
        blocks[i]->self = blocks[i];
        blocks[i]->used = i + 1;
        for (int k = 0; k <= i; k++)
            blocks[i]->more[k] = -k * 1000;
    }
    for (int i = 0; i < 12; i++) {
        char name[24];
        snprintf(name, sizeof name, "%.*s%d", i, "a long name by and by", i);
        texts = text_new(texts, name);
        if (t->n == t->room)
            t = grow(t, 2 * t->room);
        t->row[t->n].key = -i;
        t->row[t->n++].name = texts->chars + (texts->length > 3);
        fixed->row[i % 3] = t->row[i / 2];
        middle = &t->row[t->n / 2];
        last = &numbers->value[numbers->n];
        numbers->value[i % 9] += (double)middle->key;
        long sum = 0;
        for (struct text *x = texts; x; x = x->next)
            sum = sum * 7 % 100003 + x->length + x->chars[x->length / 2];
        for (int k = 0; k < 3; k++)
            sum += blocks[k]->self->more[blocks[k]->used - 1];
        printf("%ld %s %s %ld %g %d %d %ld\n", middle->key, middle->name, t->other->row[i % 3].name ?
               t->other->row[i % 3].name : "-", t->other->row[i % 3].key, last[-1], t->n, t->room, sum);
    }
    return 0;
}
