/* Blob to tables: one allocation, every count, offset and string checked before use. */
#include "desc_blob.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <stdlib.h>
#include <string.h>

typedef struct Reader {
    const uint8_t *at;
    const char *strings;
    uint32_t string_bytes;
    bool bad; /* a string offset was out of range */
} Reader;

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static uint32_t read32(Reader *reader)
{
    reader->at += 4;
    return get32(reader->at - 4);
}

static uint64_t read64(Reader *reader)
{
    uint64_t lo = read32(reader);
    return lo | (uint64_t)read32(reader) << 32;
}

static const char *read_string(Reader *reader)
{
    uint32_t at = read32(reader);
    if (at < reader->string_bytes)
        return reader->strings + at;
    reader->bad = true;
    return "";
}

static void put64(uint8_t *at, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

void pr_desc_hash(const uint8_t *blob, size_t bytes, uint64_t id[2])
{
    XXH128_hash_t hash = XXH3_128bits(blob + PR_DESC_AT_HASHED, bytes - PR_DESC_AT_HASHED);
    id[0] = hash.low64;
    id[1] = hash.high64;
}

static uint64_t blob_bytes(const PrDescCounts *n)
{
    uint64_t per_layout = UINT64_C(12) * n->types + UINT64_C(8) * n->fields;
    return PR_DESC_HEADER_BYTES + n->layouts * (PR_DESC_LAYOUT_BYTES + per_layout) +
           UINT64_C(1) * n->types * PR_DESC_TYPE_BYTES + UINT64_C(1) * n->fields * PR_DESC_FIELD_BYTES +
           UINT64_C(1) * n->symbols * PR_DESC_SYMBOL_BYTES +
           UINT64_C(1) * n->funcs * PR_DESC_FUNC_BYTES + UINT64_C(1) * n->locals * PR_DESC_LOCAL_BYTES +
           UINT64_C(1) * n->sites * PR_DESC_SITE_BYTES + UINT64_C(1) * n->vars * PR_DESC_VAR_BYTES +
           UINT64_C(1) * n->allocs * PR_DESC_ALLOC_BYTES +
           UINT64_C(1) * n->choices * PR_DESC_CHOICE_BYTES +
           UINT64_C(1) * n->steps * PR_DESC_STEP_BYTES +
           UINT64_C(1) * n->cases * PR_DESC_CASE_BYTES + n->string_bytes;
}

static PrStatus read_header(const uint8_t *blob, size_t bytes, PrDescCounts *counts, PrError *error)
{
    if (bytes < PR_DESC_HEADER_BYTES)
        return pr_fail(error, PR_E_TRUNCATED, "description", bytes, NULL);
    if (memcmp(blob, PR_DESC_MAGIC, 8) != 0)
        return pr_fail(error, memcmp(blob, PR_DESC_MAGIC, 6) ? PR_E_MAGIC : PR_E_VERSION,
                       "description", 0, NULL);
    uint32_t values[15];
    for (int i = 0; i < 15; i++) {
        values[i] = get32(blob + PR_DESC_AT_COUNTS + 4 * i);
        if (values[i] > (i == 14 ? (uint32_t)PR_DESC_MAX_STRINGS : (uint32_t)PR_DESC_MAX_RECORDS))
            return pr_fail(error, PR_E_LIMIT, "counts of the description",
                           PR_DESC_AT_COUNTS + 4 * (uint64_t)i, NULL);
    }
    *counts = (PrDescCounts){values[0], values[1], values[2], values[3], values[4], values[5],
                             values[6], values[7], values[8], values[9], values[10], values[11],
                             values[12], values[13], values[14]};
    uint64_t want = blob_bytes(counts);
    if (counts->layouts > PR_N_ARCHES || counts->reserved)
        return pr_fail(error, PR_E_FORMAT, "counts of the description", PR_DESC_AT_COUNTS, NULL);
    if (want != bytes)
        return pr_fail(error, want > bytes ? PR_E_TRUNCATED : PR_E_FORMAT,
                       "length of the description", bytes, NULL);
    if (counts->string_bytes == 0 || blob[bytes - 1] != 0)
        return pr_fail(error, PR_E_FORMAT, "strings of the description", bytes, NULL);
    return PR_OK;
}

/* Cuts the next array off the one allocation; arrays of 64-bit alignment throughout. */
static void *cut(uint8_t **storage, uint64_t count, size_t size)
{
    void *at = *storage;
    *storage += (count * size + 15) / 16 * 16;
    return at;
}

static uint64_t cut_all(PrDesc *desc, uint8_t *storage)
{
    uint8_t *at = storage;
    desc->layouts = cut(&at, desc->n_layouts, sizeof(PrLayout));
    desc->types = cut(&at, desc->n_types, sizeof(PrType));
    desc->fields = cut(&at, desc->n_fields, sizeof(PrField));
    desc->symbols = cut(&at, desc->n_symbols, sizeof(PrSymbol));
    desc->funcs = cut(&at, desc->n_funcs, sizeof(PrFunc));
    desc->locals = cut(&at, desc->n_locals, sizeof(PrLocal));
    desc->sites = cut(&at, desc->n_sites, sizeof(PrSite));
    desc->vars = cut(&at, desc->n_vars, sizeof(PrVar));
    desc->allocs = cut(&at, desc->n_allocs, sizeof(PrAlloc));
    desc->choices = cut(&at, desc->n_choices, sizeof(PrChoice));
    desc->steps = cut(&at, desc->n_steps, sizeof(uint32_t));
    desc->cases = cut(&at, desc->n_cases, sizeof(PrCase));
    return (uint64_t)(at - storage);
}

static uint64_t storage_bytes(const PrDesc *desc)
{
#define ARRAY(n, type) (((uint64_t)(n) * sizeof(type) + 15) / 16 * 16)
    uint64_t layout = ARRAY(desc->n_types, uint64_t) + ARRAY(desc->n_types, uint32_t) +
                      ARRAY(desc->n_fields, uint64_t);
    return ARRAY(desc->n_layouts, PrLayout) + ARRAY(desc->n_types, PrType) +
           ARRAY(desc->n_fields, PrField) + ARRAY(desc->n_symbols, PrSymbol) +
           ARRAY(desc->n_funcs, PrFunc) + ARRAY(desc->n_locals, PrLocal) +
           ARRAY(desc->n_sites, PrSite) + ARRAY(desc->n_vars, PrVar) +
           ARRAY(desc->n_allocs, PrAlloc) + ARRAY(desc->n_choices, PrChoice) +
           ARRAY(desc->n_steps, uint32_t) + ARRAY(desc->n_cases, PrCase) + desc->n_layouts * layout;
#undef ARRAY
}

static PrStatus read_layouts(PrDesc *desc, Reader *reader, uint8_t *storage, PrError *error)
{
    for (uint32_t l = 0; l < desc->n_layouts; l++) {
        PrLayout *layout = &desc->layouts[l];
        const char *name = read_string(reader);
        layout->arch = pr_arch_find(name);
        if (!layout->arch)
            return pr_fail(error, PR_E_ARCH, "unknown architecture in the description", l, name);
        layout->size = cut(&storage, desc->n_types, sizeof *layout->size);
        layout->align = cut(&storage, desc->n_types, sizeof *layout->align);
        layout->offset = cut(&storage, desc->n_fields, sizeof *layout->offset);
        for (uint32_t i = 0; i < desc->n_types; i++)
            layout->size[i] = read64(reader);
        for (uint32_t i = 0; i < desc->n_fields; i++)
            layout->offset[i] = read64(reader);
        for (uint32_t i = 0; i < desc->n_types; i++)
            layout->align[i] = read32(reader);
    }
    return PR_OK;
}

static void read_types(PrDesc *desc, Reader *reader)
{
    for (uint32_t i = 0; i < desc->n_types; i++) {
        PrType *type = &desc->types[i];
        type->kind = (PrKind)read32(reader);
        type->name = read_string(reader);
        type->elem = read32(reader);
        type->first_field = read32(reader);
        type->n_fields = read32(reader);
        type->rest = read32(reader);
        type->counter = read32(reader);
        type->count = read64(reader);
    }
    for (uint32_t i = 0; i < desc->n_fields; i++) {
        desc->fields[i].name = read_string(reader);
        desc->fields[i].type = read32(reader);
        desc->fields[i].bits = read32(reader);
    }
}

static void read_symbols(PrDesc *desc, Reader *reader)
{
    for (uint32_t i = 0; i < desc->n_symbols; i++) {
        PrSymbol *symbol = &desc->symbols[i];
        symbol->kind = (PrSymKind)read32(reader);
        symbol->name = read_string(reader);
        symbol->file = read_string(reader);
        symbol->line = read32(reader);
        symbol->type = read32(reader);
        symbol->vaddr = read64(reader);
    }
}

static void read_funcs(PrDesc *desc, Reader *reader)
{
    for (uint32_t i = 0; i < desc->n_funcs; i++) {
        PrFunc *func = &desc->funcs[i];
        func->name = read_string(reader);
        func->file = read_string(reader);
        func->symbol = read32(reader);
        func->frame_bytes = read32(reader);
        func->first_local = read32(reader);
        func->n_locals = read32(reader);
    }
    for (uint32_t i = 0; i < desc->n_locals; i++) {
        desc->locals[i].name = read_string(reader);
        desc->locals[i].type = read32(reader);
        desc->locals[i].offset = read32(reader);
    }
}

static PrStatus read_sites(PrDesc *desc, Reader *reader, PrError *error)
{
    for (uint32_t i = 0; i < desc->n_sites; i++) {
        PrSite *site = &desc->sites[i];
        site->func = read32(reader);
        site->line = read32(reader);
        uint32_t is_poll = read32(reader);
        if (is_poll > 1)
            return pr_fail(error, PR_E_FORMAT, "site", i, NULL);
        site->is_poll = is_poll == 1;
        site->first_var = read32(reader);
        site->n_vars = read32(reader);
    }
    for (uint32_t i = 0; i < desc->n_vars; i++) {
        desc->vars[i].name = read_string(reader);
        desc->vars[i].type = read32(reader);
    }
    for (uint32_t i = 0; i < desc->n_allocs; i++) {
        desc->allocs[i].file = read_string(reader);
        desc->allocs[i].line = read32(reader);
        desc->allocs[i].type = read32(reader);
    }
    return PR_OK;
}

static PrStatus read_choices(PrDesc *desc, Reader *reader, PrError *error)
{
    for (uint32_t i = 0; i < desc->n_choices; i++) {
        PrChoice *choice = &desc->choices[i];
        choice->owner = read32(reader);
        choice->first_step = read32(reader);
        choice->n_union = read32(reader);
        choice->n_tag = read32(reader);
        uint32_t here = read32(reader);
        if (here > 1)
            return pr_fail(error, PR_E_FORMAT, "choice", i, NULL);
        choice->here = here == 1;
        choice->mask = read64(reader);
        choice->first_case = read32(reader);
        choice->n_cases = read32(reader);
    }
    for (uint32_t i = 0; i < desc->n_steps; i++)
        desc->steps[i] = read32(reader);
    for (uint32_t i = 0; i < desc->n_cases; i++) {
        desc->cases[i].low = read64(reader);
        desc->cases[i].high = read64(reader);
        desc->cases[i].field = read32(reader);
    }
    return PR_OK;
}

static PrStatus read_tables(PrDesc *desc, Reader *reader, uint8_t *storage, PrError *error)
{
    uint64_t used = cut_all(desc, storage);
    PrStatus status = read_layouts(desc, reader, storage + used, error);
    if (status)
        return status;
    read_types(desc, reader);
    read_symbols(desc, reader);
    read_funcs(desc, reader);
    status = read_sites(desc, reader, error);
    if (!status)
        status = read_choices(desc, reader, error);
    if (!status && reader->bad)
        status = pr_fail(error, PR_E_FORMAT, "string of the description", 0, NULL);
    return status ? status : pr_desc_check(desc, error);
}

static void place_heap(PrDesc *desc)
{
    bool wide = desc->n_layouts > 0;
    for (uint32_t i = 0; i < desc->n_layouts; i++)
        wide = wide && desc->layouts[i].arch->pointer_bytes == 8;
    desc->heap_base = wide ? PR_WIDE_HEAP_BASE : PR_HEAP_BASE;
    desc->heap_end = wide ? PR_WIDE_HEAP_END : PR_HEAP_END;
}

PrStatus pr_desc_parse(PrDesc *desc, const void *blob, size_t bytes, PrError *error)
{
    const uint8_t *at = blob;
    PrDescCounts n = {0};
    memset(desc, 0, sizeof *desc);
    PrStatus status = read_header(at, bytes, &n, error);
    if (status)
        return status;
    uint8_t id[16];
    pr_desc_hash(at, bytes, desc->program_id);
    put64(id, desc->program_id[0]);
    put64(id + 8, desc->program_id[1]);
    if (memcmp(id, at + PR_DESC_AT_ID, 16) != 0) {
        memset(desc, 0, sizeof *desc);
        return pr_fail(error, PR_E_CHECKSUM, "description", PR_DESC_AT_ID, NULL);
    }
    PrDesc d = {.program_id = {desc->program_id[0], desc->program_id[1]},
                .n_layouts = n.layouts, .n_types = n.types, .n_fields = n.fields,
                .n_symbols = n.symbols, .n_funcs = n.funcs, .n_locals = n.locals,
                .n_sites = n.sites, .n_vars = n.vars, .n_allocs = n.allocs,
                .n_choices = n.choices, .n_steps = n.steps, .n_cases = n.cases, .native = n.native,
                .blob = at, .blob_bytes = bytes};
    memset(desc, 0, sizeof *desc);
    uint64_t size = storage_bytes(&d);
    d.storage = size <= SIZE_MAX / 2 ? calloc(1, (size_t)size + 16) : NULL;
    if (!d.storage)
        return pr_fail(error, PR_E_NOMEM, "description", 0, NULL);
    Reader reader = {.at = at + PR_DESC_HEADER_BYTES,
                     .strings = (const char *)at + bytes - n.string_bytes,
                     .string_bytes = n.string_bytes};
    status = read_tables(&d, &reader, d.storage, error);
    if (status) {
        free(d.storage);
        return status;
    }
    place_heap(&d);
    *desc = d;
    return PR_OK;
}

void pr_desc_fini(PrDesc *desc)
{
    free(desc->storage);
    memset(desc, 0, sizeof *desc);
}
