/* Const objects and structs with const members: initialised, passed and returned, never assigned. */
#include <stdio.h>

struct fixed { const int id; const char *const name; double weight; };
struct outer { struct fixed in[2]; const long tag; };

static int spin(int n)
{
    int sum = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < 2; j++)
            sum += i ^ j;
    return sum;
}

static struct fixed make(int id)
{
    struct fixed f = { id, "made", spin(id) / 2.0 };
    return f;
}

static struct outer both(struct fixed a, const struct fixed b)
{
    const struct outer o = { { a, b }, spin(3) };
    return o;
}

static double weigh(const struct fixed *f) { return f->weight + spin(f->id); }

int main(void)
{
    for (int i = 1; i < 4; i++) {
        const struct fixed one = make(i);
        struct fixed two = one;
        const struct fixed three = i > 2 ? make(i + 5) : two;
        const struct outer o = both(make(7), i & 1 ? one : make(i * 2));
        const volatile int seen = spin(i);
        const int *const at = &o.in[0].id, copy = *at;
        const struct fixed pair[2] = { one, { 9, "nine", 9 } };
        printf("%d %d %s %.2f %.2f\n", two.id, three.id, o.in[1].name, weigh(&two), weigh(&o.in[1]));
        printf("%ld %d %d %d %s\n", o.tag, seen, *at, copy, pair[spin(i) & 1].name);
        printf("%d\n", (make(i), make(i + 1)).id + both(one, two).in[1].id);
    }
    return 0;
}
