/* strtok keeps a pointer into the text; strtok_r has it from the program. */
#include <stdio.h>
#include <string.h>

static struct { long before; char words[40]; } held = {1, "alpha beta gamma"};

int main(void)
{
    char text[] = "one, two;three ,,four", rows[] = "a=1:b=22:c=333", *row, *rest, *inner;
    int n = 0;

    for (char *word = strtok(text, ", ;"); word; word = strtok(NULL, ", ;"))
        printf("%d %s %d\n", n++, word, (int)(word - text));
    for (row = strtok_r(rows, ":", &rest); row; row = strtok_r(NULL, ":", &rest)) {
        for (char *part = strtok_r(row, "=", &inner); part; part = strtok_r(NULL, "=", &inner))
            printf("[%s]", part);
        putchar('\n');
    }
    for (char *word = strtok(held.words, " "); word; word = strtok(NULL, " "))
        printf("%s\n", word);
    return 0;
}
