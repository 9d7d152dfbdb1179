/* Calls that break C's rule by a cast: what a function says of its parameter is not what it is given. */
#include <stdio.h>
typedef unsigned (*OfLong)(int salt, const long *value);
typedef unsigned (*OfDouble)(int salt, const double *value);

static unsigned named(int salt, const unsigned char *p)
{
    return (unsigned)salt ^ p[0]; /* ! -Wpreaches-bytes: a byte of a wider value is looked at */
}

static unsigned handed(int salt, const unsigned char *p)
{
    return (unsigned)salt + p[1]; /* ! -Wpreaches-bytes: a byte of a wider value is looked at */
}

static OfLong of_long = (OfLong)named;
static unsigned (*of_bytes)(int salt, const unsigned char *p) = handed;

int main(void)
{
    OfDouble of_double = (OfDouble)of_bytes;
    double half = 0.5;
    for (long i = 0; i < 40; i++)
        printf("%u %u\n", of_long(1, &i), of_double(2, &half));
    return 0;
}
