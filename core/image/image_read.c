/* The sections behind the header: each is parsed into the view's tables, all in one allocation. */
#include "image_read.h"
#include <stdlib.h>

typedef struct Bump { /* the one allocation behind the view's tables */
    uint8_t *base;
    size_t used, bytes;
} Bump;

typedef struct Cursor { /* reads a section front to back */
    const uint8_t *base;
    uint64_t at, length;
    PrSection section;
    PrError *error;
} Cursor;

static PrStatus bad(const Cursor *cursor, PrStatus status, const char *why)
{
    return pr_fail(cursor->error, status, pr_section_name(cursor->section), cursor->at, why);
}

static Cursor cursor_at(const PrImage *image, PrSection section, PrError *error)
{
    return (Cursor){image->map + image->offset[section], 0, image->length[section], section, error};
}

/* The next `n` bytes, or NULL when the section ends before them. */
static const uint8_t *take(Cursor *cursor, uint64_t n)
{
    if (n > cursor->length - cursor->at) {
        bad(cursor, PR_E_TRUNCATED, "section ends too early");
        return NULL;
    }
    const uint8_t *bytes = cursor->base + cursor->at;
    cursor->at += n;
    return bytes;
}

static void *bump(Bump *bump_, uint64_t n, size_t size)
{
    void *p = bump_->base + bump_->used;
    bump_->used += (size_t)pr_round_up(n * size, 16);
    return p;
}

uint64_t pr_image_globals(const PrDesc *desc, uint32_t layout, uint64_t *offsets)
{
    uint64_t at = 0;
    for (uint32_t i = 0; i < desc->n_symbols; i++) {
        if (offsets)
            offsets[i] = UINT64_MAX;
        if (desc->symbols[i].kind != PR_SYM_DATA)
            continue;
        uint64_t size = desc->layouts[layout].size[desc->symbols[i].type];
        if (size > UINT64_MAX / 2 || at > UINT64_MAX / 2 - 2 * PR_PAGE_BYTES)
            return UINT64_MAX;
        at = pr_global_start(at, size);
        if (offsets)
            offsets[i] = at;
        at = pr_round_up(at + size, 16);
    }
    return at;
}

/* Bytes of tables that the sections will need; counts are bounded by the sections' lengths. */
static size_t table_bytes(const PrImage *image)
{
    uint64_t n = image->length[PR_SEC_FRAMES] / PR_FRAME_BYTES * sizeof(PrFrame) +
                 image->length[PR_SEC_FRAMES] +
                 image->length[PR_SEC_FILES] / PR_FILE_BYTES * sizeof(PrFile) +
                 image->length[PR_SEC_HEAPMAP] / PR_POOL_BYTES * sizeof(PrPool) +
                 image->length[PR_SEC_RANGES] + image->length[PR_SEC_RANGES] / 2 +
                 image->length[PR_SEC_HEAPMAP] + image->desc.n_symbols * (sizeof(void *) + sizeof(uint64_t));
    return n > SIZE_MAX / 2 ? 0 : (size_t)n + 16 * 16;
}

static PrStatus read_meta(PrImage *image, PrError *error)
{
    Cursor c = cursor_at(image, PR_SEC_META, error);
    const uint8_t *p = take(&c, PR_META_BYTES);
    if (!p)
        return PR_E_TRUNCATED;
    PrView *view = &image->view;
    view->epoch = pr_get64(p);
    view->term = pr_get64(p + 8);
    view->polls = pr_get64(p + 16);
    view->stack_bytes = pr_get64(p + 24);
    view->heap_bytes = pr_get64(p + 32);
    if (view->stack_bytes != image->length[PR_SEC_STACK])
        return bad(&c, PR_E_FORMAT, "stack size is not the section STACK's");
    view->base_epoch = pr_get64(p + 40);
    if ((!image->is_delta && view->heap_bytes != image->length[PR_SEC_HEAP]) ||
        view->heap_bytes % PR_UNIT_BYTES || 
        view->heap_bytes > image->desc.heap_end - image->desc.heap_base)
        return bad(&c, PR_E_FORMAT, "heap size is not the section HEAP's");
    if (image->is_delta ? view->base_epoch == 0 || view->base_epoch >= view->epoch
                        : view->base_epoch != 0)
        return bad(&c, PR_E_FORMAT, "base epoch");
    view->stack = image->map + image->offset[PR_SEC_STACK];
    view->heap = image->map + image->offset[PR_SEC_HEAP];
    return PR_OK;
}

