/* with: --arch=x86_64,i686 */
/* Bytes of anything, sent one by one by a function that meets polls: how many are left is another number elsewhere. */
#include <stdio.h>
#include <string.h>
struct part { double weight; long number; const char *name; };
static unsigned char sent[200];
static unsigned n_sent;
static void send(unsigned char c)
{
    unsigned i;
    for (i = n_sent; i > 0; i--)
        sent[i] = sent[i - 1];
    sent[0] = c;
    n_sent++;
}
static void send_all(const void *from, size_t n)
{
    const unsigned char *f = from;
    while (n--)
        send(*f++);
}
int main(void)
{
    struct part p;
    memset(&p, 0, sizeof p);
    send_all(&p, sizeof p);  /* ! -Wpreaches-sizeof: as many as 'send_all.n' says */
    printf("%u\n", n_sent > 0);
    return 0;
}
