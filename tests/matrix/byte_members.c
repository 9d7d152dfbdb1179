/* Pointers to bytes that are members: of a global array of structures, of a local, of a heap block. */
#include <stdio.h>
#include <stdlib.h>

struct item { unsigned short words[3]; signed char tag; char *text; long n; char name[5]; };
static struct item items[3] = {{{1, 2, 3}, -4, NULL, 5, "one"}, {{6, 7, 8}, 9, NULL, 10, "two"}};

static int work(signed char *tag, char *letter, int i)
{
    int sum = 0;

    for (int k = 0; k < 3; k++)
        sum += *tag * k + *letter;
    *tag = (signed char)(sum + i);
    return sum;
}

int main(void)
{
    struct item local = items[0], *block = malloc(2 * sizeof *block);
    signed char *tags[3] = {&items[1].tag, &local.tag, NULL};
    char *letters[3] = {&items[1].name[1], &local.name[2], NULL};

    if (!block)
        return 1;
    block[0] = block[1] = items[1];
    tags[2] = &block[1].tag;
    letters[2] = block[1].name + 1;
    for (int i = 0; i < 6; i++)
        printf("%d %d %s\n", work(tags[i % 3], letters[i % 3], i), *tags[(i + 1) % 3], letters[(i + 2) % 3]);
    free(block);
    return 0;
}
