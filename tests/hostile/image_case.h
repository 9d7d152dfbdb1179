/* One input of the fuzzer: its image is opened, and what is accepted has to convert, merge and resolve into
 * images that open, to the same bytes whichever way they took, or be refused with a reason. Whatever else
 * happens ends the process, as the sanitizers do. All functions are static; needs _GNU_SOURCE. */
#ifndef PREACHES_TESTS_IMAGE_CASE_H
#define PREACHES_TESTS_IMAGE_CASE_H

#include "core/convert/convert.h"
#include "image_input.h"
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* The files of a case: the image, what it is in its own class once converted, in the target's, back from
 * there, and there once more; a native image; a delta's base and both in one. */
typedef enum CaseFile { CASE_IMAGE, CASE_OWN, CASE_THERE, CASE_BACK, CASE_AGAIN, CASE_NATIVE, CASE_BASE, CASE_MERGED,
                        CASE_N_FILES } CaseFile;

static _Noreturn void case_broken(const char *what, const PrError *error)
{
    fprintf(stderr, "%s: %s: %s at %llu (%s)\n", what, pr_status_text(error->status), error->what ? error->what : "?",
            (unsigned long long)error->offset, error->path);
    abort();
}

/* Empty again; the same ones serve all cases. */
static int case_file(CaseFile which)
{
    static int fds[CASE_N_FILES];
    if (fds[which] == 0)
        fds[which] = memfd_create("case", MFD_CLOEXEC);
    if (fds[which] < 0 || ftruncate(fds[which], 0) != 0 || lseek(fds[which], 0, SEEK_SET) != 0) {
        perror("image case");
        exit(2);
    }
    return fds[which];
}

static PrStatus case_open(int fd, PrImage *image, bool is_delta, PrError *error)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    PrStatus status = (is_delta ? pr_image_open_delta : pr_image_open)(image, path, PR_VERIFY_ALL, error);
    if (status != PR_OK && (error->status != status || !error->what || image->map))
        case_broken("refused without a reason", error);
    return status;
}

/* What was made of an accepted image opens, or it was refused with a reason. */
static bool case_made(const char *what, PrStatus status, int fd, PrImage *image, PrError *error)
{
    if (status != PR_OK) {
        if (error->status != status || !error->what)
            case_broken("refused without a reason", error);
        return false;
    }
    if (case_open(fd, image, false, error) != PR_OK)
        case_broken(what, error);
    return true;
}

static bool case_convert(const PrImage *from, uint32_t cls, CaseFile which, PrImage *to)
{
    PrError note = {0}, error = {0};
    PrConvertStats stats = {0};
    int fd = case_file(which);
    PrStatus status = pr_convert_write(&from->view, cls, fd, NULL, &stats, &note, &error);
    if (!case_made("what was converted does not open", status, fd, to, &error))
        return false;
    if (stats.image_bytes != to->bytes)
        case_broken("not as long as the converter says", &error);
    return true;
}

static void case_same(const PrImage *a, const PrImage *b, const char *what)
{
    PrError error = {.status = PR_E_FORMAT, .what = "other bytes"};
    uint64_t at = 0;
    if (a->bytes == b->bytes && memcmp(a->map, b->map, (size_t)a->bytes) == 0)
        return;
    while (at < a->bytes && at < b->bytes && (a->map[at] == b->map[at] || at < PR_HEAD_BYTES))
        at++;
    error.offset = at;
    for (unsigned s = 0; s < PR_N_SECTIONS; s++)
        if (a->offset[s] <= at)
            error.what = pr_section_name((PrSection)s);
    case_broken(what, &error);
}

/* IBM's pairs of doubles are the one format whose numbers binary128, and so a saved value, does not hold. */
static bool case_rounds(const PrDesc *desc)
{
    for (uint32_t i = 0; i < desc->n_layouts; i++)
        if (desc->layouts[i].arch->ldbl == PR_LDBL_IBM)
            return true;
    return false;
}

/* there -> own -> there gives what it was. */
static void case_settles(const PrImage *there, uint32_t own, uint32_t target)
{
    PrImage back, again;
    if (!case_convert(there, own, CASE_BACK, &back))
        return; /* what was rounded or moved may not fit any more */
    if (case_convert(&back, target, CASE_AGAIN, &again)) {
        case_same(there, &again, "there and back");
        pr_image_close(&again);
    }
    pr_image_close(&back);
}