/* A frame's data stack part: inside the stack, above the frames before it. */
static PrStatus check_frame(const Cursor *c, const PrImage *image, const PrFrame *frame,
                            uint64_t *low)
{
    const PrDesc *desc = &image->desc;
    uint64_t bytes = desc->funcs[desc->sites[frame->site].func].frame_bytes;
    uint64_t end = PR_STACK_BASE + image->view.stack_bytes;
    if (bytes == 0)
        return frame->fp == 0 || (frame->fp >= PR_STACK_BASE && frame->fp <= end)
                   ? PR_OK : bad(c, PR_E_FORMAT, "frame base outside the data stack");
    if (frame->fp < *low || frame->fp > end || bytes > end - frame->fp)
        return bad(c, PR_E_FORMAT, "frame outside the data stack or out of order");
    if (frame->fp % 16)
        return bad(c, PR_E_FORMAT, "frame base not aligned");
    *low = frame->fp + bytes;
    return PR_OK;
}

static PrStatus read_frames(PrImage *image, Bump *b, PrError *error)
{
    Cursor c = cursor_at(image, PR_SEC_FRAMES, error);
    const PrDesc *desc = &image->desc;
    const uint8_t *p = take(&c, PR_FRAMES_HEAD);
    if (!p)
        return PR_E_TRUNCATED;
    uint64_t n = pr_get64(p);
    if (n > PR_MAX_FRAMES || n > (c.length - c.at) / PR_FRAME_BYTES || pr_get64(p + 8))
        return bad(&c, PR_E_FORMAT, "number of frames");
    PrFrame *frames = bump(b, n, sizeof *frames);
    uint64_t low = PR_STACK_BASE;
    for (uint64_t i = 0; i < n; i++) {
        if (!(p = take(&c, PR_FRAME_BYTES)))
            return PR_E_TRUNCATED;
        PrFrame *f = &frames[i];
        f->site = pr_get32(p);
        f->fp = pr_get64(p + 8);
        if (f->site >= desc->n_sites)
            return bad(&c, PR_E_FORMAT, "resume site unknown to the program");
        uint32_t n_vars = desc->sites[f->site].n_vars;
        if (pr_get32(p + 4) != n_vars)
            return bad(&c, PR_E_FORMAT, "number of values is not the site's");
        if (desc->sites[f->site].is_poll != (i + 1 == n))
            return bad(&c, PR_E_FORMAT, "a poll has to be the innermost frame, and only it");
        PrStatus status = check_frame(&c, image, f, &low);
        if (status != PR_OK)
            return status;
        if (!(p = take(&c, (uint64_t)n_vars * PR_VALUE_BYTES)))
            return PR_E_TRUNCATED;
        PrValue *values = bump(b, n_vars, sizeof *values);
        for (uint32_t v = 0; v < n_vars; v++)
            values[v] = (PrValue){pr_get64(p + 16 * v), pr_get64(p + 16 * v + 8)};
        f->values = values;
    }
    if (c.at != c.length)
        return bad(&c, PR_E_FORMAT, "bytes behind the last frame");
    image->view.frames = frames;
    image->view.n_frames = (uint32_t)n;
    return PR_OK;
}

/* The next string of the section; its length is bounded and it ends inside. */
static const char *take_string(Cursor *c)
{
    const uint8_t *p = c->base + c->at;
    const uint8_t *end = memchr(p, 0, (size_t)(c->length - c->at));
    if (!end || (uint64_t)(end - p) > PR_MAX_PATH_BYTES) {
        bad(c, PR_E_FORMAT, "string without an end");
        return NULL;
    }
    c->at += (uint64_t)(end - p) + 1;
    return (const char *)p;
}

