/* Locals of structs, unions and enums without a tag: single, arrays, within one another, two functions with the same. */
#include <stdio.h>

static int count(const char *text)
{
    struct { short kid[2]; int times; } tree[40] = { 0 };
    enum { FIRST, NEXT } state = FIRST;
    int nodes = 1;
    for (; *text; text++) {
        int at = 0;
        for (int bit = 7; bit >= 0; bit--) {
            int side = *text >> bit & 1;
            if (!tree[at].kid[side] && nodes < 40)
                tree[at].kid[side] = (short)nodes++;
            at = tree[at].kid[side];
        }
        tree[at].times += state == FIRST ? 100 : 1;
        state = NEXT;
    }
    int most = 0;
    for (int i = 0; i < nodes; i++)
        most = tree[i].times > most ? tree[i].times : most;
    return nodes * 1000 + most;
}

static long turn(int n)
{
    struct { short kid[2]; int times; } one = { { 1, 2 }, 3 }, *p = &one;
    struct { enum { UP, DOWN } way; union { unsigned u; int i; } both; struct { long deep; char c; } in; } walk = { UP, { 7 }, { -1, 'a' } };
    for (int i = 0; i < n; i++) {
        p->times += p->kid[i & 1];
        walk.way = walk.way == UP ? DOWN : UP;
        walk.both.u += walk.way;
        walk.in.deep -= one.times;
        walk.in.c = (char)('a' + i % 26);
    }
    return walk.in.deep + walk.both.i + walk.in.c;
}

int main(void)
{
    static const struct { const char *text; int n; } cases[] = { { "a tree of bits", 3 }, { "checkpoint", 40 } };
    printf("%d\n", count(cases[0].text));
    printf("%ld\n", turn(cases[0].n));
    printf("%d %ld\n", count(cases[1].text), turn(cases[1].n));
    return 0;
}
