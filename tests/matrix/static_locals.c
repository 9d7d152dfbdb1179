/* Static locals: counters, bounds that are enumerators of the function, arrays, one that points at another, tables of an unnamed type. */
#include <stdio.h>

static int next_id(void)
{
    static int id = 100, *last = &id;
    for (int i = 0; i < 2; i++)
        do
            *last += 1;
        while (id % 2);
    return id;
}

static const char *name_of(int code)
{
    static const struct { int code; const char *name; } names[] = {
        { 1, "one" }, { 2, "two" }, { 0, "zero" } };
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].code == code)
            return names[i].name;
    return "unknown";
}

static int history(int value)
{
    enum { ROOM = 4, FIRST = -ROOM };
    static int seen[ROOM], n = FIRST + ROOM;
    int sum = 0;
    seen[n++ % 4] = value + next_id() * 0;
    for (int i = 0; i < 4; i++)
        sum = sum * 10 + seen[i];
    return sum;
}

int main(void)
{
    for (int i = 0; i < 6; i++) {
        static char line[32];
        snprintf(line, sizeof line, "%s %d", name_of(i % 4), next_id());
        printf("%s history %d\n", line, history(i));
    }
    return 0;
}
