/* Structs as arguments, results and members; nested; arrays of them; assignment of whole structs. */
#include <stdio.h>

struct vec { double x, y; };
struct body { struct vec at, speed; int id; const char *name; };

static struct vec add(struct vec a, struct vec b)
{
    struct vec r = { 0, 0 };
    for (int i = 0; i < 1; i++)
        for (int j = 0; j < 1; j++)
            r = (struct vec){ a.x + b.x, a.y + b.y };
    return r;
}

static struct vec scale(struct vec a, double by)
{
    a.x *= by;
    a.y *= by;
    return add(a, (struct vec){ .y = 0.5 });
}

static struct body move(struct body b, int steps)
{
    while (steps-- > 0) {
        b.at = add(b.at, scale(b.speed, 0.25));
        b.speed.y = add(b.speed, b.at).y / 2;
    }
    return b;
}

int main(void)
{
    struct body all[3] = { { { 0, 0 }, { 1, 2 }, 1, "a" }, { .id = 2, .name = "b" },
                           { { 1, 1 }, { -1, 0 }, 3, "c" } };
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < 3; i++) {
            all[i] = move(all[i], round + i);
            printf("%s%d %.6f %.6f\n", all[i].name, move(all[i], 1).id, all[i].at.x,
                   add(all[i].at, move(all[i], 2).at).y);
        }
    return 0;
}
