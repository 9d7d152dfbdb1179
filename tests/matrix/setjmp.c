/* setjmp in its usual forms; longjmp from deeper functions, after a checkpoint on another machine too. */
#include <setjmp.h>
#include <stdio.h>
#include <preaches.h>

static jmp_buf global;
static int depth;

static int slow(int x)
{
    preaches_poll_here();
    return x;
}

static void descend(int levels, int code)
{
    int here[3] = { levels, code, depth };
    depth++;
    if (slow(levels) == 0)
        longjmp(global, code);
    descend(levels - 1, code);
    printf("never here %d\n", here[0]);
}

static int as_condition(int code)
{
    volatile int rounds = 0;
    if (setjmp(global)) {
        rounds++;
        printf("back at depth %d after %d\n", depth, rounds);
        if (slow(rounds) < 3)
            descend(slow(rounds), code);
        return rounds;
    }
    descend(slow(2), code);
    return -1;
}

static int as_switch(void)
{
    int kept = slow(7);
    switch (setjmp(global)) {
    case 0:
        printf("first %d\n", slow(kept));
        descend(1, 2);
    case 2:
        printf("second %d\n", slow(kept));
        descend(0, 5);
    default:
        return slow(kept) + 1;
    }
}

static int as_value(int code)
{
    jmp_buf local;
    volatile int tries = slow(0);
    int r = setjmp(local);
    printf("%d comes %d\n", tries, slow(r));
    if (tries++ < code)
        longjmp(local, slow(tries * 10));
    return r;
}

static int as_comparison(int code)
{
    volatile int got = 0, *out = &got;
    if (setjmp(global) == 0)
        descend(slow(1), code);
    else
        *out = slow(code);
    if (_setjmp(global) != 0 || slow(1) == 2)
        return *out;
    *out += 1;
    descend(2, 1);
    return 0;
}

int main(void)
{
    printf("%d\n", as_condition(1));
    printf("%d\n", as_switch());
    printf("%d\n", as_value(2));
    printf("%d\n", as_comparison(9));
    return 0;
}
