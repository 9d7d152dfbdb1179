/* A job for the network's tests: takes the same time on every architecture, writes each round, and its
 * sum depends on all rounds before. Exit status 7.
 *   pace ROUNDS [GATE [JOURNAL [MIB]]]
 * Half-way it waits until the file GATE is there ("-": does not wait), so that a test decides when it may
 * end. JOURNAL gets a line "PROCESS ROUND" for each thing it does, at once and never cut back, since the
 * file is not open at any checkpoint: it says who worked when. MIB of memory are kept and summed up. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static void note(const char *journal, const char *what, long round)
{
    FILE *file = journal ? fopen(journal, "a") : NULL;

    if (!file)
        return;
    fprintf(file, "%d %s %ld\n", (int)getpid(), what, round);
    fclose(file);
}

static int is_open(const char *gate)
{
    FILE *file = fopen(gate, "r");

    if (file)
        fclose(file);
    return file != NULL;
}

static struct node *make_list(long n)
{
    struct node *list = NULL;
    long i;

    for (i = 0; i < n; i++) {
        struct node *p = malloc(sizeof *p);
        if (!p)
            exit(1);
        p->next = list;
        p->value = i;
        p->sum = 0;
        list = p;
    }
    return list;
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 100, mib = argc > 4 ? atol(argv[4]) : 0, i;
    const char *gate = argc > 2 && strcmp(argv[2], "-") != 0 ? argv[2] : NULL;
    const char *journal = argc > 3 ? argv[3] : NULL;
    struct node *list = make_list(300);
    double *ballast = calloc((size_t)mib * 131072 + 1, sizeof *ballast);
    double s = 0;

    if (!ballast)
        return 1;
    for (i = 0; i < mib * 131072; i++)
        ballast[i] = (double)i;
    for (i = 0; i < rounds; i++) {
        if (gate && i == rounds / 2 && !is_open(gate)) {
            note(journal, "waits", i--);
            usleep(20000);
            continue;
        }
        s += walk(list) + ballast[i * 4099 % (mib * 131072 + 1)];
        note(journal, "round", i);
        usleep(10000);
        printf("%ld %.6f\n", i, s);
        fflush(stdout);
    }
    note(journal, "end", i);
    printf("end %.6f\n", s);
    return 7;
}
