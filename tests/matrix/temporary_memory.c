/* alloca and variable length arrays where no poll can be reached while they live: they stay on the stack. */
#include <alloca.h>
#include <stdio.h>
#include <string.h>
#include <preaches.h>

static int palindrome(const char *s)
{
    size_t n = strlen(s);
    char *turned = alloca(n + 1);
    for (size_t i = 0; i < n; i++)
        turned[i] = s[n - 1 - i];
    turned[n] = 0;
    return strcmp(s, turned) == 0;
}

static int longest(const char *s)
{
    int best = 0, n = (int)strlen(s);
    for (int i = 0; i < n; i++) {
        for (int k = i + 1; k <= n; k++) {
            char part[k - i + 1];
            memcpy(part, s + i, (size_t)(k - i));
            part[k - i] = 0;
            if (palindrome(part) && k - i > best)
                best = k - i;
        }
        preaches_poll_here();
    }
    return best;
}

int main(void)
{
    static const char *const words[] = { "abba", "banana", "xyz", "level-headed" };
    for (int i = 0; i < 4; i++)
        printf("%s %d\n", words[i], longest(words[i]));
    return 0;
}
