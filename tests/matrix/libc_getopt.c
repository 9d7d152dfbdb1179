/* getopt between polls: permuted arguments, grouped options, arguments in the same and the next word. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char *const words[] = {"program", "file1", "-abc", "-o", "out", "file2", "-n12", "-x", "--", "-a", "file3"};

int main(void)
{
    char copies[11][10], *args[12];
    int option, n = 11;

    for (int i = 0; i < n; i++)
        args[i] = strcpy(copies[i], words[i]);
    args[n] = NULL;
    opterr = 0;
    while ((option = getopt(n, args, "abco:n:")) != -1)
        printf("%c optind %d optarg %s optopt %c\n", option, optind, optarg ? optarg : "-",
               option == '?' ? optopt : '-');
    for (int i = optind; i < n; i++)
        printf("left %s\n", args[i]);
    optind = 0;
    while ((option = getopt(n, args, "+abc")) != -1)
        printf("again %c\n", option);
    printf("at %d\n", optind);
    return 0;
}
