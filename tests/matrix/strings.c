/* String literals as pointers, arrays initialised by strings, pointers into strings. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const days[] = { "mon", "tue", "wed" };
static char greeting[] = "hello";
static const char *cursor = "abc" "def";

static int vowels(const char *s)
{
    int n = 0;
    for (const char *p = s; *p; p++)
        for (const char *v = "aeiou"; *v; v++)
            n += tolower((unsigned char)*p) == *v;
    return n;
}

int main(void)
{
    char word[] = "Escaping", copy[16] = "xy";
    const char *best = "";
    greeting[0] = (char)toupper((unsigned char)greeting[0]);
    for (int i = 0; i < 3; i++) {
        if (vowels(days[i]) >= vowels(best))
            best = days[i];
        strcat(copy, days[i] + 1);
        cursor++;
        printf("%s %s %s %c%s\n", best, copy, cursor, "01"[i % 2], i ? "" : " first");
    }
    word[0] = 'e';
    printf("%s %s %d %d %s\n", greeting, word, vowels(word), (int)sizeof word, __func__);
    return 0;
}
