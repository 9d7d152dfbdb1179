/* Snapshots without a copy, and what the others copy.
 *
 * PREACHES_SNAPSHOT=inline is for machines without memory to spare. The child is vfork's: it has the
 * program's own memory, and the program sleeps until it has ended. So nothing is ever copied on write,
 * and no memory has to be promised twice. The child does what every checkpoint child does, which takes
 * the program's frames off the C stack; the program puts them back when it wakes.
 *
 * The stack, growing downwards (the other way on hppa):
 *
 *     main's frame ... the program's frames ... rt_fork_shared, split | pad | vfork's caller
 *     <------------- copied, and put back ------------------------>          wakes up here
 *
 * The child's calls reach as far down as conversion needs stack, from wherever it has unwound to. The pad
 * keeps them off the frame in which the program wakes. qemu-user makes a fork of a vfork: then what is put
 * back is what stands there. */
#define _GNU_SOURCE
#include "globals.h"
#include "heapunits.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    PAD_BYTES = 1 << 20,
    SLACK_BYTES = 512 /* where callees of main save registers in its frame (s390x, ppc) */
};

static struct Kept {
    char *at, *copy; /* of the C stack */
    size_t bytes;
} kept;

static __attribute__((noinline)) int fork_and_mend(void)
{
    pid_t pid = vfork();

    if (pid != 0)
        memcpy(kept.at, kept.copy, kept.bytes);
    return pid;
}

/* The stack from main's frame to the pad's near end. */
static bool keep_stack(const char *pad)
{
    uintptr_t main_frame = (uintptr_t)rt_progress.main_frame, low = (uintptr_t)pad, high = low + PAD_BYTES;

    if (main_frame > high)
        kept = (struct Kept){.at = (char *)high, .bytes = main_frame - high + SLACK_BYTES};
    else
        kept = (struct Kept){.at = (char *)main_frame - SLACK_BYTES,
                             .bytes = low - main_frame + SLACK_BYTES};
    kept.copy = malloc(kept.bytes);
    if (kept.copy)
        memcpy(kept.copy, kept.at, kept.bytes);
    return kept.copy != NULL;
}

/* Calls nothing after the fork: its callees' frames would lie where the program wakes. */
static __attribute__((noinline)) int split(void)
{
    volatile char *pad = __builtin_alloca(PAD_BYTES);
    int pid;

    if (!keep_stack((const char *)(uintptr_t)pad))
        return fork();
    pid = fork_and_mend();
    pad[0] = 0; /* it lives until here */
    return pid;
}

static bool stack_has_room(void)
{
    struct rlimit limit;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0), frame = (uintptr_t)rt_progress.main_frame;
    uintptr_t used = here < frame ? frame - here : here - frame;

    return getrlimit(RLIMIT_STACK, &limit) == 0 &&
           (limit.rlim_cur == RLIM_INFINITY || used + 3 * (rlim_t)PAD_BYTES < limit.rlim_cur);
}

int rt_fork_shared(void)
{
    RtProgress progress = rt_progress;
    char *sp = preaches_sp;
    unsigned closed = preaches_closed;
    int pid;

    if (!stack_has_room())
        return fork();
    pid = split();
    if (pid == 0)
        return 0;
    free(kept.copy);
    rt_progress = progress;
    preaches_sp = sp;
    preaches_closed = closed;
    preaches_unwinding = 0;
    return pid;
}

/* ---- what a fork copies ---- */

/* Whether the line of smaps begins a mapping, and then whether that is of stack, heap or large variables. */
static bool mapping(const char *line, bool *ours)
{
    unsigned long long from, to;

    if (sscanf(line, "%llx-%llx ", &from, &to) != 2)
        return false;
    *ours = (from >= PR_STACK_BASE && to <= PR_STACK_END) ||
            (from >= rt_heap.base && to <= (unsigned long long)rt_heap.base + rt_heap.bytes) ||
            rt_large_globals_overlap(from, to);
    return true;
}

uint64_t rt_copied_bytes(void)
{
    FILE *maps = rt_config.snapshot == RT_SNAPSHOT_FORK ? fopen("/proc/self/smaps", "re") : NULL;
    unsigned long long kib;
    uint64_t bytes = 0;
    bool ours = false;
    char line[512];

    while (maps && fgets(line, sizeof line, maps))
        if (!mapping(line, &ours) && ours && sscanf(line, "Private_Dirty: %llu", &kib) == 1)
            bytes += (uint64_t)kib << 10;
    if (maps)
        fclose(maps);
    return bytes;
}
