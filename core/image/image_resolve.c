/* External references: checking them, and resolving a class image for one executable. */
#include "image_read.h"
#include "image_writer.h"
#include <stdlib.h>

uint64_t pr_image_get_pointer(const PrArch *arch, const uint8_t *p)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < arch->pointer_bytes; i++)
        value = value << 8 | p[arch->big_endian ? i : arch->pointer_bytes - 1U - i];
    return value;
}

void pr_image_put_pointer(const PrArch *arch, uint8_t *p, uint64_t value)
{
    for (unsigned i = 0; i < arch->pointer_bytes; i++)
        p[arch->big_endian ? arch->pointer_bytes - 1U - i : i] = (uint8_t)(value >> (8 * i));
}

static PrStatus bad(PrError *error, PrStatus status, uint64_t offset, const char *why)
{
    return pr_fail(error, status, pr_section_name(PR_SEC_EXTREFS), offset, why);
}

uint64_t pr_image_n_extrefs(const PrImage *image)
{
    uint64_t length = image->length[PR_SEC_EXTREFS];
    return length < PR_EXTREFS_HEAD ? 0 : (length - PR_EXTREFS_HEAD) / PR_EXTREF_BYTES;
}

const uint8_t *pr_image_place(const PrImage *image, const PrExtref *ref, uint64_t width)
{
    const uint8_t *base = image->map + image->offset[ref->section];
    const PrPacked *packed = ref->section == PR_SEC_HEAP ? &image->heap_ranges : &image->global_ranges;
    uint64_t length = image->length[ref->section];
    if (!image->is_delta || (ref->section != PR_SEC_HEAP && ref->section != PR_SEC_GLOBALS))
        return length < width || ref->offset > length - width ? NULL : base + ref->offset;
    uint64_t i = pr_packed_find(packed, ref->offset);
    if (i == packed->n || ref->offset < packed->range[i].offset ||
        packed->range[i].bytes - (ref->offset - packed->range[i].offset) < width)
        return NULL;
    return base + packed->at[i] + (ref->offset - packed->range[i].offset);
}

PrStatus pr_image_extref(const PrImage *image, uint64_t i, PrExtref *ref, PrError *error)
{
    uint64_t at = PR_EXTREFS_HEAD + i * PR_EXTREF_BYTES;
    if (i >= pr_image_n_extrefs(image))
        return bad(error, PR_E_TRUNCATED, at, "section ends too early");
    const uint8_t *p = image->map + image->offset[PR_SEC_EXTREFS] + at;
    *ref = (PrExtref){pr_get32(p), pr_get32(p + 4), pr_get64(p + 8), pr_get64(p + 16)};
    if (ref->section != PR_SEC_FRAMES && ref->section != PR_SEC_GLOBALS &&
        ref->section != PR_SEC_STACK && ref->section != PR_SEC_HEAP)
        return bad(error, PR_E_FORMAT, at, "reference in a section that holds none");
    if (ref->symbol >= image->desc.n_symbols)
        return bad(error, PR_E_FORMAT, at + 4, "symbol unknown to the program");
    uint64_t width = ref->section == PR_SEC_FRAMES
                         ? 8 : image->desc.layouts[image->view.layout].arch->pointer_bytes;
    if (!pr_image_place(image, ref, width))
        return bad(error, PR_E_FORMAT, at + 8, "reference outside its section");
    const PrSymbol *symbol = &image->desc.symbols[ref->symbol];
    uint64_t size = image->desc.layouts[image->view.layout].size[symbol->type];
    if (ref->addend > (symbol->kind == PR_SYM_FUNC ? 0 : size))
        return bad(error, PR_E_FORMAT, at + 16, "reference beyond its symbol");
    return PR_OK;
}

