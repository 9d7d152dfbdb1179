/* --polls=record: counts how often each candidate for a poll is met, and in which slots of CPU time.
 * Linked only into programs built that way. The file's form: core/cc/pollprofile.h.
 *
 * A helper process keeps the number of the present slot in shared memory, so that a candidate costs a
 * few instructions and no system call. When the slots run out, two become one. */
#define _GNU_SOURCE
#include "runtime.h"
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 1 << 14, FIRST_SLOT_US = 1000, TICK_NS = 200000 };

extern const unsigned preaches_record_n, preaches_record_functions;
extern const char *const preaches_record_names[];

static struct Clock {
    volatile unsigned slot; /* + 1; SLOTS + 1: they have run out */
    volatile uint32_t slot_us; /* a slot is this long, or longer if the helper came late */
    volatile uint32_t us[SLOTS + 1];
} first = {.slot = 1, .slot_us = FIRST_SLOT_US}, *ticking = &first;
volatile unsigned *preaches_slot = &first.slot;

static uint8_t *met; /* [candidate][SLOTS / 8] */

static uint64_t clock_us(clockid_t of)
{
    struct timespec now = {0};

    return clock_gettime(of, &now) ? 0 : (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void tick(clockid_t of, pid_t parent)
{
    const struct timespec moment = {.tv_nsec = TICK_NS};
    uint64_t last = 0;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (getppid() == parent) {
        uint64_t now = clock_us(of);
        unsigned slot = ticking->slot;

        if (now >= last + ticking->slot_us) {
            ticking->us[slot - 1] = ticking->us[slot - 1] + (uint32_t)(now - last);
            last = now;
            if (slot <= SLOTS)
                ticking->slot = slot + 1;
        }
        nanosleep(&moment, NULL);
    }
    _exit(0);
}

void rt_record_begin(void)
{
    struct Clock *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t parent = getpid();
    clockid_t own;

    met = calloc(preaches_record_n + 1u, SLOTS / 8);
    if (shared == MAP_FAILED || !met || clock_getcpuclockid(parent, &own) != 0)
        rt_die(RT_EXIT_FAILED, "the polls cannot be recorded: %s", strerror(errno));
    shared->slot = 1;
    shared->slot_us = FIRST_SLOT_US;
    ticking = shared;
    preaches_slot = &shared->slot;
    if (fork() == 0)
        tick(own, parent);
}

/* Two slots become one. */
static void halve(void)
{
    for (size_t i = 0; i < preaches_record_n; i++) {
        uint8_t *bits = met + i * (SLOTS / 8);

        for (unsigned s = 0; s < SLOTS; s++) {
            bool was = bits[s / 8] >> s % 8 & 1;

            bits[s / 8] &= (uint8_t)~(1u << s % 8);
            if (was)
                bits[s / 16] |= (uint8_t)(1u << s / 2 % 8);
        }
    }
    for (unsigned s = 0; s < SLOTS / 2; s++)
        ticking->us[s] = ticking->us[2 * s] + ticking->us[2 * s + 1];
    for (unsigned s = SLOTS / 2; s <= SLOTS; s++)
        ticking->us[s] = s == SLOTS / 2 ? ticking->us[SLOTS] : 0;
    ticking->slot_us = ticking->slot_us * 2;
    ticking->slot = SLOTS / 2 + 1;
}

void preaches_record_slot(unsigned candidate)
{
    unsigned slot = ticking->slot;

    if (slot > SLOTS)
        halve();
    slot = ticking->slot;
    preaches_recorded[candidate].slot = slot;
    if (met && slot <= SLOTS)
        met[candidate * (size_t)(SLOTS / 8) + (slot - 1) / 8] |= (uint8_t)(1u << (slot - 1) % 8);
}

/* Durations, those that follow one another alike as "USxN". Rounded, so that they often are. */
static void write_durations(FILE *to, unsigned n)
{
    enum { ROUND_US = 100 };
    uint64_t sum = 0;

    for (unsigned s = 0; s + 1 < n; s++)
        sum += ticking->us[s];
    if (n) /* the last one has not ended */
        ticking->us[n - 1] = (uint32_t)(clock_us(CLOCK_PROCESS_CPUTIME_ID) - sum);
    for (unsigned s = 0; s < n; s++) {
        unsigned us = (ticking->us[s] + ROUND_US / 2) / ROUND_US * ROUND_US, same = 1;

        while (s + 1 < n && (ticking->us[s + 1] + ROUND_US / 2) / ROUND_US * ROUND_US == us)
            s++, same++;
        fprintf(to, same > 1 ? "%s%ux%u" : "%s%u", s + 1 > same ? "," : "", us, same);
    }
}

static void write_slots(FILE *to, const uint8_t *bits)
{
    bool any = false;

    for (unsigned s = 0; s < SLOTS; s++) {
        unsigned first_slot = s;

        if (!(bits[s / 8] >> s % 8 & 1))
            continue;
        while (s + 1 < SLOTS && bits[(s + 1) / 8] >> (s + 1) % 8 & 1)
            s++;
        fprintf(to, s > first_slot ? "%s%u-%u" : "%s%u", any ? "," : "", first_slot, s);
        any = true;
    }
    fputs(any ? "\n" : "-\n", to);
}

static void write_profile(FILE *to)
{
    unsigned n = preaches_record_n, slots = ticking->slot < SLOTS ? ticking->slot : SLOTS;

    fprintf(to, "preaches-polls 1\nrun\t%u\t", slots);
    write_durations(to, slots);
    fputc('\n', to);
    for (unsigned i = 0; i < n; i++) {
        fprintf(to, "site\t%llu\t%s\t", preaches_recorded[i].count, preaches_record_names[i]);
        write_slots(to, met + i * (size_t)(SLOTS / 8));
    }
    for (unsigned i = 0; i < preaches_record_functions; i++)
        fprintf(to, "call\t%llu\t%s\n", preaches_record_calls[i], preaches_record_names[n + i]);
}

void rt_record_end(void)
{
    char own[PATH_MAX], path[PATH_MAX + 16];
    const char *wanted = rt_config.record;
    ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
    FILE *to;

    own[n > 0 ? n : 0] = 0;
    snprintf(path, sizeof path, "%s.polls", own);
    to = fopen(wanted ? wanted : path, "we");
    if (to)
        write_profile(to);
    if (!to || fclose(to) != 0)
        rt_warn("the record of the polls could not be written to %s: %s", wanted ? wanted : path,
                strerror(errno));
}