/* The rows of n files. */
static PrStatus read_file_rows(Cursor *c, PrFile *files, uint64_t n)
{
    const uint32_t known = PR_FILE_REGULAR | PR_FILE_EOF | PR_FILE_ERROR | PR_FILE_STD | PR_FILE_DESCRIPTOR |
                           PR_FILE_KEPT | PR_FILE_HASHED | PR_FILE_SAMPLED | PR_FILE_NAMED | PR_FILE_ABSENT;
    for (uint64_t i = 0; i < n; i++) {
        const uint8_t *p = take(c, PR_FILE_BYTES);
        if (!p)
            return PR_E_TRUNCATED;
        PrFile *f = &files[i];
        *f = (PrFile){.handle = pr_get32(p), .flags = pr_get32(p + 4), .offset = pr_get64(p + 8),
                      .length = pr_get64(p + 16), .hash = {pr_get64(p + 24), pr_get64(p + 32)},
                      .permissions = pr_get32(p + 40)};
        if (f->handle >= PR_NAMED_HANDLES + PR_N_HANDLES || (i > 0 && f->handle <= files[i - 1].handle))
            return bad(c, PR_E_FORMAT, "file handle out of range or order");
        if ((f->flags & ~known) || f->offset > INT64_MAX || f->length > INT64_MAX || pr_get32(p + 44))
            return bad(c, PR_E_FORMAT, "file flags, offset or length");
        bool named = f->flags & PR_FILE_NAMED, absent = f->flags & PR_FILE_ABSENT;
        if (named != (f->handle >= PR_NAMED_HANDLES) || (absent && f->flags != (PR_FILE_NAMED | PR_FILE_ABSENT)))
            return bad(c, PR_E_FORMAT, "file that is not open");
        bool regular = f->flags & PR_FILE_REGULAR, kept = f->flags & PR_FILE_KEPT, hashed = f->flags & PR_FILE_HASHED;
        if ((kept && hashed) || ((kept || hashed) && !regular) || (!hashed && (f->flags & PR_FILE_SAMPLED)) ||
            (!hashed && (f->hash[0] || f->hash[1])) || f->permissions > (kept ? 0777 : 0))
            return bad(c, PR_E_FORMAT, "what is kept of a file");
    }
    return PR_OK;
}

static PrStatus read_files(PrImage *image, Bump *b, PrError *error)
{
    Cursor c = cursor_at(image, PR_SEC_FILES, error);
    const uint8_t *p = take(&c, PR_FILES_HEAD);
    if (!p)
        return PR_E_TRUNCATED;
    uint64_t n = pr_get64(p);
    if (n > PR_NAMED_HANDLES + PR_N_HANDLES || n > (c.length - c.at) / PR_FILE_BYTES || pr_get64(p + 8))
        return bad(&c, PR_E_FORMAT, "number of files");
    PrFile *files = bump(b, n, sizeof *files);
    PrStatus status = read_file_rows(&c, files, n);
    if (status != PR_OK)
        return status;
    for (uint64_t i = 0; i < n; i++)
        if (!(files[i].mode = take_string(&c)) || !(files[i].path = take_string(&c)))
            return PR_E_FORMAT;
    for (uint64_t i = 0; i < n; i++)
        if ((files[i].flags & PR_FILE_KEPT) && !(files[i].content = take(&c, files[i].length)))
            return PR_E_TRUNCATED;
    if (c.at != c.length)
        return bad(&c, PR_E_FORMAT, "bytes behind the last file");
    image->view.files = files;
    image->view.n_files = (uint32_t)n;
    return PR_OK;
}

/* One pool against the schema and its predecessor. */
static PrStatus check_pool(const Cursor *c, const PrImage *image, const PrPool *pool, uint32_t low)
{
    const PrDesc *desc = &image->desc;
    uint64_t units = image->view.heap_bytes / PR_UNIT_BYTES;
    if (pool->unit < low || pool->n_units == 0 || pool->unit > units ||
        pool->n_units > units - pool->unit)
        return bad(c, PR_E_FORMAT, "pool outside the heap or out of order");
    if (pool->type >= desc->n_types ||
        (pool->alloc >= desc->n_allocs && pool->alloc != PR_NO_ALLOC))
        return bad(c, PR_E_FORMAT, "pool's type or allocation site");
    uint64_t bytes = pool->n_units * PR_UNIT_BYTES;
    if (pool->slot_bytes == 0 || pool->n_slots == 0 || pool->slot_bytes > bytes / pool->n_slots)
        return bad(c, PR_E_FORMAT, "pool's slots do not fit it");
    return PR_OK;
}

