/* Parts of numbers, of which a hint says that they are taken apart alike everywhere: of a structure they are not. */
#include <preaches.h>
#include <stdio.h>
#include <string.h>
PREACHES_HINT("parts unsigned short");
static unsigned short halves[64];
static struct pair { double x; int n; } pairs[4];
static void keep(const void *what) { memcpy(halves, what, sizeof(double)); } /* ! -Wpreaches-copy: between parts of type 'unsigned short', as a hint says, and 'const void' */
int main(void)
{
    long wide = 5;
    for (int i = 0; i < 4; i++) {
        pairs[i].x = i;
        memcpy(halves + 16 * i, &pairs[i], sizeof pairs[i]); /* ! -Wpreaches-copy: between parts of type 'unsigned short', as a hint says, and 'struct pair' */
        memcpy(&pairs[i].x, halves, 4); /* ! -Wpreaches-copy: only one whole number or pointer can be taken apart */
        memcpy(halves, &wide, sizeof wide); /* ! -Wpreaches-copy: and 'long' */
    }
    keep(&pairs[0].x);
    printf("%g %d\n", pairs[1].x, halves[0]);
    return 0;
}
