/* Polls that are patched (--sites=patch): each is an instruction that does nothing and is as long as a jump.
 * While polls have to come to preaches_poll(), jumps to their cold sides stand there instead, so that they cost
 * the program next to nothing while nobody asks.
 *
 * gen.h writes the polls, and for each copy that the compiler makes of one, a row of the section preaches_sites.
 * The program has one thread and all signals are blocked meanwhile, so nobody runs what is half written.
 * Only meanwhile is the text writable; it can be executed all the time, since this code stands in it. */
#include "runtime.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A poll and where its cold side begins, as distances from the fields themselves. */
typedef struct SiteRow {
    int32_t poll, cold;
} SiteRow;
extern const SiteRow __start_preaches_sites[] __attribute__((weak)), __stop_preaches_sites[] __attribute__((weak));

/* ---- instructions: quiet[], as gen.h has it, and a jump; false: it does not reach ---- */

#if defined __x86_64__ || defined __i386__ /* jmp rel32 */
static const uint8_t quiet[] = {0x0f, 0x1f, 0x44, 0, 0};

static bool jump(uint8_t *code, uintptr_t from, uintptr_t to)
{
    uint32_t distance = (uint32_t)(to - from - sizeof quiet);

    code[0] = 0xe9;
    memcpy(code + 1, &distance, sizeof distance);
    return true;
}
#elif defined __s390x__ /* brcl 15 */
static const uint8_t quiet[] = {0xc0, 0x04, 0, 0, 0, 0};

static bool jump(uint8_t *code, uintptr_t from, uintptr_t to)
{
    int32_t halfwords = (int32_t)((intptr_t)(to - from) / 2);

    code[0] = 0xc0;
    code[1] = 0xf4;
    memcpy(code + 2, &halfwords, sizeof halfwords);
    return true;
}
#elif defined __m68k__ /* bra.l, counted from behind its first word */
static const uint8_t quiet[] = {0x51, 0xfb, 0, 0, 0, 0};

static bool jump(uint8_t *code, uintptr_t from, uintptr_t to)
{
    uint32_t distance = to - from - 2;

    code[0] = 0x60;
    code[1] = 0xff;
    memcpy(code + 2, &distance, sizeof distance);
    return true;
}
#elif defined __aarch64__ /* b, within 128 MiB */
static const uint8_t quiet[] = {0x1f, 0x20, 0x03, 0xd5};

static bool jump(uint8_t *code, uintptr_t from, uintptr_t to)
{
    const intptr_t distance = (intptr_t)(to - from), reach = (intptr_t)1 << 27;
    const uint32_t word = 0x14000000 | ((uint32_t)(distance / 4) & 0x03ffffff);

    memcpy(code, &word, sizeof word);
    return distance >= -reach && distance < reach;
}
#elif defined __mips__ /* j, within 256 MiB; the nop behind it stays */
static const uint8_t quiet[] = {0, 0, 0, 0};

static bool jump(uint8_t *code, uintptr_t from, uintptr_t to)
{
    const uint32_t word = 0x08000000 | ((uint32_t)to >> 2 & 0x03ffffff);

    memcpy(code, &word, sizeof word);
    return (from + 4) >> 28 == to >> 28;
}
#else /* gen.h tests the flag, and there are no rows */
static const uint8_t quiet[1];

static bool jump(uint8_t *code, uintptr_t from, uintptr_t to)
{
    (void)code;
    (void)from;
    (void)to;
    return false;
}
#endif

/* ---- the text ---- */

static uintptr_t text_begin, text_end; /* whole pages with all polls; both 0: there are none */
static bool patched;

static uintptr_t place(const int32_t *field) { return (uintptr_t)field + (uintptr_t)(intptr_t)*field; }

static bool protect(int extra)
{
    return mprotect((void *)text_begin, text_end - text_begin, PROT_READ | PROT_EXEC | extra) == 0;
}

const char *rt_sites_init(void)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t begin = UINTPTR_MAX, end = 0;
    uint8_t code[sizeof quiet];

    for (const SiteRow *row = __start_preaches_sites; row < __stop_preaches_sites; row++) {
        const uintptr_t at = place(&row->poll);

        if (!jump(code, at, place(&row->cold)))
            rt_die(RT_EXIT_FAILED, "the poll at %p is too far from its cold side", (void *)at);
        begin = at < begin ? at : begin;
        end = at + sizeof quiet > end ? at + sizeof quiet : end;
    }
    if (end == 0)
        return NULL;
    text_begin = begin & ~(page - 1);
    text_end = (end + page - 1) & ~(page - 1);
    return protect(PROT_WRITE) && protect(0) ? NULL : strerror(errno);
}

static void write_all(bool wanted)
{
    uint8_t code[sizeof quiet];

    for (const SiteRow *row = __start_preaches_sites; row < __stop_preaches_sites; row++) {
        const uintptr_t at = place(&row->poll);

        if (wanted)
            (void)jump(code, at, place(&row->cold));
        memcpy((void *)at, wanted ? code : quiet, sizeof quiet);
    }
    __builtin___clear_cache((char *)text_begin, (char *)text_end);
}

bool rt_sites_patch(bool wanted)
{
    sigset_t all, before;
    bool writable;

    if (wanted == patched || !text_end)
        return true;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    writable = protect(PROT_WRITE);
    if (writable) {
        write_all(wanted);
        patched = wanted;
        (void)protect(0); /* left writable, it would still be right */
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return writable;
}