/* Whether all saved values are what the image's architecture holds: other long doubles would be rounded twice. */
static bool case_holds(const PrImage *image, const PrImage *clean)
{
    uint64_t n = image->length[PR_SEC_FRAMES];
    return memcmp(image->map + image->offset[PR_SEC_FRAMES], clean->map + clean->offset[PR_SEC_FRAMES], (size_t)n) == 0;
}

/* Straight to the target's class, and through the image's own, where padding and dead slots become zeros. */
static void case_conversions(const PrImage *image, uint8_t choice)
{
    uint32_t own = image->desc.layouts[image->view.layout].cls, target = choice % image->desc.n_classes;
    PrImage clean, there, straight;
    if (!case_convert(image, own, CASE_OWN, &clean))
        return;
    if (case_convert(&clean, target, CASE_THERE, &there)) {
        if (case_holds(image, &clean) && case_convert(image, target, CASE_AGAIN, &straight)) {
            case_same(&there, &straight, "through its own class");
            pr_image_close(&straight);
        }
        if (!case_rounds(&image->desc))
            case_settles(&there, own, target);
        pr_image_close(&there);
    }
    pr_image_close(&clean);
}

static void case_resolve(const PrImage *image)
{
    PrImage native;
    PrError error = {0};
    int fd = case_file(CASE_NATIVE);
    uint64_t *addr = malloc(image->desc.n_symbols * sizeof *addr + 1);
    if (!addr)
        abort();
    for (uint32_t i = 0; i < image->desc.n_symbols; i++)
        addr[i] = 0x10000000 + UINT64_C(4096) * i;
    PrStatus status = pr_image_resolve(image, image->view.layout, addr, image->desc.n_symbols, fd, &error);
    free(addr);
    if (case_made("what was resolved does not open", status, fd, &native, &error))
        pr_image_close(&native);
}

static int case_write(CaseFile which, const Input *in)
{
    uint64_t bytes;
    uint8_t *file = input_lay_out(in, &bytes);
    int fd = case_file(which);
    if (pwrite(fd, file, (size_t)bytes, 0) != (ssize_t)bytes) {
        perror("image case");
        exit(2);
    }
    free(file);
    return fd;
}

/* Into an epoch before it that has the same frames and blocks, with zeros in the memory. */
static void case_merge(const Input *in, const PrImage *delta)
{
    uint8_t meta[PR_META_BYTES], no_refs[PR_EXTREFS_HEAD] = {0};
    PrImage base, merged;
    PrError error = {0};
    Input before = *in;
    if (delta->view.heap_bytes > INPUT_MAX_UNITS * PR_UNIT_BYTES)
        return;
    memcpy(meta, delta->map + delta->offset[PR_SEC_META], PR_META_BYTES);
    pr_put64(meta, delta->view.base_epoch);
    pr_put64(meta + META_BASE, 0);
    before.options = 0;
    before.units = (uint8_t)(delta->view.heap_bytes / PR_UNIT_BYTES);
    before.part[PR_SEC_META] = meta;
    before.length[PR_SEC_META] = PR_META_BYTES;
    before.part[PR_SEC_EXTREFS] = no_refs;
    before.length[PR_SEC_EXTREFS] = PR_EXTREFS_HEAD;
    before.length[PR_SEC_GLOBALS] = before.length[PR_SEC_RANGES] = before.length[PR_SEC_HEAP] = 0;
    if (case_open(case_write(CASE_BASE, &before), &base, false, &error) != PR_OK)
        return; /* its variables are more than the fuzzer makes */
    int fd = case_file(CASE_MERGED);
    PrStatus status = pr_image_merge(&base, delta, fd, &error);
    if (case_made("what was merged does not open", status, fd, &merged, &error))
        pr_image_close(&merged);
    pr_image_close(&base);
}

/* False: no image. */
static bool image_case(const uint8_t *data, size_t n)
{
    Input in;
    PrImage image;
    PrError error = {0};
    if (!input_read(&in, data, n))
        return false;
    bool is_delta = in.options & INPUT_IS_DELTA;
    if (case_open(case_write(CASE_IMAGE, &in), &image, is_delta, &error) != PR_OK)
        return false;
    if (is_delta)
        case_merge(&in, &image);
    else if (!image.is_native) {
        case_conversions(&image, in.target);
        case_resolve(&image);
    }
    pr_image_close(&image);
    return true;
}

#endif
