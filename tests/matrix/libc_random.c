/* random, initstate and setstate: the sequences go on where they stood. */
#include <stdio.h>
#include <stdlib.h>

static char small[16], big[256];

static long draw(int n)
{
    long sum = 0;

    for (int i = 0; i < n; i++)
        sum = (sum * 7 + random() % 1000) % 1000003;
    return sum;
}

int main(void)
{
    char *first, *middle = malloc(64);

    if (!middle)
        return 1;
    printf("unseeded %ld\n", draw(40));
    srandom(1998);
    printf("seeded %ld\n", draw(40));
    first = initstate(7, small, sizeof small);
    printf("linear %ld\n", draw(10));
    initstate(8, big, sizeof big);
    initstate(9, middle, 64);
    for (int i = 0; i < 6; i++) {
        char *before = setstate(i % 3 == 0 ? small : i % 3 == 1 ? big : middle);
        printf("%d: %ld %s\n", i, draw(5), before == middle ? "middle" : before == small ? "small" : "big");
    }
    setstate(first);
    printf("first again %ld\n", draw(3));
    printf("rand %d\n", rand());
    srand(5);
    printf("srand is srandom: %ld\n", draw(3));
    free(middle);
    return 0;
}
