/* strcmp and its like are used by the number that they return, which the machines' C libraries give differently: it
 * is printed, added up, kept in structures, returned by functions of the program's own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

static const wchar_t wide[] = L"wide", wider[] = L"wider";

typedef int Compare(const char *, const char *);

static struct { const char *name; Compare *compare; } ways[] = {
    {"strcmp", strcmp}, {"strcasecmp", strcasecmp}, {"strcoll", strcoll},
};
static const char *const words[] = {"pear", "Apple", "apple", "peach", "quince", "", "p\xe4r", "pears", "apples and pears"};
enum { WORDS = sizeof words / sizeof *words, SAME = 0 };

struct outcome { int difference; struct outcome *next; };

static struct outcome *keep(struct outcome *list, int difference)
{
    struct outcome *o = malloc(sizeof *o);
    if (!o)
        exit(1);
    o->difference = difference;
    o->next = list;
    return o;
}

/* To qsort, which goes by the sign, and called for the number too. */
static int by_word(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* Only ever for qsort. */
static int backwards(const void *a, const void *b) { return -strcmp(*(const char *const *)a, *(const char *const *)b); }

static int find(const char *word)
{
    for (int i = 0; i < WORDS; i++) {
        int order = strcmp(words[i], word);
        if (order == SAME)
            return i;
    }
    return -1;
}

static int prefix_order(const char *a, const char *b)
{
    int order;
    if ((order = strncmp(a, b, 3)) != 0)
        return order;
    return (order = strncasecmp(a, b, 6)) ? order : memcmp(a, b, 1);
}

static long all_of(const char *a, const char *b)
{
    long sum = 0;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        int order = ways[i].compare(a, b);
        printf(" %s %d", ways[i].name, order);
        sum += order;
    }
    switch (strcmp(a, b)) {
    case -25: printf(" (an 'A' before a 'Z' of small letters)"); break;
    case 4: case -4: printf(" (four apart)"); break;
    default: break;
    }
    printf(" memcmp %d bcmp %d wide %d", memcmp(a, b, 1), bcmp(a, b, 1), wcscmp(*a ? wide : wider, wider));
    return sum;
}

int main(void)
{
    struct outcome *list = NULL;
    const char *sorted[WORDS];
    long sum = 0;
    for (int i = 0; i < WORDS; i++)
        for (int k = 0; k < WORDS; k++) {
            const char *first = i > k ? words[k] : words[i], *second = i > k ? words[i] : words[k];
            printf("%s|%s:", first, second);
            sum += all_of(first, second) + prefix_order(first, second);
            list = keep(list, ({ int c; c = by_word(&words[i], &words[k]); c; }));
            printf(" %ld\n", sum);
        }
    for (; list; list = list->next)
        printf("%d ", list->difference);
    memcpy(sorted, words, sizeof sorted);
    qsort(sorted, WORDS, sizeof *sorted, by_word);
    for (int i = 0; i < WORDS; i++)
        printf("%s;", sorted[i]);
    qsort(sorted, WORDS, sizeof *sorted, backwards);
    printf("%s %d %d\n", sorted[0], find("quince"), find("plum"));
    printf("%d %d %d %d\n", strcmp("apple", "pear"), memcmp("abc", "abz", 3), strncmp("x", "a", 1), strcmp("", "a") < 0);
    return memcmp("b", words[0], 1) & 0x7f;
}
