/* Calls through pointers: tables, arguments, struct members; a library function as a value. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int (*Operation)(int, int);

static int count_up(int a, int b)
{
    int r = a;
    for (int i = 0; i < b; i++)
        for (int k = 0; k < 1; k++)
            r++;
    return r;
}

static int multiply(int a, int b)
{
    int r = 0;
    for (int i = 0; i < b; i++)
        r = count_up(r, a);
    return r;
}

static int plain(int a, int b) { return a - b; }

struct entry {
    const char *name;
    Operation run;
};

static struct entry table[] = { { "add", count_up }, { "mul", multiply }, { "sub", plain } };

static int apply(Operation f, int a, int b)
{
    return f(a, b) + (*f)(b, a);
}

static Operation find(const char *name)
{
    for (unsigned i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(table[i].name, name) == 0)
            return table[i].run;
    return NULL;
}

int main(void)
{
    size_t (*length)(const char *) = strlen;
    void (*release)(void *) = free;
    char *block = malloc(10);
    strcpy(block, "nine char");
    for (int i = 0; i < 3; i++)
        printf("%s: %d %d\n", table[i].name, table[i].run(3, 4), apply(table[i].run, 2, 5));
    Operation last = find("mul");
    printf("%d %d\n", last ? last(6, 7) : 0, (int)length(block));
    release(block);
    return 0;
}
