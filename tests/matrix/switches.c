/* switch: a call in its condition, fall through, default in the middle, loops inside. */
#include <stdio.h>

static int spin(int x)
{
    int r = 0;
    for (int i = 0; i <= x; i++)
        for (int j = 0; j < 2; j++)
            r += i + j;
    return r;
}

static const char *classify(int x)
{
    const char *name = "none";
    int extra = spin(1);
    switch (spin(x) % 5) {
    case 0:
        name = "zero";
        /* fall through */
    case 1:
        extra += spin(x);
        break;
    default:
        name = "other";
        for (int i = 0; i < 2; i++) {
            if (i)
                continue;
            extra += spin(i);
        }
        break;
    case 2: {
        int inner = spin(2);
        if (inner > 3)
            break;
        name = "two";
    }
    }
    printf("%d: extra %d\n", x, extra);
    return name;
}

int main(void)
{
    for (int x = 0; x < 8; x++)
        printf("%s\n", classify(x));
    return 0;
}
