/* Calls through pointers that C's rule tells apart: what is read byte by byte is not what the others are given. */
#include <stdio.h>

struct part { long weight; struct part *next; };
typedef unsigned (*OfText)(int salt, const unsigned char *text, char *first);
typedef unsigned (*OfPart)(int salt, const struct part *part, long *sum);

static unsigned hashed(int salt, const unsigned char *text, char *first)
{
    unsigned h = (unsigned)salt;

    *first = (char)text[0];
    while (*text)
        h = (h ^ *text++) * 16777619u;
    return h;
}

static unsigned backwards(int salt, const unsigned char *text, char *first)
{
    return *text ? backwards(salt, text + 1, first) * 31 + *text : (unsigned)salt;
}

static unsigned weighed(int salt, const struct part *part, long *sum)
{
    for (*sum = salt; part; part = part->next)
        *sum += part->weight;
    return (unsigned)*sum;
}

static unsigned counted(int salt, const struct part *part, long *sum)
{
    return part ? counted(salt + 1, part->next, sum) : (unsigned)salt + (unsigned)(*sum & 7);
}

static OfText of_text[] = { hashed, backwards, NULL };
static OfPart of_part[] = { weighed, counted, NULL };

int main(void)
{
    static struct part parts[3] = { { 5, &parts[1] }, { 7, &parts[2] }, { 11, NULL } };
    const unsigned char *words[] = { (const unsigned char *)"one", (const unsigned char *)"another" };
    char first = '-';
    long sum = 3;

    for (int i = 0; i < 4; i++) {
        unsigned text = of_text[i % 2](i, words[i / 2], &first);
        unsigned part = of_part[i % 2](i, &parts[i / 2], &sum);
        printf("%u %c %u %ld\n", text, first, part, sum);
    }
    return of_text[2] != NULL || of_part[2] != NULL;
}
