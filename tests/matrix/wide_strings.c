/* Wide characters: a long on some machines, an int on others, whose values are the same. */
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <wctype.h>

static const wchar_t table[][8] = {L"alpha", L"b\u00e9ta", L"\u4e2d\u6587", L""};
static wchar_t line[64] = L"begin";
struct word { struct word *next; size_t length; wchar_t text[12]; };

static wchar_t *copy(const wchar_t *from)
{
    size_t n = 0;
    while (from[n])
        n++;
    wchar_t *to = malloc((n + 1) * sizeof *to);
    for (size_t i = 0; to && i <= n; i++)
        to[i] = from[i];
    return to;
}

int main(void)
{
    struct word *list = NULL;
    for (int i = 0; i < 12; i++) {
        wchar_t local[] = L"x\x3b1y", *heap = copy(table[i % 4]);
        struct word *w = malloc(sizeof *w);
        if (!w || !heap)
            return 1;
        local[1] += (wchar_t)i;
        *w = (struct word){.next = list, .length = wcslen(heap)};
        wcscpy(w->text, heap);
        list = w;
        wcsncat(line, local, 2);
        free(heap);
        long sum = 0;
        for (w = list; w; w = w->next)
            for (size_t k = 0; k < w->length; k++)
                sum += towupper((wint_t)w->text[k]) * (long)(k + 1);
        printf("%d %ld %zu %d %d\n", i, sum, wcslen(line), (int)line[wcslen(line) - 1], wcscmp(list->text, L"alpha"));
    }
    return 0;
}
