/* Clocks and broken-down time. Processor time and the monotonic clock go on where they stood, on
 * whatever machine. Broken-down times carry the name of their zone, which must be the arena's.
 *
 * The program's types may be wider than the runtime's (_TIME_BITS=64), so callers say how wide; what
 * the runtime does not speak ends the program rather than read the wrong bytes. */
#define _GNU_SOURCE
#include "records.h"
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

/* ---- clocks ---- */

enum { CPU, MONOTONIC, USER, SYSTEM, N_CLOCKS };

static uint64_t noted_ns[N_CLOCKS]; /* at the poll */
static int64_t ahead_ns[N_CLOCKS];  /* of this machine's clocks */
static bool asked; /* the program has seen a clock: else no image depends on when it was made */

static uint64_t clock_ns(clockid_t id)
{
    struct timespec t = {0};

    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static uint64_t used_ns(struct timeval t)
{
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_usec * 1000;
}

/* The program's clocks: this machine's, and what they are behind those of the lives before. User and
 * system time each have their own, as one life may have had much of what the next has little of. */
static void own_clocks(uint64_t now[N_CLOCKS])
{
    struct rusage used = {0};

    getrusage(RUSAGE_SELF, &used);
    now[CPU] = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    now[MONOTONIC] = clock_ns(CLOCK_MONOTONIC);
    now[USER] = used_ns(used.ru_utime);
    now[SYSTEM] = used_ns(used.ru_stime);
    for (int i = 0; i < N_CLOCKS; i++)
        now[i] += (uint64_t)ahead_ns[i];
}

void rt_times_note(void)
{
    if (asked)
        own_clocks(noted_ns);
}

static void need_bytes(const char *what, size_t bytes, size_t own)
{
    if (bytes != own)
        rt_die(RT_EXIT_FAILED, "%s of %zu bytes, where the runtime has %zu (_TIME_BITS?)", what, bytes,
               own);
}

long preaches_clock(void)
{
    asked = true;
    return (long)((clock_ns(CLOCK_PROCESS_CPUTIME_ID) + (uint64_t)ahead_ns[CPU]) /
                  (1000000000 / CLOCKS_PER_SEC));
}

/* In ticks, of which CLK_TCK are a second here; what the process used elsewhere counts as its own time. */
long preaches_times(void *to)
{
    uint64_t tick_ns = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK), own[N_CLOCKS];
    struct tms t;

    asked = true;
    if (times(&t) == (clock_t)-1 && errno == EFAULT)
        return -1;
    own_clocks(own);
    t.tms_utime = (clock_t)(own[USER] / tick_ns);
    t.tms_stime = (clock_t)(own[SYSTEM] / tick_ns);
    if (to)
        memcpy(to, &t, sizeof t);
    return (long)(own[MONOTONIC] / tick_ns);
}

int preaches_clock_gettime_(int id, void *to, __SIZE_TYPE__ bytes)
{
    struct timespec t;
    bool calendar = id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE;
    int64_t ahead = calendar ? 0 : ahead_ns[id == CLOCK_PROCESS_CPUTIME_ID ? CPU : MONOTONIC];
    int64_t ns;

    need_bytes("struct timespec", bytes, sizeof t);
    asked |= !calendar;
    if (clock_gettime(id, &t) != 0)
        return -1;
    ns = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec + ahead;
    t.tv_sec = (time_t)(ns / 1000000000);
    t.tv_nsec = (long)(ns % 1000000000);
    memcpy(to, &t, sizeof t);
    return 0;
}

/* ---- broken-down time ---- */

static struct tm *last; /* what localtime() and gmtime() hand out: a block of the arena */
static char *time_text; /* what asctime() and ctime() hand out */
enum { TEXT_BYTES = 128 };

static void *zoned(struct tm *t)
{
    if (t && t->tm_zone)
        t->tm_zone = rt_intern(t->tm_zone);
    return t;
}

static time_t time_of(const void *when, size_t bytes)
{
    time_t t;

    need_bytes("time_t", bytes, sizeof t);
    memcpy(&t, when, sizeof t);
    return t;
}

void *preaches_localtime_r_(const void *when, __SIZE_TYPE__ bytes, void *to)
{
    time_t t = time_of(when, bytes);

    tzset(); /* as localtime() does; localtime_r() need not */
    return zoned(localtime_r(&t, to));
}

void *preaches_gmtime_r_(const void *when, __SIZE_TYPE__ bytes, void *to)
{
    time_t t = time_of(when, bytes);

    return zoned(gmtime_r(&t, to));
}

static struct tm *own_tm(unsigned type, unsigned site)
{
    if (!last)
        last = preaches_calloc(1, sizeof *last, type, site);
    return last;
}

void *preaches_localtime_(const void *when, __SIZE_TYPE__ bytes, unsigned type, unsigned site)
{
    struct tm *to = own_tm(type, site);

    return to ? preaches_localtime_r_(when, bytes, to) : NULL;
}

void *preaches_gmtime_(const void *when, __SIZE_TYPE__ bytes, unsigned type, unsigned site)
{
    struct tm *to = own_tm(type, site);

    return to ? preaches_gmtime_r_(when, bytes, to) : NULL;
}

long long preaches_mktime(void *t)
{
    time_t when = mktime(t);

    zoned(t);
    return when;
}

long long preaches_timegm(void *t)
{
    time_t when = timegm(t);

    zoned(t);
    return when;
}

char *preaches_asctime(const void *t)
{
    char made[TEXT_BYTES];

    if (!t || !asctime_r(t, made)) {
        errno = EINVAL;
        return NULL;
    }
    if (!time_text)
        time_text = preaches_calloc(TEXT_BYTES, 1, PR_TYPE_CHAR, PR_NO_ALLOC);
    return time_text ? strcpy(time_text, made) : NULL;
}

char *preaches_ctime_(const void *when, __SIZE_TYPE__ bytes)
{
    struct tm t;
    time_t at = time_of(when, bytes);

    return localtime_r(&at, &t) ? preaches_asctime(&t) : NULL;
}

void rt_times_save(RtOut *out)
{
    if (!asked && !last && !time_text)
        return;
    rt_put_number(out, asked, 4);
    for (int i = 0; i < N_CLOCKS; i++)
        rt_put_number(out, noted_ns[i], 8);
    rt_put_number(out, (uintptr_t)last, 8);
    rt_put_number(out, (uintptr_t)time_text, 8);
}

void rt_times_load(RtIn *in)
{
    uint64_t here[N_CLOCKS];

    asked = rt_get_number(in, 4) != 0;
    own_clocks(here); /* this machine's alone: nothing is ahead yet */
    for (int i = 0; i < N_CLOCKS; i++) {
        uint64_t then = rt_get_number(in, 8);

        ahead_ns[i] = asked ? (int64_t)(then - here[i]) : 0;
    }
    last = rt_get_block(in);
    time_text = rt_get_block(in);
}
