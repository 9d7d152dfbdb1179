/* Processor time and the monotonic clock never go back: user time and system time neither, of which
 * the first life has had more than the next ones need to begin. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

static int earlier(struct timespec a, struct timespec b)
{
    return a.tv_sec < b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec < b.tv_nsec);
}

static const char *way(clock_t now, clock_t before)
{
    return now < before ? "BACK" : "on";
}

/* Many bytes in one call, so without a poll: some hundredths of a second of the system's time. */
static void work_for_the_system(void)
{
    size_t n = 16 << 20;
    char *to = malloc(n);
    int random = open("/dev/urandom", O_RDONLY);

    if (!to || read(random, to, n) <= 0)
        puts("no bytes");
    close(random);
    free(to);
}

int main(void)
{
    clock_t before = clock(), now;
    struct timespec last = {0, 0}, t;
    time_t start = time(NULL);
    struct tms used = {0}, used_now;
    clock_t ticks = times(&used), ticks_now;

    work_for_the_system();
    for (int i = 0; i < 8; i++) {
        now = clock();
        clock_gettime(CLOCK_MONOTONIC, &t);
        ticks_now = times(&used_now);
        printf("%d ticks %s, user %s, system %s\n", i, way(ticks_now, ticks),
               way(used_now.tms_utime, used.tms_utime), way(used_now.tms_stime, used.tms_stime));
        ticks = ticks_now;
        used = used_now;
        printf("%d clock %s, monotonic %s, time %s\n", i, way(now, before),
               earlier(t, last) ? "BACK" : "on", time(NULL) < start ? "BACK" : "on");
        before = now;
        last = t;
    }
    return 0;
}
