/* The library's variables and functions, declared by the program itself, as old packages do. */
#include <stdio.h>

extern int getopt(int, char *const *, const char *);
extern char *optarg;
extern int optind, opterr, optopt;
static char *const words[] = { "program", "-a", "-b", "one", "-q", "rest", "-b", "two", "more", NULL };

int main(void)
{
    int option;
    opterr = 0;
    while ((option = getopt(9, words, "+ab:")) != -1)
        printf("%c at %d: %s %c\n", option, optind, optarg ? optarg : "-", option == '?' ? optopt : '-');
    for (int i = optind; i < 9; i++)
        printf("left %s\n", words[i]);
    for (optind = 6; (option = getopt(9, words, "ab:")) != -1;)
        printf("%c %s\n", option, optarg);
    return optind != 8;
}
