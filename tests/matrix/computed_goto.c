/* A threaded interpreter: a table of labels in the function, one jump through it at the end of each
 * instruction. The table is not part of the state: each machine has its own. */
#include <stdio.h>
#include <preaches.h>

enum { PUSH, ADD, MUL, DUP, LOOP, PRINT, END };

static int slow(int x)
{
    preaches_poll_here();
    return x;
}

static int run(const int *code, int rounds)
{
    static const void *const table[] = {
        [PUSH] = &&push, [ADD] = &&add, [MUL] = &&mul, [DUP] = &&dup,
        [LOOP] = &&loop, [PRINT] = &&print, [END] = &&end
    };
    int stack[16], *top = stack;
    const int *pc = code;
    goto *table[*pc++];
push:
    *top++ = slow(*pc++);
    goto *table[*pc++];
add:
    top--;
    top[-1] += slow(top[0]);
    goto *table[*pc++];
mul:
    top--;
    top[-1] = slow(top[-1]) * top[0];
    goto *table[*pc++];
dup:
    *top = top[-1];
    top++;
    goto *table[slow(*pc++)];
loop:
    if (--rounds > 0)
        pc = code + *pc;
    else
        pc++;
    goto *table[*pc++];
print:
    printf("%d\n", top[-1]);
    goto *table[*pc++];
end:
    return top[-1];
}

int main(void)
{
    static const int code[] = { PUSH, 2, DUP, PUSH, 3, MUL, ADD, PRINT, LOOP, 2, END };
    printf("= %d\n", run(code, 3));
    return 0;
}
