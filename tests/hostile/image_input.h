/* An image in the form that the fuzzer changes: a few bytes of choices, the sections' lengths, then the
 * sections without what follows from the rest. input_lay_out() makes the file of it, with hashes, program id,
 * offsets and (unless told otherwise) sizes that fit, so that a change reaches what is behind these checks.
 * input_from() makes the form of an image. All functions are static; C11 + libc only. */
#ifndef PREACHES_TESTS_IMAGE_INPUT_H
#define PREACHES_TESTS_IMAGE_INPUT_H

#include "../unit/rehash.h"
#include "core/layout/desc_blob.h"
#include <stdlib.h>

enum { /* bytes of the form */
    INPUT_OPTIONS, /* INPUT_IS_*, INPUT_KEEP_* */
    INPUT_LAYOUT,  /* which of the description's the image is in */
    INPUT_TARGET,  /* the layout class that it is converted to */
    INPUT_UNITS,   /* of the heap; each begins with as many bytes as all have in the form, the rest is zero */
    INPUT_LENGTHS,
    INPUT_HEAD = INPUT_LENGTHS + 4 * PR_N_SECTIONS
};
enum { /* options */
    INPUT_IS_NATIVE = PR_IMAGE_NATIVE, INPUT_IS_DELTA = PR_IMAGE_DELTA,
    INPUT_KEEP_META = 4,   /* its sizes of stack and heap are not made to fit */
    INPUT_KEEP_GLOBALS = 8 /* the section is not made as long as the description's variables */
};
enum { INPUT_MAX_UNITS = 8, INPUT_MAX_GLOBALS = 1 << 20, META_STACK = 24, META_HEAP = 32, META_BASE = 40 };

typedef struct Input { /* borrows its bytes */
    uint8_t options, layout, target, units;
    const uint8_t *part[PR_N_SECTIONS];
    size_t length[PR_N_SECTIONS];
} Input;

/* Parts that reach behind the end are cut. False: not even the head is there. */
static bool input_read(Input *in, const uint8_t *data, size_t n)
{
    if (n < INPUT_HEAD)
        return false;
    *in = (Input){.options = data[INPUT_OPTIONS], .layout = data[INPUT_LAYOUT], .target = data[INPUT_TARGET],
                  .units = data[INPUT_UNITS] % (INPUT_MAX_UNITS + 1)};
    size_t at = INPUT_HEAD;
    for (unsigned s = 0; s < PR_N_SECTIONS; s++) {
        size_t length = pr_get32(data + INPUT_LENGTHS + 4 * s);
        in->part[s] = data + at;
        in->length[s] = length < n - at ? length : n - at;
        at += in->length[s];
    }
    return true;
}

/* Everything of the description that a file depends on. */
typedef struct Described {
    uint8_t *blob; /* with an id that fits */
    char arch[PR_ARCH_BYTES];
    uint64_t id[2];
    uint64_t globals; /* UINT64_MAX: not known, or more than the fuzzer makes */
} Described;

static Described input_describe(const Input *in)
{
    size_t bytes = in->length[PR_SEC_DESC];
    Described d = {.blob = malloc(bytes + 1), .arch = "x86_64", .globals = UINT64_MAX};
    PrDesc desc;
    if (!d.blob)
        abort();
    memcpy(d.blob, in->part[PR_SEC_DESC], bytes);
    if (bytes >= PR_DESC_HEADER_BYTES) {
        pr_desc_hash(d.blob, bytes, d.id);
        pr_put64(d.blob + PR_DESC_AT_ID, d.id[0]);
        pr_put64(d.blob + PR_DESC_AT_ID + 8, d.id[1]);
    }
    if (pr_desc_parse(&desc, d.blob, bytes, NULL) != PR_OK)
        return d;
    uint32_t layout = in->layout % desc.n_layouts;
    if (!(in->options & INPUT_IS_NATIVE))
        layout = pr_desc_class_layout(&desc, desc.layouts[layout].cls);
    strncpy(d.arch, desc.layouts[layout].arch->name, PR_ARCH_BYTES - 1);
    uint64_t globals = pr_image_globals(&desc, layout, NULL);
    if (globals <= INPUT_MAX_GLOBALS)
        d.globals = globals;
    pr_desc_fini(&desc);
    return d;
}

/* Where the sections are; answers the length of the file. */
static uint64_t input_table(const Input *in, const Described *d, uint64_t *offset, uint64_t *length)
{
    bool whole = !(in->options & INPUT_IS_DELTA);
    uint64_t end = PR_HEAD_BYTES;
    for (unsigned s = 0; s < PR_N_SECTIONS; s++) {
        length[s] = in->length[s];
        if (s == PR_SEC_HEAP && whole)
            length[s] = in->units * PR_UNIT_BYTES;
        if (s == PR_SEC_GLOBALS && whole && !(in->options & INPUT_KEEP_GLOBALS) && d->globals != UINT64_MAX)
            length[s] = d->globals;
        offset[s] = pr_section_start((PrSection)s, end, length[s]);
        end = offset[s] + length[s];
    }
    return end;
}

