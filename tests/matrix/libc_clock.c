/* Processor time and the monotonic clock never go back. */
#include <stdio.h>
#include <time.h>

static int earlier(struct timespec a, struct timespec b)
{
    return a.tv_sec < b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec < b.tv_nsec);
}

int main(void)
{
    clock_t before = clock(), now;
    struct timespec last = {0, 0}, t;
    time_t start = time(NULL);

    for (int i = 0; i < 8; i++) {
        now = clock();
        clock_gettime(CLOCK_MONOTONIC, &t);
        printf("%d clock %s, monotonic %s, time %s\n", i, now < before ? "BACK" : "on",
               earlier(t, last) ? "BACK" : "on", time(NULL) < start ? "BACK" : "on");
        before = now;
        last = t;
    }
    return 0;
}
