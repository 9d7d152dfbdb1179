/* Incremental checkpoints: which pages of the heap have changed since the base epoch, the last one
 * whose child came to its end.
 *
 * Two ways, in this order. The kernel's: userfaultfd in asynchronous write-protect mode, and
 * PAGEMAP_SCAN at each checkpoint, which tells the pages written since the last and protects them
 * again; what is told before an epoch has failed is kept. Everywhere else (older kernels, qemu-user):
 * the child hashes every page in use, together with what the allocator says of its blocks, so that a
 * block freed and taken again with the same bytes counts as changed.
 *
 * The base is told from child to program through shared memory. A base of 0 means: a whole image. */
#define _GNU_SOURCE
#define XXH_INLINE_ALL
#include "heapunits.h"
#include "runtime.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <xxhash.h>

enum {
    UNIT_PAGES = PR_UNIT_BYTES / PR_PAGE_BYTES
};

typedef struct Hash {
    uint64_t lo, hi; /* both 0: the page was not in use */
} Hash;

typedef struct Shared { /* between the program and its checkpoint children, one at a time */
    volatile uint64_t base_epoch;
    uint64_t n_pages; /* pages from here on have no hash */
    Hash hash[];
} Shared;

static Shared *shared;
static uint8_t *dirty;              /* written since the base epoch; bit i of byte i/8: page i */
static uint8_t *forced;             /* mapped anew since the last checkpoint */
static size_t bitmap_bytes;         /* of both, as far as any bit has been set */
static uint64_t last_epoch;         /* whose child was begun last */
static Hash *now;                   /* child: the pages as they are, to become shared->hash */
static int pagemap = -1, faultfd = -1;

static void mark(uint8_t *bitmap, uint64_t page, uint64_t n)
{
    for (uint64_t i = page; i < page + n; i++)
        bitmap[i / 8] |= (uint8_t)(1U << i % 8);
    if ((page + n + 7) / 8 > bitmap_bytes)
        bitmap_bytes = (size_t)((page + n + 7) / 8);
}

/* ---- the kernel's way ---- */

/* The parts of linux/userfaultfd.h and linux/fs.h that libc's headers may be too old for. */
struct uffd_api { uint64_t api, features, ioctls; };
struct uffd_register { uint64_t start, len, mode, ioctls; };
struct page_region { uint64_t start, end, categories; };
struct pm_scan {
    uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
    uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
#define UFFD_API_IOCTL      _IOWR(0xAA, 0x3F, struct uffd_api)
#define UFFD_REGISTER_IOCTL _IOWR(0xAA, 0x00, struct uffd_register)
#define PAGEMAP_SCAN_IOCTL  _IOWR('f', 16, struct pm_scan)
enum {
    UFFD_USER_ONLY = 1, UFFD_MODE_WP = 2, UFFD_WP_UNPOPULATED = 1 << 13, UFFD_WP_ASYNC = 1 << 15,
    SCAN_WP_MATCHING = 1, SCAN_CHECK_WPASYNC = 2, PAGE_WRITTEN = 2, REGIONS = 512
};

static bool protect(uint64_t address, uint64_t bytes)
{
    struct uffd_register range = {.start = address, .len = bytes, .mode = UFFD_MODE_WP};

    return ioctl(faultfd, UFFD_REGISTER_IOCTL, &range) == 0;
}

/* Marks the pages written since the last call, and protects them. */
static bool scan(uint8_t *bitmap)
{
    static struct page_region region[REGIONS];
    uint64_t end = rt_heap.base + rt_arena_heap_bytes();
    struct pm_scan arg = {.size = sizeof arg, .flags = SCAN_WP_MATCHING | SCAN_CHECK_WPASYNC,
                          .start = rt_heap.base, .end = end, .vec = (uintptr_t)region,
                          .vec_len = REGIONS, .category_mask = PAGE_WRITTEN,
                          .return_mask = PAGE_WRITTEN};

    while (arg.start < end) {
        long n = ioctl(pagemap, PAGEMAP_SCAN_IOCTL, &arg);

        if (n < 0)
            return false;
        for (long i = 0; i < n; i++)
            mark(bitmap, (region[i].start - rt_heap.base) / PR_PAGE_BYTES,
                 (region[i].end - region[i].start) / PR_PAGE_BYTES);
        arg.start = arg.walk_end;
    }
    return true;
}

static void forget_kernel(void)
{
    if (faultfd >= 0)
        close(faultfd);
    if (pagemap >= 0)
        close(pagemap);
    faultfd = pagemap = -1;
}

static bool kernel_tracks(void)
{
    struct uffd_api api = {.api = 0xAA, .features = UFFD_WP_ASYNC | UFFD_WP_UNPOPULATED};

    if (sysconf(_SC_PAGESIZE) != PR_PAGE_BYTES)
        return false;
#ifdef SYS_userfaultfd
    faultfd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_ONLY);
#endif
    pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (faultfd >= 0 && pagemap >= 0 && ioctl(faultfd, UFFD_API_IOCTL, &api) == 0 &&
        protect(rt_heap.base, rt_heap.bytes) && scan(dirty))
        return true;
    forget_kernel();
    return false;
}

