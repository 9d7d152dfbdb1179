/* Large static arrays: initialised and not, of numbers, characters and structures with pointers into one
 * another, in a function too. They are mapped from the image at a restart, and of their incremental
 * checkpoints only what has changed is written. */
#include "../../core/include/preaches.h"
#include <stdio.h>
#include <string.h>

enum { CELLS = 12000, NUMBERS = 50000, LETTERS = 300000, ROUNDS = 6 };

typedef struct Cell {
    struct Cell *next;
    double *number;
    long (*weigh)(const struct Cell *);
    char kind;
    long double exact;
} Cell;

static long light(const Cell *c) { return c->kind; }
static long heavy(const Cell *c) { return (long)*c->number + c->kind; }

static Cell cell[CELLS] = {[7] = {.next = &cell[9], .weigh = light, .kind = 'i'}};
static double number[NUMBERS] = {1.5, [NUMBERS - 1] = -2.5};
static short small[3] = {1, 2, 3};
char letters[LETTERS];

static void change(int round)
{
    static int seen[100][1000];

    for (int i = round; i < CELLS; i += 997) {
        cell[i] = (Cell){.next = i % 2 ? &cell[(i * 31) % CELLS] : NULL, .number = &number[(i * 17) % NUMBERS],
                         .weigh = i % 3 ? heavy : light, .kind = (char)('a' + round), .exact = i * 0.125L};
        number[(i * 17) % NUMBERS] = i * 0.25;
    }
    memset(letters + 50000 * round, 'A' + round, 1000);
    seen[round * 13][round * 131] += round + 1;
    small[round % 3] += (short)seen[(round / 2) * 13][(round / 2) * 131];
}

static double digest(void)
{
    double sum = 0;

    for (int i = 0; i < CELLS; i++) {
        const Cell *c = &cell[i];

        sum += (c->next ? (double)(c->next - cell) : 0) + (c->weigh ? (double)c->weigh(c) : 0) + (double)c->exact;
    }
    for (int i = 0; i < NUMBERS; i++)
        sum += number[i] * (i % 7);
    for (int i = 0; i < LETTERS; i++)
        sum += letters[i];
    return sum + small[0] + 2 * small[1] + 3 * small[2];
}

int main(void)
{
    for (int i = 0; i < CELLS; i++)
        if (!cell[i].number)
            cell[i].number = &number[i % NUMBERS];
    for (int round = 0; round < ROUNDS; round++) {
        change(round);
        preaches_poll_here();
        printf("%d %.6f\n", round, digest());
    }
    return 0;
}
