/* Functions that never come back reach polls on their way out; so do those called through a pointer. */
#include <stdio.h>
#include <stdlib.h>
#include <preaches.h>

static int left = 3;

__attribute__((noreturn)) static void die(int code);
_Noreturn void leave(int code);
static void (*volatile way_out)(int) __attribute__((noreturn)) = die;

static int slow(int x)
{
    preaches_poll_here();
    return x;
}

static int check(int x)
{
    if (x >= 0)
        return slow(x);
    if (x < -1)
        way_out(slow(9));
    leave(slow(5));
}

static void die(int code)
{
    while (slow(left) > 0)
        printf("dying %d\n", left--);
    leave(code);
}

void leave(int code)
{
    for (int i = 0; i < 2; i++)
        printf("leaving with %d\n", slow(code));
    exit(slow(code) == 9 ? 4 : 1);
}

int main(void)
{
    for (int i = 2;; i -= 2)
        printf("%d\n", check(i));
}
