/* ({ ...; value; }) as GNU macros use it: in initialisers, arguments, conditions, nested, with loops and
 * jumps inside, and with a structure as its value. */
#include <stdio.h>
#include <preaches.h>

struct pair { int a; double b; };

static int work(int x)
{
    preaches_poll_here();
    return x * 6 - 3;
}

#define MAX(a, b) ({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); a_ > b_ ? a_ : b_; })

static int find(int wanted)
{
    int at = ({ int k; for (k = 0; k < 9; k++) if (work(k) >= wanted) break; k; });
    return at * ({ int r = 1; if (work(at) == wanted) goto exact; r = 2; exact: r; });
}

static int leave(int x)
{
    return 1 + ({ if (work(x) > 10) return -x; work(x + 1); });
}

int main(void)
{
    for (int i = 0; i < 3; i++) {
        int m = MAX(work(i), MAX(work(1), i * 3));
        struct pair p = ({ struct pair q = { work(i), i / 2.0 }; q.a += work(2); q; });
        printf("%d %d %.1f\n", m, p.a, p.b);
        printf("%d %d %d\n", find(i * 5), leave(i), ({ struct pair q = p; q.a += work(1); q; }).a);
        while (({ m -= work(3); m; }) > 0)
            printf("  %d\n", m);
    }
    return 0;
}
