/* Jumps: what instrumented setjmp and longjmp do (gen.h; core/cc/jumps.c says how they travel).
 *
 * A jmp_buf's first words are left alone; in the place of its signal mask stand five numbers of 32
 * bits: a mark, the record's serial number and its address, both low word first. */
#include "runtime.h"
#include <setjmp.h>
#include <string.h>

enum { SERIAL, CONTEXT, TOP, CLOSED };
enum { MARK = 0x504a4d50 };

typedef struct Name {
    uint32_t mark, serial[2], address[2];
} Name;

static unsigned long long last_serial;

static void *place_of(void *buffer) { return &((struct __jmp_buf_tag *)buffer)->__saved_mask; }

static unsigned long long join(const uint32_t half[2])
{
    return half[0] | (unsigned long long)half[1] << 32;
}

/* Every setjmp of an activation gives its record the same number: buffers made there earlier in the same
 * activation stay good. */
void preaches_arm(unsigned long long record[4], void *context, void *buffer)
{
    uintptr_t address = (uintptr_t)record;
    Name name = {.mark = MARK};

    if (!record[SERIAL])
        record[SERIAL] = ++last_serial;
    record[CONTEXT] = (uintptr_t)context;
    record[TOP] = (uintptr_t)preaches_sp;
    record[CLOSED] = preaches_closed;
    name.serial[0] = (uint32_t)record[SERIAL];
    name.serial[1] = (uint32_t)(record[SERIAL] >> 32);
    name.address[0] = (uint32_t)address;
    name.address[1] = (uint32_t)((unsigned long long)address >> 32);
    memcpy(place_of(buffer), &name, sizeof name);
}

void preaches_rearm(unsigned long long record[4], void *context)
{
    record[CONTEXT] = (uintptr_t)context;
    if (record[SERIAL] > last_serial)
        last_serial = record[SERIAL];
}

void preaches_longjmp(void *buffer, int value)
{
    Name name;
    unsigned long long record[4];

    memcpy(&name, place_of(buffer), sizeof name);
    if (name.mark != MARK)
        rt_die(RT_EXIT_FAILED, "longjmp with a buffer that setjmp has not filled");
    memcpy(record, (void *)(uintptr_t)join(name.address), sizeof record);
    if (record[SERIAL] != join(name.serial))
        rt_die(RT_EXIT_FAILED, "longjmp to a function that has returned");
    preaches_sp = (char *)(uintptr_t)record[TOP];
    preaches_closed = (unsigned)record[CLOSED];
    longjmp(*(jmp_buf *)(uintptr_t)record[CONTEXT], value);
}
