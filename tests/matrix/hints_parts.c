/* Hints: the code of a small interpreter is halfwords, among which stand numbers and names, put there and read from
 * there by memcpy. A name takes as many halfwords on every machine, since jumps count them. Another list has its
 * values in words. */
#include <preaches.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PREACHES_HINT("parts unsigned short");
PREACHES_HINT("parts unsigned int");

enum { END, NUMBER, NAME, WIDE, BACK };
enum { HALVES = 4 }; /* of an address, which has 2 of them where it is narrow */

struct name { int length; char text[12]; };
struct code { unsigned short *at; int used, room; };

static void put(struct code *c, int value)
{
    if (c->used == c->room) {
        c->room = c->room ? 2 * c->room : 4;
        c->at = realloc(c->at, (size_t)c->room * sizeof *c->at);
        if (!c->at)
            exit(1);
    }
    c->at[c->used++] = (unsigned short)value;
}

static void put_number(struct code *c, double number)
{
    unsigned short halves[HALVES];
    memcpy(halves, &number, sizeof number);
    put(c, NUMBER);
    for (int i = 0; i < HALVES; i++)
        put(c, halves[i]);
}

static void put_name(struct code *c, const char *text)
{
    unsigned short halves[HALVES] = { 0 };
    memcpy(halves, &text, sizeof text);
    put(c, NAME);
    for (int i = 0; i < HALVES; i++)
        put(c, halves[i]);
}

static void put_wide(struct code *c, long long wide)
{
    unsigned short halves[HALVES];
    memcpy(halves, &wide, sizeof wide);
    put(c, WIDE);
    for (int i = 0; i < HALVES; i++)
        put(c, halves[i]);
}

static void run(const struct code *c, int rounds)
{
    const unsigned short *pc = c->at;
    double sum = 0;
    for (;;) {
        const char *text;
        double number;
        long long wide;
        switch (*pc++) {
        case END:
            return;
        case NUMBER:
            memcpy(&number, pc, sizeof number);
            pc += HALVES;
            sum += number;
            break;
        case NAME:
            memcpy(&text, pc, sizeof text);
            pc += HALVES;
            printf("%s %.17g\n", text ? text : "nothing", sum);
            break;
        case WIDE:
            memcpy(&wide, pc, sizeof wide);
            pc += HALVES;
            printf("%llx\n", (unsigned long long)wide);
            break;
        case BACK:
            pc = --rounds > 0 ? pc - *pc : pc + 1;
            break;
        }
    }
}

/* Two words a value: a number, or the address of another list's value. */
struct list { unsigned words[8]; const struct name *names[4]; };

static void put_words(struct list *l, const struct name *name, double number)
{
    memcpy(&l->words[0], &number, sizeof number);
    l->words[3] = 7;
    memcpy(&l->words[2], &name, sizeof name);
}

static const struct name *name_of(const struct list *l)
{
    const struct name *name;
    memcpy(&name, &l->words[2], sizeof name);
    return name;
}

static double number_of(const struct list *l)
{
    double number;
    memcpy(&number, &l->words[0], sizeof number);
    return number;
}

int main(void)
{
    static const char *const fixed[] = { "first", "second", "third" };
    struct code c = { 0 };
    struct name *own = malloc(sizeof *own);
    struct list list = { .words = { 0 } };
    if (!own)
        return 1;
    own->length = snprintf(own->text, sizeof own->text, "own%d", 5);
    for (int i = 0; i < 6; i++) {
        put_number(&c, i / 3.0);
        put_name(&c, i == 4 ? own->text : i == 5 ? NULL : fixed[i % 3]);
        put_wide(&c, 0x123456789abcdef0 + i);
    }
    put(&c, BACK);
    put(&c, c.used);
    put(&c, END);
    put_words(&list, own, 0.1);
    run(&c, 3);
    for (int i = 0; i < 4; i++)
        printf("%s %d %.17g\n", name_of(&list)->text, name_of(&list)->length, number_of(&list) * i);
    put_words(&list, NULL, -1e300);
    for (int i = 0; i < 3; i++)
        printf("%d %g\n", name_of(&list) == NULL, number_of(&list));
    return 0;
}
