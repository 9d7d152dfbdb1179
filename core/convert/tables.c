/* The sections of a class image that say what the program is doing: frames, files, the heap's pools. */
#include "imagejob.h"
#include "scalar.h"

PrStatus pr_write_head(PrJob *job)
{
    const PrView *v = job->view;
    PrStatus status = pr_job_begin(job, PR_SEC_DESC, v->desc->blob_bytes);
    if (status == PR_OK)
        status = pr_writer_bytes(job->writer, v->desc->blob, v->desc->blob_bytes, job->error);
    if (status == PR_OK)
        status = pr_job_begin(job, PR_SEC_META, PR_META_BYTES);
    uint8_t meta[PR_META_BYTES];
    pr_put64(meta, v->epoch);
    pr_put64(meta + 8, v->term);
    pr_put64(meta + 16, v->polls);
    pr_put64(meta + 24, v->stack_bytes);
    pr_put64(meta + 32, v->heap_bytes);
    pr_put64(meta + 40, v->dirty ? v->base_epoch : 0);
    return status == PR_OK ? pr_writer_bytes(job->writer, meta, sizeof meta, job->error) : status;
}

/* ---- frames ---- */
/* Canonical form of a saved value for the target: what does not fit is refused. */
static PrStatus convert_value(PrJob *job, uint32_t type, PrValue *value)
{
    PrConv *c = &job->c;
    PrKind kind = c->desc->types[type].kind;
    bool is_signed = pr_kind_is_signed(kind);
    if (pr_kind_is_integer(kind)) {
        unsigned bytes = (unsigned)c->to->size[type], own = (unsigned)c->from->size[type];
        uint8_t buffer[8];
        pr_scalar_put(buffer, own, false, value->lo); /* as its type holds it */
        uint64_t v = pr_scalar_get(buffer, own, false, is_signed);
        if (kind == PR_BOOL)
            v = v != 0;
        bool fits = pr_integer_convert(&v, own, bytes, is_signed, c->desc->types[type].count);
        *value = (PrValue){v, 0};
        return fits ? PR_OK : pr_conv_unfit(c, NULL, v, is_signed, own, bytes);
    }
    if (kind == PR_FLOAT || kind == PR_DOUBLE)
        value->hi = 0;
    if (kind == PR_LDOUBLE) {
        uint8_t buffer[16];
        if (!pr_ldouble_put(c->to->arch, buffer, 16, *value))
            return pr_conv_fail(c, c->error, PR_E_NARROW,
                                "long double is too large for the target (shown: binary128, upper)",
                                NULL, value->hi, false);
        *value = pr_ldouble_get(c->to->arch, buffer, 16);
    }
    if (!pr_kind_is_pointer(kind))
        return PR_OK;
    PrExtref ref = {.section = PR_SEC_FRAMES, .offset = pr_writer_offset(job->writer)};
    bool external;
    value->hi = 0;
    PrStatus status = pr_conv_pointer(c, value->lo, type, NULL, &value->lo, &ref, &external);
    return status == PR_OK && external ? pr_conv_record(c, ref) : status;
}

static PrStatus write_frame(PrJob *job, const PrFrame *frame)
{
    const PrDesc *desc = job->view->desc;
    const PrSite *site = &desc->sites[frame->site];
    uint8_t row[8];
    pr_put32(row, frame->site);
    pr_put32(row + 4, site->n_vars);
    PrStatus status = pr_job_pair(job, pr_get64(row), frame->fp);
    for (uint32_t i = 0; i < site->n_vars && status == PR_OK; i++) {
        uint32_t var = site->first_var + i, type = desc->vars[var].type;
        PrValue value = frame->values[i];
        job->c.place = (PrPlace){.kind = PR_PLACE_VALUE, .type = type, .index = var,
                                 .func = site->func};
        if (!(desc->types[type].kind >= PR_BOOL && desc->types[type].kind <= PR_FPTR))
            return pr_fail(job->error, PR_E_FORMAT, "saved variable is no scalar", var,
                           desc->vars[var].name);
        status = convert_value(job, type, &value);
        if (status == PR_OK)
            status = pr_job_pair(job, value.lo, value.hi);
    }
    return status;
}

PrStatus pr_write_frames(PrJob *job)
{
    const PrView *v = job->view;
    uint64_t length = PR_FRAMES_HEAD + (uint64_t)v->n_frames * PR_FRAME_BYTES;
    for (uint32_t i = 0; i < v->n_frames; i++)
        length += (uint64_t)v->desc->sites[v->frames[i].site].n_vars * PR_VALUE_BYTES;
    if (v->n_frames > PR_MAX_FRAMES)
        return pr_fail(job->error, PR_E_LIMIT, "number of frames", v->n_frames, NULL);
    PrStatus status = pr_job_begin(job, PR_SEC_FRAMES, length);
    if (status == PR_OK)
        status = pr_job_pair(job, v->n_frames, 0);
    for (uint32_t i = 0; i < v->n_frames && status == PR_OK; i++)
        status = write_frame(job, &v->frames[i]);
    return status;
}

