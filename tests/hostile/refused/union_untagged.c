/* Nothing says which member counts, and a pointer is converted otherwise than a number. */
#include <stdio.h>
union value { long number; const char *text; };
static union value values[4];  /* ! -Wpreaches-union: union */
int main(void)
{
    int i;
    for (i = 0; i < 4; i++) {
        if (i % 2) values[i].text = "odd"; else values[i].number = i;
        printf("%d\n", i);
    }
    return values[1].text == NULL;
}
