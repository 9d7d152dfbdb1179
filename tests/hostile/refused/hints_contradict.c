/* Which of two hints of one name is meant cannot be known: two units may each have a `struct value` of their own. */
#include <preaches.h>
#include <stdio.h>
struct value { int kind; union { double number; const char *text; } u; };
PREACHES_HINT("union value.u tag kind : 0=number 1=text");
PREACHES_HINT("union value.u   tag kind : 0=number 1=text"); /* the same once more */
PREACHES_HINT("union value.u tag kind : 1=number 0=text"); /* ! -Wpreaches-hint: another hint for 'value.u' says otherwise */
static struct value values[8];
int main(void)
{
    for (int i = 0; i < 8; i++) {
        values[i].kind = 0;
        values[i].u.number = i;
    }
    printf("%f\n", values[7].u.number);
    return 0;
}
