/* Calls on both sides of assignments, in conditions with short circuits, commas and conditionals. */
#include <stdio.h>
#include <preaches.h>

struct point { int x, y; };

static int calls, table[8], *cursor = table;

static int next(int x)
{
    preaches_poll_here();
    calls++;
    return x + 1;
}

static struct point make(int x, int y)
{
    return (struct point){ .y = next(y), .x = next(x) };
}

static struct point add(struct point a, struct point b)
{
    return make(a.x + b.x, a.y + b.y);
}

static int *place(int i)
{
    return &table[next(i) & 7];
}

int main(void)
{
    for (int i = 0; i < 3; i++) {
        int k = i;
        table[next(i)] = next(i * 2);
        *place(i + 3) += next(k);
        *cursor++ = next(k++);
        k += next(k) * (next(0), next(k)) - (i && next(i) > 1 ? next(1) : -next(2));
        if (next(k) > 3 && (next(-1) || next(i)) && !(next(-1) && next(i)))
            k <<= next(0);
        struct point p = add(make(i, next(k)), (struct point){ next(1), 2 });
        p.x -= make(1, 1).y, p.y ^= next(p.x);
        printf("%d %d %d %d\n", k, p.x, p.y, calls);
        for (int a = next(0), b = next(3); next(a) < next(b); a = next(a), b--) {
            if (next(a) == 3)
                continue;
            printf("  %d %d\n", a, b);
        }
        do
            k -= next(4);
        while (next(k) > 0 && next(k) % 5);
        printf("%d\n", k);
    }
    for (int i = 0; i < 8; i++)
        printf("%d ", table[i]);
    printf("\n");
    return 0;
}
