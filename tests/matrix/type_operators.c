/* typeof, __auto_type, _Generic, _Alignof, offsetof, builtins: no type of theirs is evaluated. */
#include <stddef.h>
#include <stdio.h>
#include <preaches.h>

struct item { char c; int v[3]; };

static int calls;

static int slow(int x)
{
    preaches_poll_here();
    calls++;
    return x;
}

static double half(double x)
{
    return slow((int)x) / 2.0;
}

static const char *text(const char *s)
{
    return slow(s[0]) ? s : "empty";
}

#define PROCESS(x) _Generic((x), int: slow, double: half, char *: text, const char *: text)(x)

int main(void)
{
    for (int i = 0; i < 3; i++) {
        typeof(slow(1)) a = slow(i);
        __auto_type b = half(a);
        const typeof(b) c = b + slow(a);
        struct item it = { .c = (char)slow('a' + i), .v = { [2] = slow(i), [0] = slow(5) } };
        printf("%d %.1f %.1f %c %d\n", a, b, c, it.c, it.v[2] + it.v[0] + it.v[1]);
        printf("%d %.1f %s\n", PROCESS(a), PROCESS(b), PROCESS("text" + i));
        if (__builtin_expect(slow(i) == 1, 0) && __builtin_types_compatible_p(typeof(a), int))
            printf("%d %d\n", __builtin_popcount((unsigned)slow(255)), (int)(_Alignof(char) + sizeof slow(3)));
        printf("%d %d calls\n", __builtin_constant_p(i) ? 1 : (int)(offsetof(struct item, v) != 0), calls);
    }
    return 0;
}
