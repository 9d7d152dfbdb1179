/* Variables that functions declare for themselves: the program's, defined before or behind, and the library's. */
#include <stdio.h>
#include <unistd.h>

static int next_of_table(void)
{
    extern int table[], at; /* defined below */
    return table[at++ % 3];
}

static void options(int argc, char **argv)
{
    extern char *optarg;
    extern int optind, opterr;
    opterr = 0;
    for (int c; (c = getopt(argc, argv, "ab:c")) != -1;)
        printf("%c %s, next %d\n", c, optarg && c == 'b' ? optarg : "-", optind);
}

static int rest(int argc)
{
    extern int optind, at;
    return argc - optind + at;
}

int table[] = { 4, 8, 16 }, at = 1;

int main(void)
{
    extern int optind;
    static char program[] = "program", a[] = "-a", b[] = "-bvalue", c[] = "-c", x[] = "x", y[] = "y";
    char *argv[] = { program, a, b, c, x, y, NULL };
    for (int i = 0; i < 4; i++) {
        extern int at;
        printf("%d: %d, at %d\n", i, next_of_table(), at);
    }
    options(6, argv);
    for (int i = 0; i < 3; i++)
        printf("%d %d %s\n", rest(6), optind, argv[optind + i % 2]);
    return 0;
}
