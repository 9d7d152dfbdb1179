/* A compiled expression is memory of the library's own. */
#include <regex.h>
#include <stdio.h>
int main(void)
{
    static const char *const texts[] = {"abc", "ac", "xabbc"};
    regex_t pattern;
    int i;
    if (regcomp(&pattern, "ab+c", REG_EXTENDED | REG_NOSUB))
        return 1;
    for (i = 0; i < 3; i++)
        printf("%s %d\n", texts[i], regexec(&pattern, texts[i], 0, NULL, 0));  /* ? pointer to memory that is not tracked: pattern.__buffer in main */
    regfree(&pattern);
    return 0;
}