/* ---- the child's way ---- */

/* What the allocator says of the page's blocks: two equal pages of different blocks differ. */
static void hash_blocks(XXH3_state_t *state, const PrPool *pool, uint64_t from)
{
    uint64_t first = from / pool->slot_bytes,
             end = (from + PR_PAGE_BYTES + pool->slot_bytes - 1) / pool->slot_bytes;
    uint64_t head[4] = {pool->unit, pool->type, pool->n_slots == 1 ? 0 : pool->slot_bytes,
                        pool->count};

    end = end < pool->n_slots ? end : pool->n_slots;
    XXH3_128bits_update(state, head, sizeof head);
    if (first < end)
        XXH3_128bits_update(state, pool->live + first / 8, (size_t)((end + 7) / 8 - first / 8));
    if (first < end && pool->counts)
        XXH3_128bits_update(state, pool->counts + first, (size_t)(end - first) * 8);
}

static size_t pages_in_use(void) { return (size_t)rt_units_top() * UNIT_PAGES; }

static bool hash_pages(const PrView *view)
{
    XXH3_state_t *state = XXH3_createState();

    now = calloc(pages_in_use() + 1, sizeof *now);
    for (uint32_t i = 0; state && now && i < view->n_pools; i++) {
        const PrPool *pool = &view->pools[i];
        uint64_t page = (uint64_t)pool->unit * UNIT_PAGES;

        for (uint64_t k = 0; k < (uint64_t)pool->n_units * UNIT_PAGES; k++) {
            XXH3_128bits_reset(state);
            hash_blocks(state, pool, k * PR_PAGE_BYTES);
            XXH3_128bits_update(state, view->heap + (page + k) * PR_PAGE_BYTES, PR_PAGE_BYTES);
            XXH128_hash_t hash = XXH3_128bits_digest(state);
            now[page + k] = (Hash){hash.low64, hash.high64};
        }
    }
    if (state)
        XXH3_freeState(state);
    return state && now;
}

static void compare_pages(void)
{
    for (uint64_t i = 0; i < pages_in_use(); i++)
        if (i >= shared->n_pages || now[i].lo != shared->hash[i].lo ||
            now[i].hi != shared->hash[i].hi || !(shared->hash[i].lo | shared->hash[i].hi))
            mark(dirty, i, 1);
}

/* ---- both ---- */

void rt_track_init(void)
{
    if (!rt_config.incremental)
        return;
    dirty = rt_units_table(rt_heap.n_units, UNIT_PAGES / 8);
    forced = rt_units_table(rt_heap.n_units, UNIT_PAGES / 8);
    shared = mmap(NULL, sizeof *shared + (size_t)rt_heap.n_units * UNIT_PAGES * sizeof(Hash),
                  PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (shared == MAP_FAILED || !dirty || !forced) {
        shared = NULL;
        rt_warn("no incremental checkpoints: %s", strerror(errno));
    } else if (rt_config.incremental == RT_TRACK_ANY) {
        kernel_tracks();
    }
}

void rt_track_note(uint64_t epoch)
{
    if (!shared)
        return;
    if (faultfd >= 0) {
        if (shared->base_epoch && shared->base_epoch == last_epoch)
            memset(dirty, 0, bitmap_bytes);
        for (uint64_t i = 0; i < bitmap_bytes; i++)
            dirty[i] |= forced[i];
        memset(forced, 0, bitmap_bytes);
        if (!scan(dirty)) {
            forget_kernel();
            shared->base_epoch = 0;
        }
    }
    last_epoch = epoch;
}

const uint8_t *rt_track_dirty(const PrView *view, uint64_t *base_epoch)
{
    if (!shared)
        return NULL;
    *base_epoch = shared->base_epoch;
    if (faultfd < 0) {
        if (!hash_pages(view)) {
            free(now);
            now = NULL;
            shared->base_epoch = 0;
            return NULL;
        }
        memset(dirty, 0, bitmap_bytes); /* where this process shares the program's memory */
        compare_pages();
    }
    return *base_epoch ? dirty : NULL;
}

void rt_track_done(uint64_t epoch)
{
    if (!shared)
        return;
    if (faultfd < 0) {
        shared->base_epoch = 0; /* while the table is of no epoch */
        if (!now)
            return;
        __sync_synchronize();
        memcpy(shared->hash, now, pages_in_use() * sizeof *now);
        shared->n_pages = pages_in_use();
        free(now);
        now = NULL;
        __sync_synchronize();
    }
    shared->base_epoch = epoch;
}

void rt_track_remapped(uint32_t unit, uint32_t n)
{
    if (faultfd < 0)
        return;
    mark(forced, (uint64_t)unit * UNIT_PAGES, (uint64_t)n * UNIT_PAGES);
    if (!protect((uintptr_t)rt_unit_address(unit), n * PR_UNIT_BYTES)) {
        forget_kernel();
        shared->base_epoch = 0;
    }
}
