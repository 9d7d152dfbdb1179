/* getopt_long: abbreviations, flags, optional arguments. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

static int verbose;
static const struct option options[] = {
    {"verbose", no_argument, &verbose, 3},
    {"output", required_argument, NULL, 'o'},
    {"level", optional_argument, NULL, 'l'},
    {"link", no_argument, NULL, 'k'},
    {NULL, 0, NULL, 0},
};
static char words[9][16] = {"program", "--verb", "--output=a.txt", "rest", "--level", "--level=9",
                            "-o", "b.txt", "--lin"};

int main(void)
{
    char *args[10];
    int option, index = -1;

    for (int i = 0; i < 9; i++)
        args[i] = words[i];
    args[9] = NULL;
    while ((option = getopt_long(9, args, "o:l::", options, &index)) != -1)
        printf("%d %s index %d verbose %d\n", option, optarg ? optarg : "-", index, verbose);
    while (optind < 9)
        printf("left %s\n", args[optind++]);
    return 0;
}