static void input_header(uint8_t *file, uint64_t bytes, const Input *in, const Described *d)
{
    memcpy(file, PR_IMAGE_MAGIC, 8);
    pr_put32(file + 8, PR_IMAGE_VERSION);
    pr_put32(file + 12, in->options & (INPUT_IS_NATIVE | INPUT_IS_DELTA));
    memcpy(file + 16, d->arch, PR_ARCH_BYTES);
    pr_put64(file + 32, d->id[0]);
    pr_put64(file + 40, d->id[1]);
    pr_put64(file + 48, bytes);
    pr_put32(file + 56, PR_N_SECTIONS);
}

/* The file; the caller frees it. */
static uint8_t *input_lay_out(const Input *in, uint64_t *bytes)
{
    Described d = input_describe(in);
    uint64_t offset[PR_N_SECTIONS], length[PR_N_SECTIONS];
    *bytes = input_table(in, &d, offset, length);
    uint8_t *file = calloc(1, (size_t)*bytes);
    if (!file)
        abort();
    for (unsigned s = 0; s < PR_N_SECTIONS; s++) {
        const uint8_t *from = s == PR_SEC_DESC ? d.blob : in->part[s];
        uint8_t *row = file + PR_HEAD_TABLE + 32 * s;
        bool units = s == PR_SEC_HEAP && !(in->options & INPUT_IS_DELTA);
        size_t n = units && in->units ? in->length[s] / in->units : in->length[s];
        n = units && n > PR_UNIT_BYTES ? PR_UNIT_BYTES : n;
        for (unsigned u = 0; units && u < in->units; u++)
            memcpy(file + offset[s] + u * PR_UNIT_BYTES, from + u * n, n);
        if (!units)
            memcpy(file + offset[s], from, n < length[s] ? n : (size_t)length[s]);
        pr_put64(row, offset[s]);
        pr_put64(row + 8, length[s]);
    }
    uint8_t *meta = file + offset[PR_SEC_META];
    if (length[PR_SEC_META] >= PR_META_BYTES && !(in->options & INPUT_KEEP_META)) {
        pr_put64(meta + META_STACK, length[PR_SEC_STACK]);
        pr_put64(meta + META_HEAP, in->units * PR_UNIT_BYTES);
    }
    input_header(file, *bytes, in, &d);
    rehash(file);
    free(d.blob);
    return file;
}

/* Bytes at the start of each unit, such that all units have only zeros behind. */
static size_t input_used(const uint8_t *heap, uint64_t units)
{
    size_t used = 0;
    for (uint64_t u = 0; u < units; u++)
        for (size_t i = PR_UNIT_BYTES; i > used; i--)
            if (heap[u * PR_UNIT_BYTES + i - 1])
                used = i;
    return used;
}

/* The form of an open image; the caller frees it. NULL: its heap is too large. */
static __attribute__((unused)) uint8_t *input_from(const PrImage *image, uint8_t target, size_t *bytes)
{
    uint64_t units = image->view.heap_bytes / PR_UNIT_BYTES;
    const uint8_t *heap = image->map + image->offset[PR_SEC_HEAP];
    size_t used = image->is_delta || units > INPUT_MAX_UNITS ? 0 : input_used(heap, units);
    if (units > INPUT_MAX_UNITS)
        return NULL;
    *bytes = INPUT_HEAD;
    for (unsigned s = 0; s < PR_N_SECTIONS; s++)
        *bytes += (size_t)image->length[s];
    uint8_t *form = calloc(1, *bytes), *at = form + INPUT_HEAD;
    if (!form)
        abort();
    form[INPUT_OPTIONS] = (uint8_t)(image->is_native ? INPUT_IS_NATIVE : image->is_delta ? INPUT_IS_DELTA : 0);
    form[INPUT_LAYOUT] = (uint8_t)image->view.layout;
    form[INPUT_TARGET] = target;
    form[INPUT_UNITS] = (uint8_t)units;
    for (unsigned s = 0; s < PR_N_SECTIONS; s++) {
        const uint8_t *from = image->map + image->offset[s];
        bool by_units = s == PR_SEC_HEAP && !image->is_delta;
        size_t n = by_units ? used : (size_t)image->length[s];
        for (uint64_t u = 0; u < (by_units ? units : 1); u++, at += n)
            memcpy(at, from + u * PR_UNIT_BYTES, n);
        pr_put32(form + INPUT_LENGTHS + 4 * s, (uint32_t)(by_units ? units * n : n));
    }
    *bytes = (size_t)(at - form);
    return form;
}

#endif
