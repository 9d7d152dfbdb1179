/* && and || with calls that reach polls on both sides, nested, as values and as statements: what is not
 * to be called is not called. */
#include <stdio.h>
#include <preaches.h>

static char trace[64];
static int at;

static int t(char name, int value)
{
    preaches_poll_here();
    trace[at++] = name;
    trace[at] = 0;
    return value;
}

static void show(int value)
{
    printf("%s %d\n", trace, value);
    at = 0;
}

int main(void)
{
    for (int i = 0; i < 8; i++) {
        int a = i & 1, b = i >> 1 & 1, c = i >> 2;
        show(t('a', a) && t('b', b) || t('c', c));
        show(t('a', a) || (t('b', b) && !t('c', c)));
        int v = (t('a', a) ? t('b', b) && t('x', 1) : t('c', c) || t('y', 0)) + (a && b && c);
        show(v);
        a && t('d', 1) && (b || t('e', 0)) && t('f', 1);
        (void)(t('g', c) || t('h', 1));
        show((t('i', 1), a) && (t('j', 0), b));
        while (t('k', a) && a--)
            if (!(t('l', b) || t('m', c)))
                break;
        show(a);
    }
    return 0;
}