static PrStatus check_count(const Cursor *c, const PrDesc *desc, const PrPool *pool, uint64_t count)
{
    if (!pr_desc_block_fits(desc, pool->type, count, pool->slot_bytes))
        return bad(c, PR_E_FORMAT, "block larger than its slot");
    return PR_OK;
}

static PrStatus read_pool_tables(Cursor *c, const PrDesc *desc, PrPool *pool, bool has_counts,
                                 Bump *b)
{
    const uint8_t *p;
    PrStatus status = PR_OK;
    if (has_counts) {
        uint64_t n = pr_counts_bytes(pool->n_slots), used = (uint64_t)pool->n_slots * PR_COUNT_BYTES;
        if (!(p = take(c, n)))
            return PR_E_TRUNCATED;
        if (!pr_all_zero(p + used, n - used))
            return bad(c, PR_E_FORMAT, "bytes behind the last slot's count");
        PrCount *counts = bump(b, pool->n_slots, sizeof *counts);
        for (uint32_t i = 0; i < pool->n_slots && status == PR_OK; i++) {
            counts[i] = (PrCount)(p[2 * (uint64_t)i] | p[2 * (uint64_t)i + 1] << 8);
            status = check_count(c, desc, pool, counts[i]);
        }
        pool->counts = counts;
    } else {
        status = check_count(c, desc, pool, pool->count);
    }
    if (status != PR_OK)
        return status;
    uint64_t bytes = pr_round_up(pool->n_slots, 64) / 8;
    if (!(p = take(c, bytes)))
        return PR_E_TRUNCATED;
    for (uint64_t i = pool->n_slots; i < bytes * 8; i++)
        if (p[i / 8] >> (i % 8) & 1)
            return bad(c, PR_E_FORMAT, "live bit behind the last slot");
    pool->live = p;
    return PR_OK;
}

static PrStatus read_heapmap(PrImage *image, Bump *b, PrError *error)
{
    Cursor c = cursor_at(image, PR_SEC_HEAPMAP, error);
    const uint8_t *p = take(&c, PR_HEAPMAP_HEAD);
    if (!p)
        return PR_E_TRUNCATED;
    uint64_t n = pr_get64(p);
    if (n > (c.length - c.at) / PR_POOL_BYTES || pr_get64(p + 8))
        return bad(&c, PR_E_FORMAT, "number of pools");
    const uint8_t *rows = take(&c, n * PR_POOL_BYTES);
    PrPool *pools = bump(b, n, sizeof *pools);
    uint32_t low = 0;
    for (uint64_t i = 0; i < n; i++) {
        p = rows + i * PR_POOL_BYTES;
        pools[i] = (PrPool){.unit = pr_get32(p), .n_units = pr_get32(p + 4),
                            .type = pr_get32(p + 8), .alloc = pr_get32(p + 12),
                            .slot_bytes = pr_get64(p + 16), .n_slots = pr_get32(p + 24),
                            .count = pr_get64(p + 32)};
        uint32_t has_counts = pr_get32(p + 28);
        if (has_counts > 1)
            return bad(&c, PR_E_FORMAT, "unknown pool flags");
        PrStatus status = check_pool(&c, image, &pools[i], low);
        if (status == PR_OK)
            status = read_pool_tables(&c, &image->desc, &pools[i], has_counts, b);
        if (status != PR_OK)
            return status;
        low = pools[i].unit + pools[i].n_units;
    }
    if (c.at != c.length)
        return bad(&c, PR_E_FORMAT, "bytes behind the last pool");
    image->view.pools = pools;
    image->view.n_pools = (uint32_t)n;
    return PR_OK;
}

