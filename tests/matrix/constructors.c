/* Functions that run by themselves before main and after it: they allocate, open files and write, by priority, once in
 * the whole life of the program, wherever it ends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <preaches.h>

struct module { struct module *next; const char *name; long uses; };

static struct module *modules;
static FILE *journal;
static char *title;

static void enter(const char *name)
{
    struct module *m = malloc(sizeof *m);
    if (!m)
        exit(1);
    m->name = name;
    m->uses = 0;
    m->next = modules;
    modules = m;
    printf("%s is ready\n", name);
}

static long use(struct module *m)
{
    preaches_poll_here(); /* means nothing before main */
    return ++m->uses;
}

static void __attribute__((constructor)) third(void) { enter("third"); use(modules); }
static void __attribute__((constructor)) fourth(void) { enter("fourth"); }
static void __attribute__((constructor)) fifth(void) { enter("fifth"); }
__attribute__((__constructor__(200), used)) static void second(int argc, char **argv)
{
    enter(argc == 1 && argv[0] ? "second" : "?");
}
static void first(void) __attribute__((constructor (150)));
static void first(void)
{
    enter("first");
    journal = fopen("constructors.txt", "w+");
    title = strdup("journal");
}

static void __attribute__((destructor(101))) last(void) { printf("nothing comes behind\n"); }
static void __attribute__((destructor)) report(void)
{
    char line[40];
    for (const struct module *m = modules; m; m = m->next)
        printf("%s was used %ld times\n", m->name, m->uses);
    rewind(journal);
    while (fgets(line, sizeof line, journal))
        printf("%s: %s", title, line);
    fclose(journal);
    remove("constructors.txt");
}
static void before_destructors(void) { printf("atexit comes first\n"); }

int main(void)
{
    int constructor = 0; /* a name like any other */
    atexit(before_destructors);
    for (int i = 0; i < 6; i++)
        for (struct module *m = modules; m; m = m->next) {
            constructor += (int)use(m);
            fprintf(journal, "%s %d\n", m->name, constructor);
        }
    printf("main: %d\n", constructor);
    return 0;
}
