/* The program's variables: put back at a restart, and large ones treated as the heap is. They have huge pages
 * as they are first written, which makes fork() cheap, and are mapped from the image at recovery, so that it
 * takes as long whatever their size. The compiler has put them at pages (core/cc/emit.c), and so has the image;
 * where both are not at the same distance from one, as with other page sizes, they are copied. */
#define _GNU_SOURCE
#include "globals.h"
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static uint64_t large_bytes;

bool rt_large_global(uint32_t symbol, uint8_t **at, uint64_t *bytes)
{
    const PrSymbol *s = &rt_desc.symbols[symbol];

    *at = s->kind == PR_SYM_DATA ? (uint8_t *)(uintptr_t)rt_symbols()[symbol].addr : NULL;
    *bytes = *at ? rt_desc.layouts[rt_layout].size[s->type] : 0;
    return *bytes >= PR_MAPPED_BYTES;
}

uint64_t rt_large_globals_bytes(void) { return large_bytes; }

bool rt_large_globals_overlap(uint64_t from, uint64_t to)
{
    uint64_t bytes;
    uint8_t *at;

    for (uint32_t i = 0; i < rt_desc.n_symbols; i++)
        if (rt_large_global(i, &at, &bytes) && (uintptr_t)at < to && from < (uintptr_t)at + bytes)
            return true;
    return false;
}

void rt_globals_init(void)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uint64_t bytes;
    uint8_t *at;

    for (uint32_t i = 0; i < rt_desc.n_symbols; i++)
        if (rt_large_global(i, &at, &bytes)) {
            uintptr_t from = ((uintptr_t)at + page - 1) / page * page;
            uintptr_t to = ((uintptr_t)at + (uintptr_t)bytes) / page * page;

            large_bytes += bytes;
            (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
        }
}

/* Maps the whole pages of a variable, whose bytes stand at `offset` of the file, and copies the rest. False:
 * that cannot be. */
static bool map_global(const PrImage *image, uint8_t *at, uint64_t bytes, const uint8_t *from)
{
    uint64_t offset = (uint64_t)(from - image->map), page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t before = (page - (uintptr_t)at % page) % page, inside = (bytes - before) / page * page;

    if (((uintptr_t)at - offset) % page ||
        mmap64(at + before, (size_t)inside, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE,
               image->fd, (off64_t)(offset + before)) != at + before)
        return false;
    memcpy(at, from, (size_t)before);
    memcpy(at + before + inside, from + before + inside, (size_t)(bytes - before - inside));
    return true;
}

void rt_globals_restore(const PrImage *image)
{
    uint64_t bytes;
    uint8_t *at;

    for (uint32_t i = 0; i < rt_desc.n_symbols; i++) {
        const uint8_t *from = image->view.globals[i];
        bool large = rt_large_global(i, &at, &bytes);

        if (!from || !bytes)
            continue;
        if (!large || rt_config.restore_by == RT_RESTORE_READ || !map_global(image, at, bytes, from))
            memcpy(at, from, (size_t)bytes);
    }
}
