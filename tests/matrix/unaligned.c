/* Bytes compared and read as wider numbers, at places where such numbers need not lie. Only what does
 * not depend on the byte order is printed. */
#include <preaches.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long two texts agree, by words first. */
static int agree(const unsigned char *a, const unsigned char *b, int most)
{
    const unsigned char *start = a, *end = a + most;
    while (end - a >= 4 && *((unsigned int *)a) == *(const unsigned int *)b) {
        a += 4;
        b += 4;
    }
    while (a < end && *a == *b) {
        a++;
        b++;
    }
    return (int)(a - start);
}

/* Numbers in characters are refused where a checkpoint may find them. */
static unsigned write_and_sum(int from, int n);
PREACHES_NEVER(write_and_sum);
static unsigned write_and_sum(int from, int n)
{
    char room[100] = { 0 }, *at = room + from;
    unsigned sum = 0;
    int i;
    for (i = 0; i < n; i++) {
        *(unsigned short *)(at + 3 * i + 1) = (unsigned short)(i * 257); /* both bytes alike */
        *(double *)(at + 64) += 0.5;
        (*(short *)(at + 81))++;
        sum = sum * 31 + *(unsigned short *)(at + 3 * i + 1);
    }
    return sum + (unsigned)*(double *)(at + 64);
}

int main(void)
{
    unsigned char *text = malloc(200);
    int i;
    for (i = 0; i < 200; i++)
        text[i] = (unsigned char)("abcabcabd"[i % 9]);
    for (i = 0; i < 12; i++)
        printf("%d %d %u\n", i, agree(text + i, text + i + 9 * (i % 3), 100), write_and_sum(i % 8, 5));
    return text[3] > 1000;
}
