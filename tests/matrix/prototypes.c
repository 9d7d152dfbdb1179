/* Functions declared in blocks; structs of the system's headers, pointed to and held. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

struct record { const char *name; struct stat *where; struct tm *when; div_t parts; };
static struct stat *nowhere;
static struct record all[2] = { { .name = "first" }, { .name = "second" } };

int main(void)
{
    extern int later(int, struct record *);
    struct tm then = { .tm_year = 98, .tm_mon = 5, .tm_mday = 23 };
    all[1].when = &then;
    for (int i = 0; i < 5; i++) {
        struct record *r = &all[i & 1];
        r->parts = div(i * 7, 3);
        printf("%s %d %d %d\n", r->name, later(i, r), r->parts.rem, r->where == nowhere);
        then.tm_mday++;
    }
    return 0;
}

int later(int x, struct record *r)
{
    int sum = 0;
    int last(int);
    for (int i = 0; i < x; i++)
        sum += last(i) + (r->when ? r->when->tm_mday : 0);
    return sum;
}

int last(int x)
{
    int sum = 0;
    for (int i = 0; i <= x; i++)
        for (int j = 0; j < 2; j++)
            sum += i ^ j;
    return sum;
}
