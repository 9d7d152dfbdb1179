/* The drand48 family: own and handed-in states. */
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    unsigned short own[3] = {1, 2, 3}, seed[3] = {9, 8, 7}, *old;
    unsigned short all[7] = {1, 2, 3, 0xe66d, 0xdeec, 5, 11};

    printf("unseeded %.9f\n", drand48());
    srand48(42);
    for (int i = 0; i < 4; i++) {
        printf("%.12f ", drand48());
        printf("%ld ", lrand48());
        printf("%ld\n", mrand48());
    }
    for (int i = 0; i < 4; i++) {
        printf("%.12f ", erand48(own));
        printf("%ld ", nrand48(own));
        printf("%ld\n", jrand48(own));
    }
    old = seed48(seed);
    for (int i = 0; i < 3; i++)
        printf("%ld %x %x %x\n", lrand48(), (unsigned)old[0], (unsigned)old[1], (unsigned)old[2]);
    lcong48(all);
    for (int i = 0; i < 6; i++)
        printf("%ld\n", i % 2 ? lrand48() : mrand48());
    return 0;
}