/* Reference i, which has to come after the one before it. */
static PrStatus next_extref(const PrImage *image, uint64_t i, PrExtref *ref, PrError *error)
{
    PrExtref last = *ref;
    PrStatus status = pr_image_extref(image, i, ref, error);
    if (status != PR_OK || i == 0)
        return status;
    uint64_t width = ref->section == PR_SEC_FRAMES
                         ? PR_VALUE_BYTES
                         : image->desc.layouts[image->view.layout].arch->pointer_bytes;
    if (ref->section < last.section ||
        (ref->section == last.section &&
         (ref->offset < last.offset || ref->offset - last.offset < width)))
        return bad(error, PR_E_FORMAT, PR_EXTREFS_HEAD + i * PR_EXTREF_BYTES,
                   "references out of order");
    return PR_OK;
}

static PrStatus check_head(const PrImage *image, PrError *error)
{
    uint64_t length = image->length[PR_SEC_EXTREFS];
    const uint8_t *p = image->map + image->offset[PR_SEC_EXTREFS];
    if (length < PR_EXTREFS_HEAD)
        return bad(error, PR_E_TRUNCATED, 0, "section ends too early");
    uint64_t n = pr_image_n_extrefs(image);
    if (pr_get64(p) != n || pr_get64(p + 8) ||
        length != PR_EXTREFS_HEAD + n * PR_EXTREF_BYTES)
        return bad(error, PR_E_FORMAT, 0, "number of references");
    return PR_OK;
}

static uint64_t get_at(const PrImage *image, const PrExtref *ref, const uint8_t *p)
{
    return ref->section == PR_SEC_FRAMES
               ? pr_get64(p)
               : pr_image_get_pointer(image->desc.layouts[image->view.layout].arch, p);
}

static PrStatus check_value(const PrImage *image, uint64_t i, const PrExtref *ref,
                            const uint8_t *place, PrError *error)
{
    if (get_at(image, ref, place) != image->desc.symbols[ref->symbol].vaddr + ref->addend)
        return bad(error, PR_E_FORMAT, PR_EXTREFS_HEAD + i * PR_EXTREF_BYTES,
                   "the bytes at the reference are not its virtual address");
    return PR_OK;
}

PrStatus pr_image_check_extrefs(const PrImage *image, PrError *error)
{
    PrStatus status = check_head(image, error);
    uint64_t n = pr_image_n_extrefs(image);
    PrExtref ref = {0};
    for (uint64_t i = 0; i < n && status == PR_OK; i++) {
        status = next_extref(image, i, &ref, error);
        if (status == PR_OK && !image->is_native)
            status = check_value(image, i, &ref, pr_image_place(image, &ref, 1), error);
    }
    return status;
}

typedef struct Resolve { /* a walk through the references while their sections pass by */
    const PrImage *from;
    const PrArch *arch;
    const uint64_t *addr;
    PrWriter *writer;
    uint64_t n, next; /* references: how many, the one that `ref` holds */
    PrExtref ref;
    PrError *error;
} Resolve;

static PrStatus advance(Resolve *r)
{
    r->next++;
    return r->next < r->n ? next_extref(r->from, r->next, &r->ref, r->error) : PR_OK;
}

static bool pending(const Resolve *r, PrSection section)
{
    return r->next < r->n && r->ref.section == (uint32_t)section;
}

static PrStatus patch(Resolve *r, uint8_t *place)
{
    PrStatus status = check_value(r->from, r->next, &r->ref, place, r->error);
    if (status != PR_OK)
        return status;
    if (r->addr[r->ref.symbol] == 0) /* the compiler saw that nothing can point to it */
        return pr_fail(r->error, PR_E_PROGRAM, "reference to a symbol without an address",
                       r->ref.offset, r->from->desc.symbols[r->ref.symbol].name);
    uint64_t value = r->addr[r->ref.symbol] + r->ref.addend;
    if (r->addr[r->ref.symbol] == 0) /* of a shared library, in a dynamic executable */
        return pr_fail(r->error, PR_E_POINTER, "address not known before the program runs",
                       r->ref.offset, r->from->desc.symbols[r->ref.symbol].name);
    if (r->arch->pointer_bytes == 4 && value > UINT32_MAX)
        return pr_fail(r->error, PR_E_ARCH, "address wider than the architecture's pointers",
                       r->ref.offset, r->from->desc.symbols[r->ref.symbol].name);
    if (r->ref.section == PR_SEC_FRAMES)
        pr_put64(place, value);
    else
        pr_image_put_pointer(r->arch, place, value);
    return advance(r);
}

