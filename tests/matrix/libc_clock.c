/* Processor time and the monotonic clock never go back. */
#include <stdio.h>
#include <sys/times.h>
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
    struct tms used = {0}, used_now;
    clock_t ticks = times(&used), ticks_now;

    for (int i = 0; i < 8; i++) {
        now = clock();
        clock_gettime(CLOCK_MONOTONIC, &t);
        ticks_now = times(&used_now);
        printf("%d ticks %s, used %s\n", i, ticks_now < ticks ? "BACK" : "on",
               used_now.tms_utime + used_now.tms_stime < used.tms_utime + used.tms_stime ? "BACK" : "on");
        ticks = ticks_now;
        used = used_now;
        printf("%d clock %s, monotonic %s, time %s\n", i, now < before ? "BACK" : "on",
               earlier(t, last) ? "BACK" : "on", time(NULL) < start ? "BACK" : "on");
        before = now;
        last = t;
    }
    return 0;
}
