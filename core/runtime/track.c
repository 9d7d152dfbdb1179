/* Incremental checkpoints: which pages of the heap and of large variables have changed since the base epoch,
 * the last one whose child came to its end.
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
#include "globals.h"
#include "heapunits.h"
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

/* Tracked memory, whole pages: what large variables touch, neighbours as one; last the heap. */
typedef struct Area {
    uintptr_t base;
    uint64_t n_pages;
    uint64_t first; /* number of its first page, a multiple of 8 */
} Area;

static Shared *shared;
static Area *areas, *heap;          /* heap: the last of them */
static PrTracked *tracked;          /* the others, for the view */
static uint32_t n_areas;
static uint64_t n_pages;            /* of all areas */
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

/* ---- areas ---- */

static int by_base(const void *a, const void *b)
{
    const Area *x = a, *y = b;

    return x->base < y->base ? -1 : x->base > y->base;
}

/* The pages that large variables touch; where two share one, it is in one area. */
static uint32_t find_variables(void)
{
    uint32_t n = 0, merged = 0;
    uint64_t bytes;
    uint8_t *at;

    for (uint32_t i = 0; i < rt_desc.n_symbols; i++)
        if (rt_large_global(i, &at, &bytes)) {
            uintptr_t base = (uintptr_t)at / PR_PAGE_BYTES * PR_PAGE_BYTES;

            areas[n++] = (Area){base, ((uintptr_t)at + bytes - base + PR_PAGE_BYTES - 1) / PR_PAGE_BYTES, 0};
        }
    qsort(areas, n, sizeof *areas, by_base);
    for (uint32_t i = 0; i < n; i++) {
        Area *last = merged ? &areas[merged - 1] : NULL;
        uint64_t behind = last ? (areas[i].base - last->base) / PR_PAGE_BYTES + areas[i].n_pages : 0;

        if (!last || areas[i].base > last->base + last->n_pages * PR_PAGE_BYTES)
            areas[merged++] = areas[i];
        else if (behind > last->n_pages)
            last->n_pages = behind;
    }
    return merged;
}

static bool find_areas(void)
{
    uint32_t large = 0;
    uint64_t bytes;
    uint8_t *at;

    for (uint32_t i = 0; i < rt_desc.n_symbols; i++)
        large += rt_large_global(i, &at, &bytes);
    areas = calloc(large + 1, sizeof *areas);
    tracked = calloc(large + 1, sizeof *tracked);
    if (!areas || !tracked)
        return false;
    n_areas = find_variables();
    heap = &areas[n_areas++];
    *heap = (Area){rt_heap.base, (uint64_t)rt_heap.n_units * UNIT_PAGES, 0};
    for (uint32_t i = 0; i < n_areas; i++) {
        areas[i].first = n_pages;
        n_pages += (areas[i].n_pages + 7) / 8 * 8;
    }
    return true;
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

/* Marks the pages of an area, up to `end`, written since the last call, and protects them. */
static bool scan_area(uint8_t *bitmap, const Area *area, uint64_t end)
{
    static struct page_region region[REGIONS];
    struct pm_scan arg = {.size = sizeof arg, .flags = SCAN_WP_MATCHING | SCAN_CHECK_WPASYNC,
                          .start = area->base, .end = end, .vec = (uintptr_t)region,
                          .vec_len = REGIONS, .category_mask = PAGE_WRITTEN,
                          .return_mask = PAGE_WRITTEN};

    while (arg.start < end) {
        long n = ioctl(pagemap, PAGEMAP_SCAN_IOCTL, &arg);

        if (n < 0)
            return false;
        for (long i = 0; i < n; i++)
            mark(bitmap, area->first + (region[i].start - area->base) / PR_PAGE_BYTES,
                 (region[i].end - region[i].start) / PR_PAGE_BYTES);
        arg.start = arg.walk_end;
    }
    return true;
}

static bool scan(uint8_t *bitmap)
{
    bool ok = true;

    for (const Area *a = areas; a <= heap && ok; a++)
        ok = scan_area(bitmap, a, a == heap ? a->base + rt_arena_heap_bytes() : a->base + a->n_pages * PR_PAGE_BYTES);
    return ok;
}

static void forget_kernel(void)
{
    if (faultfd >= 0)
        close(faultfd);
    if (pagemap >= 0)
        close(pagemap);
    faultfd = pagemap = -1;
}

static bool protect_all(void)
{
    bool ok = true;

    for (const Area *a = areas; a <= heap && ok; a++)
        ok = protect(a->base, a == heap ? rt_heap.bytes : a->n_pages * PR_PAGE_BYTES);
    return ok;
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
        protect_all() && scan(dirty))
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
        XXH3_128bits_update(state, pool->counts + first, (size_t)(end - first) * sizeof *pool->counts);
}

