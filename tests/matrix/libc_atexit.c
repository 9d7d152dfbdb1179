/* Functions that run at the end: last registered first, with what they were registered with. */
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <stdlib.h>

static int total;
static int numbers[3] = {10, 20, 30};

static void last(void) { printf("last, total %d\n", total); }
static void late(void) { printf("registered by a handler\n"); }
static void middle(void)
{
    for (int i = 0; i < 3; i++)
        total += numbers[i];
    printf("middle, total %d\n", total);
    atexit(late);
}
static void with(int status, void *number) { printf("status %d, number %d\n", status, *(int *)number); }

int main(void)
{
    atexit(last);
    for (int i = 0; i < 3; i++) {
        on_exit(with, &numbers[i]);
        total += i;
        if (i == 1)
            atexit(middle);
    }
    printf("end of main\n");
    exit(3);
}
