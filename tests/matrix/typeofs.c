/* typeof of variables that stand elsewhere in instrumented text: static locals, arrays, structures. */
#include <stdio.h>
#include <stdlib.h>
struct s { int a; double b; };
static int slow(int *p) { int i, s = 0; for (i = 0; i < 3; i++) s += p[i]; return s; }
static int plain(int n)
{
    static double total = 0.5;
    __typeof__(total) once = total + n;
    total = (__typeof__(total))n * once;
    return (int)total;
}
int main(void)
{
    int arr[3] = { 1, 2, 3 };
    static int log = 4;
    static struct s table[2] = { { 1, 2 }, { 3, 4 } };
    int k;
    for (k = 0; k < 3; k++) {
        __typeof__(arr[0]) y = arr[k];
        __typeof__(arr) other = { 1, 1, 1 };
        __typeof__(log) z = log + slow(arr) + slow(other);
        const __typeof__(table[0]) *t = &table[k & 1], u = table[1];
        int w = ({ __typeof__(log) t_ = log; t_; });
        __typeof__(slow(arr)) q = slow(arr);
        printf("%d %d %d %.1f %d %d %zu\n", y, z, w, t->b, q + plain(k), u.a, sizeof log);
        log++;
        arr[0] += (__typeof__(log))2.5;
    }
    return 0;
}