/* Up to the heap's last. */
static size_t pages_in_use(void) { return (size_t)(heap->first + (uint64_t)rt_units_top() * UNIT_PAGES); }

static void hash_page(XXH3_state_t *state, const uint8_t *page, Hash *to)
{
    XXH3_128bits_update(state, page, PR_PAGE_BYTES);
    XXH128_hash_t hash = XXH3_128bits_digest(state);
    *to = (Hash){hash.low64, hash.high64};
}

static void hash_variables(XXH3_state_t *state)
{
    for (const Area *a = areas; a < heap; a++)
        for (uint64_t k = 0; k < a->n_pages; k++) {
            XXH3_128bits_reset(state);
            hash_page(state, (const uint8_t *)a->base + k * PR_PAGE_BYTES, &now[a->first + k]);
        }
}

static bool hash_pages(const PrView *view)
{
    XXH3_state_t *state = XXH3_createState();

    now = calloc(pages_in_use() + 1, sizeof *now);
    if (state && now)
        hash_variables(state);
    for (uint32_t i = 0; state && now && i < view->n_pools; i++) {
        const PrPool *pool = &view->pools[i];
        uint64_t page = (uint64_t)pool->unit * UNIT_PAGES;

        for (uint64_t k = 0; k < (uint64_t)pool->n_units * UNIT_PAGES; k++) {
            XXH3_128bits_reset(state);
            hash_blocks(state, pool, k * PR_PAGE_BYTES);
            hash_page(state, view->heap + (page + k) * PR_PAGE_BYTES, &now[heap->first + page + k]);
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
    if (find_areas()) {
        dirty = rt_units_table((size_t)n_pages / 8, 1);
        forced = rt_units_table((size_t)n_pages / 8, 1);
        shared = mmap(NULL, sizeof *shared + (size_t)n_pages * sizeof(Hash), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    }
    if (shared == MAP_FAILED || !shared || !dirty || !forced) {
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

void rt_track_view(PrView *view)
{
    if (!shared)
        return;
    if (faultfd < 0) {
        if (!hash_pages(view)) {
            free(now);
            now = NULL;
            shared->base_epoch = 0;
            return;
        }
        memset(dirty, 0, bitmap_bytes); /* where this process shares the program's memory */
        compare_pages();
    }
    view->base_epoch = shared->base_epoch;
    if (!view->base_epoch)
        return;
    for (const Area *a = areas; a < heap; a++)
        tracked[a - areas] = (PrTracked){(const uint8_t *)a->base, a->n_pages * PR_PAGE_BYTES, dirty + a->first / 8};
    view->dirty = dirty + heap->first / 8;
    view->tracked = tracked;
    view->n_tracked = n_areas - 1;
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
    mark(forced, heap->first + (uint64_t)unit * UNIT_PAGES, (uint64_t)n * UNIT_PAGES);
    if (!protect((uintptr_t)rt_unit_address(unit), n * PR_UNIT_BYTES)) {
        forget_kernel();
        shared->base_epoch = 0;
    }
}