/* n of a delta's ranges: ascending, disjoint, in what is `whole` long, and together `held` bytes. */
static PrStatus read_packed(Cursor *c, PrPacked *packed, uint64_t n, uint64_t whole, uint64_t held, Bump *b)
{
    PrRange *ranges = bump(b, n, sizeof *ranges);
    uint64_t *at = bump(b, n, sizeof *at), end = 0, total = 0;
    for (uint64_t i = 0; i < n; i++) {
        const uint8_t *p = take(c, PR_RANGE_BYTES);
        if (!p)
            return PR_E_TRUNCATED;
        ranges[i] = (PrRange){pr_get64(p), pr_get64(p + 8)};
        if (ranges[i].offset < end || ranges[i].offset > whole || ranges[i].bytes == 0 ||
            ranges[i].bytes > whole - ranges[i].offset)
            return bad(c, PR_E_FORMAT, "range outside its section or out of order");
        end = ranges[i].offset + ranges[i].bytes;
        at[i] = total;
        total += ranges[i].bytes;
    }
    *packed = (PrPacked){ranges, at, n};
    return total == held ? PR_OK : bad(c, PR_E_FORMAT, "ranges are not what their section holds");
}

uint64_t pr_packed_find(const PrPacked *ranges, uint64_t offset)
{
    uint64_t low = 0, high = ranges->n;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (ranges->range[middle].offset + ranges->range[middle].bytes <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A delta's ranges of the heap, then those of the variables. */
static PrStatus read_ranges(PrImage *image, Bump *b, PrError *error)
{
    Cursor c = cursor_at(image, PR_SEC_RANGES, error);
    if (!image->is_delta)
        return c.length == 0 ? PR_OK : bad(&c, PR_E_FORMAT, "ranges in a whole image");
    const uint8_t *p = take(&c, PR_RANGES_HEAD);
    if (!p)
        return PR_E_TRUNCATED;
    uint64_t n = pr_get64(p), n_globals = pr_get64(p + 8), room = (c.length - c.at) / PR_RANGE_BYTES;
    if ((c.length - c.at) % PR_RANGE_BYTES || n > room || n_globals != room - n)
        return bad(&c, PR_E_FORMAT, "number of ranges");
    uint64_t whole = pr_image_globals(&image->desc, image->view.layout, NULL);
    PrStatus status = read_packed(&c, &image->heap_ranges, n, image->view.heap_bytes, image->length[PR_SEC_HEAP], b);
    return status == PR_OK ? read_packed(&c, &image->global_ranges, n_globals, whole,
                                         image->length[PR_SEC_GLOBALS], b) : status;
}

/* Of a delta, no variable's bytes are all there. */
static PrStatus read_globals(PrImage *image, Bump *b, PrError *error)
{
    const PrDesc *desc = &image->desc;
    const uint8_t *section = image->map + image->offset[PR_SEC_GLOBALS];
    const uint8_t **globals = bump(b, desc->n_symbols, sizeof *globals);
    uint64_t *offsets = bump(b, desc->n_symbols, sizeof *offsets);
    if (pr_image_globals(desc, image->view.layout, offsets) != image->length[PR_SEC_GLOBALS] && !image->is_delta)
        return pr_fail(error, PR_E_FORMAT, pr_section_name(PR_SEC_GLOBALS), 0,
                       "length is not that of the program's variables");
    for (uint32_t i = 0; i < desc->n_symbols; i++)
        globals[i] = desc->symbols[i].kind == PR_SYM_DATA && !image->is_delta ? section + offsets[i] : NULL;
    image->view.globals = globals;
    return PR_OK;
}

PrStatus pr_image_read_sections(PrImage *image, PrError *error)
{
    /* Frames without values and pools with small tables each round up to 16 bytes. */
    Bump b = {NULL, 0, table_bytes(image)};
    b.bytes += (size_t)(image->length[PR_SEC_HEAPMAP] / PR_POOL_BYTES * 16);
    b.base = b.bytes >= 16 * 16 ? malloc(b.bytes) : NULL;
    if (!b.base)
        return pr_fail(error, PR_E_NOMEM, "image tables", 0, NULL);
    image->storage = b.base;
    PrStatus status = read_meta(image, error);
    if (status == PR_OK)
        status = read_frames(image, &b, error);
    if (status == PR_OK)
        status = read_files(image, &b, error);
    if (status == PR_OK)
        status = read_heapmap(image, &b, error);
    if (status == PR_OK)
        status = read_ranges(image, &b, error);
    if (status == PR_OK)
        status = read_globals(image, &b, error);
    image->view.libc = image->map + image->offset[PR_SEC_LIBC];
    image->view.libc_bytes = image->length[PR_SEC_LIBC];
    return status;
}
