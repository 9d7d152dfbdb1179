/* A job for the network's tests: takes the same time on every architecture, writes each round, and its
 * sum depends on all rounds before. Exit status 7. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct node {
    struct node *next;
    long value;
    double sum;
};

static double walk(struct node *p)
{
    double s = 0;

    for (; p; p = p->next) {
        s += p->sum;
        p->sum = p->sum * 0.5 + (double)p->value;
    }
    return s;
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 100, i;
    struct node *list = NULL;
    double s = 0;

    for (i = 0; i < 300; i++) {
        struct node *p = malloc(sizeof *p);
        if (!p)
            return 1;
        p->next = list;
        p->value = i;
        p->sum = 0;
        list = p;
    }
    for (i = 0; i < rounds; i++) {
        s += walk(list);
        usleep(10000);
        printf("%ld %.6f\n", i, s);
        fflush(stdout);
    }
    printf("end %.6f\n", s);
    return 7;
}