/* ---- files, libc, heap map ---- */
static PrStatus write_file(PrJob *job, const PrFile *file)
{
    uint8_t row[PR_FILE_BYTES];
    pr_put32(row, file->handle);
    pr_put32(row + 4, file->flags);
    pr_put64(row + 8, file->offset);
    pr_put64(row + 16, file->length);
    pr_put64(row + 24, file->hash[0]);
    pr_put64(row + 32, file->hash[1]);
    pr_put32(row + 40, file->permissions);
    pr_put32(row + 44, 0);
    return pr_writer_bytes(job->writer, row, sizeof row, job->error);
}

PrStatus pr_write_files(PrJob *job)
{
    const PrView *v = job->view;
    uint64_t length = PR_FILES_HEAD + (uint64_t)v->n_files * PR_FILE_BYTES;
    for (uint32_t i = 0; i < v->n_files; i++) {
        if (strlen(v->files[i].path) > PR_MAX_PATH_BYTES ||
            strlen(v->files[i].mode) > PR_MAX_PATH_BYTES)
            return pr_fail(job->error, PR_E_LIMIT, "length of a file's path", i,
                           v->files[i].path);
        length += strlen(v->files[i].mode) + strlen(v->files[i].path) + 2;
        length += v->files[i].flags & PR_FILE_KEPT ? v->files[i].length : 0;
    }
    PrStatus status = pr_job_begin(job, PR_SEC_FILES, length);
    if (status == PR_OK)
        status = pr_job_pair(job, v->n_files, 0);
    for (uint32_t i = 0; i < v->n_files && status == PR_OK; i++)
        status = write_file(job, &v->files[i]);
    for (uint32_t i = 0; i < v->n_files && status == PR_OK; i++) {
        const char *mode = v->files[i].mode, *path = v->files[i].path;
        status = pr_writer_bytes(job->writer, mode, strlen(mode) + 1, job->error);
        if (status == PR_OK)
            status = pr_writer_bytes(job->writer, path, strlen(path) + 1, job->error);
    }
    for (uint32_t i = 0; i < v->n_files && status == PR_OK; i++)
        if (v->files[i].flags & PR_FILE_KEPT)
            status = pr_writer_bytes(job->writer, v->files[i].content, v->files[i].length, job->error);
    if (status == PR_OK && v->libc_bytes > PR_MAX_LIBC_BYTES)
        return pr_fail(job->error, PR_E_LIMIT, "library state", v->libc_bytes, NULL);
    if (status == PR_OK)
        status = pr_job_begin(job, PR_SEC_LIBC, v->libc_bytes);
    return status == PR_OK ? pr_writer_bytes(job->writer, v->libc, v->libc_bytes, job->error)
                           : status;
}

static PrStatus write_pool_tables(PrJob *job, const PrPool *pool)
{
    PrStatus status = PR_OK;
    for (uint32_t i = 0; pool->counts && i < pool->n_slots && status == PR_OK; i++) {
        uint8_t count[PR_COUNT_BYTES] = {(uint8_t)pool->counts[i], (uint8_t)(pool->counts[i] >> 8)};
        status = pr_writer_bytes(job->writer, count, sizeof count, job->error);
    }
    if (pool->counts && status == PR_OK)
        status = pr_writer_zeros(job->writer, pr_counts_bytes(pool->n_slots) -
                                                  (uint64_t)pool->n_slots * PR_COUNT_BYTES, job->error);
    uint64_t whole = pool->n_slots / 8, bytes = pr_round_up(pool->n_slots, 64) / 8;
    if (status == PR_OK)
        status = pr_writer_bytes(job->writer, pool->live, whole, job->error);
    if (status == PR_OK && pool->n_slots % 8) { /* no stray bits behind the last slot */
        uint8_t last = pool->live[whole] & (uint8_t)((1U << pool->n_slots % 8) - 1);
        status = pr_writer_bytes(job->writer, &last, 1, job->error);
        whole++;
    }
    return status == PR_OK ? pr_writer_zeros(job->writer, bytes - whole, job->error) : status;
}

PrStatus pr_write_heapmap(PrJob *job)
{
    const PrView *v = job->view;
    uint64_t length = PR_HEAPMAP_HEAD + (uint64_t)v->n_pools * PR_POOL_BYTES;
    for (uint32_t i = 0; i < v->n_pools; i++)
        length += pr_round_up(v->pools[i].n_slots, 64) / 8 +
                  (v->pools[i].counts ? pr_counts_bytes(v->pools[i].n_slots) : 0);
    PrStatus status = pr_job_begin(job, PR_SEC_HEAPMAP, length);
    if (status == PR_OK)
        status = pr_job_pair(job, v->n_pools, 0);
    for (uint32_t i = 0; i < v->n_pools && status == PR_OK; i++) {
        const PrPool *p = &v->pools[i];
        uint8_t row[PR_POOL_BYTES];
        pr_put32(row, p->unit);
        pr_put32(row + 4, p->n_units);
        pr_put32(row + 8, p->type);
        pr_put32(row + 12, p->alloc);
        pr_put64(row + 16, p->slot_bytes);
        pr_put32(row + 24, p->n_slots);
        pr_put32(row + 28, p->counts ? 1 : 0);
        pr_put64(row + 32, p->counts ? 0 : p->count);
        status = pr_writer_bytes(job->writer, row, sizeof row, job->error);
    }
    for (uint32_t i = 0; i < v->n_pools && status == PR_OK; i++)
        status = write_pool_tables(job, &v->pools[i]);
    return status;
}