/* One buffer's worth of a section; never splits a reference. */
static PrStatus copy_part(Resolve *r, PrSection section, uint64_t *at)
{
    const uint8_t *from = r->from->map + r->from->offset[section];
    uint64_t left = r->from->length[section] - *at, room = 0;
    bool zeros = left >= PR_UNIT_BYTES && pr_all_zero(from + *at, PR_UNIT_BYTES);
    if (zeros && !(pending(r, section) && r->ref.offset < *at + PR_UNIT_BYTES)) {
        *at += PR_UNIT_BYTES;
        return pr_writer_zeros(r->writer, PR_UNIT_BYTES, r->error);
    }
    uint8_t *to = pr_writer_reserve(r->writer, left < PR_UNIT_BYTES ? left : PR_UNIT_BYTES, &room,
                                    r->error);
    if (!to)
        return PR_E_IO;
    uint64_t part = left < room ? left : room;
    part = part < PR_UNIT_BYTES ? part : PR_UNIT_BYTES;
    memcpy(to, from + *at, (size_t)part);
    while (pending(r, section) && r->ref.offset < *at + part) {
        if (r->ref.offset + 8 > *at + part && left > part) { /* might straddle: next time */
            part = r->ref.offset - *at;
            break;
        }
        PrStatus status = patch(r, to + (r->ref.offset - *at));
        if (status != PR_OK)
            return status;
    }
    pr_writer_commit(r->writer, part);
    *at += part;
    return PR_OK;
}

static PrStatus copy_sections(Resolve *r)
{
    PrStatus status = PR_OK;
    for (unsigned s = 0; s < PR_N_SECTIONS && status == PR_OK; s++) {
        status = pr_writer_section(r->writer, (PrSection)s, r->from->length[s], r->error);
        for (uint64_t at = 0; at < r->from->length[s] && status == PR_OK;)
            status = copy_part(r, (PrSection)s, &at);
    }
    return status;
}

PrStatus pr_image_resolve(const PrImage *from, uint32_t layout, const uint64_t *addr,
                          uint32_t n_addr, int fd, PrError *error)
{
    const PrDesc *desc = &from->desc;
    if (from->is_native || from->is_delta)
        return pr_fail(error, PR_E_FORMAT, "header", 12, "image is resolved already, or a delta");
    if (layout >= desc->n_layouts ||
        desc->layouts[layout].cls != desc->layouts[from->view.layout].cls)
        return pr_fail(error, PR_E_ARCH, "header", 16, "architecture of another layout class");
    if (n_addr != desc->n_symbols)
        return pr_fail(error, PR_E_PROGRAM, "symbol addresses", n_addr,
                       "not as many as the program has symbols");
    Resolve r = {.from = from, .arch = desc->layouts[layout].arch, .addr = addr,
                 .n = pr_image_n_extrefs(from), .error = error};
    PrStatus status = check_head(from, error);
    if (status == PR_OK && r.n > 0)
        status = next_extref(from, 0, &r.ref, error);
    if (status != PR_OK)
        return status;
    r.writer = pr_writer_new(fd, NULL);
    if (!r.writer)
        return pr_fail(error, PR_E_NOMEM, "image writer", 0, NULL);
    status = copy_sections(&r);
    if (status == PR_OK)
        status = pr_writer_finish(r.writer, desc, layout, PR_IMAGE_NATIVE, NULL, error);
    pr_writer_free(r.writer);
    return status;
}
