/* Inline assembly that only touches registers: barriers and values hidden from the optimiser. */
#include <stdio.h>
#include <preaches.h>

#define HIDE(x) __asm__ volatile("" : "+r"(x))
#define BARRIER() __asm__ volatile("" : : : "memory")

static int total;

static int slow(int x)
{
    total += x;
    BARRIER();
    preaches_poll_here();
    HIDE(x);
    return x;
}

int main(void)
{
    for (int i = 0; i < 4; i++) {
        int a = slow(i), b;
        __asm__("" : "=r"(b) : "0"(a));
        HIDE(a);
        BARRIER();
        b += slow(b);
        printf("%d %d %d\n", a, b, total);
    }
    return 0;
}
