/* Opening an image: header, then schema, then each section against the schema. Nothing is believed
 * before it is checked; every failure names the section, the offset in it and the reason. */
#define _GNU_SOURCE
#define XXH_INLINE_ALL
#include "image_read.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

static const char *const section_names[PR_N_SECTIONS] = {
    [PR_SEC_DESC] = "section DESC",       [PR_SEC_META] = "section META",
    [PR_SEC_FRAMES] = "section FRAMES",   [PR_SEC_FILES] = "section FILES",
    [PR_SEC_LIBC] = "section LIBC",       [PR_SEC_HEAPMAP] = "section HEAPMAP",
    [PR_SEC_GLOBALS] = "section GLOBALS", [PR_SEC_STACK] = "section STACK",
    [PR_SEC_RANGES] = "section RANGES",
    [PR_SEC_HEAP] = "section HEAP",       [PR_SEC_EXTREFS] = "section EXTREFS",
};

const char *pr_section_name(PrSection section)
{
    return (unsigned)section < PR_N_SECTIONS ? section_names[section] : "unknown section";
}

/* Longest allowed section; those not listed are bounded by the file or by exact arithmetic. */
static uint64_t section_limit(PrSection section)
{
    switch (section) {
    case PR_SEC_DESC: return PR_MAX_DESC_BYTES;
    case PR_SEC_META: return PR_META_BYTES;
    case PR_SEC_LIBC: return PR_MAX_LIBC_BYTES;
    case PR_SEC_STACK: return PR_MAX_STACK_BYTES;
    case PR_SEC_HEAP: return PR_MAX_HEAP_BYTES;
    default: return UINT64_MAX / 2;
    }
}

static PrStatus map_file(PrImage *image, const char *path, PrVerify how, PrError *error)
{
    image->fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (image->fd < 0 || fstat(image->fd, &st) != 0)
        return pr_fail(error, PR_E_IO, "opening the image", 0, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return pr_fail(error, PR_E_MAGIC, "header", 0, "not a regular file");
    image->bytes = (uint64_t)st.st_size;
    if (image->bytes < PR_HEAD_BYTES)
        return pr_fail(error, PR_E_TRUNCATED, "header", image->bytes, "shorter than the header");
    if (image->bytes > SIZE_MAX / 2)
        return pr_fail(error, PR_E_LIMIT, "header", image->bytes, "too large for this machine");
    int flags = how == PR_VERIFY_ALL ? MAP_PRIVATE : MAP_PRIVATE | MAP_NORESERVE;
    void *map = mmap(NULL, (size_t)image->bytes, PROT_READ, flags, image->fd, 0);
    if (map == MAP_FAILED)
        return pr_fail(error, PR_E_IO, "mapping the image", 0, strerror(errno));
    image->map = map;
    return PR_OK;
}

static PrStatus check_hash(const PrImage *image, PrSection section, PrError *error)
{
    const uint8_t *row = image->map + PR_HEAD_TABLE + 32 * section;
    XXH128_hash_t hash =
        XXH3_128bits(image->map + image->offset[section], (size_t)image->length[section]);
    if (hash.low64 != pr_get64(row + 16) || hash.high64 != pr_get64(row + 24))
        return pr_fail(error, PR_E_CHECKSUM, section_names[section], 0,
                       "content does not match its hash");
    return PR_OK;
}

static PrStatus check_table(PrImage *image, PrError *error)
{
    uint64_t end = PR_HEAD_BYTES;
    for (unsigned s = 0; s < PR_N_SECTIONS; s++) {
        const uint8_t *row = image->map + PR_HEAD_TABLE + 32 * s;
        uint64_t offset = pr_get64(row), length = pr_get64(row + 8);
        if (length > section_limit((PrSection)s))
            return pr_fail(error, PR_E_LIMIT, section_names[s], 0, "length beyond the limit");
        if (offset != pr_section_start((PrSection)s, end, length))
            return pr_fail(error, PR_E_FORMAT, section_names[s], 0, "not where it has to begin");
        if (offset > image->bytes || length > image->bytes - offset)
            return pr_fail(error, PR_E_TRUNCATED, section_names[s], image->bytes,
                           "reaches behind the end of the file");
        image->offset[s] = offset;
        image->length[s] = length;
        end = offset + length;
    }
    if (end != image->bytes)
        return pr_fail(error, PR_E_FORMAT, "file", end, "bytes behind the last section");
    return PR_OK;
}

static PrStatus check_header(PrImage *image, PrError *error)
{
    const uint8_t *head = image->map;
    if (memcmp(head, PR_IMAGE_MAGIC, 8) != 0)
        return pr_fail(error, PR_E_MAGIC, "header", 0, "no PREACHES magic");
    if (pr_get32(head + 8) != PR_IMAGE_VERSION)
        return pr_fail(error, PR_E_VERSION, "header", 8, "unknown format version");
    XXH128_hash_t hash = XXH3_128bits(head, PR_HEAD_HASH);
    if (hash.low64 != pr_get64(head + PR_HEAD_HASH) ||
        hash.high64 != pr_get64(head + PR_HEAD_HASH + 8))
        return pr_fail(error, PR_E_CHECKSUM, "header", PR_HEAD_HASH,
                       "header does not match its hash");
    uint32_t flags = pr_get32(head + 12);
    if (flags != 0 && flags != PR_IMAGE_NATIVE && flags != PR_IMAGE_DELTA)
        return pr_fail(error, PR_E_FORMAT, "header", 12, "unknown flags");
    if ((flags == PR_IMAGE_DELTA) != image->is_delta)
        return pr_fail(error, PR_E_FORMAT, "header", 12,
                       image->is_delta ? "a whole image, not a delta"
                                       : "a delta: nothing without the image it builds on");
    image->is_native = flags == PR_IMAGE_NATIVE;
    size_t name = strnlen((const char *)head + 16, PR_ARCH_BYTES);
    if (name == 0 || name == PR_ARCH_BYTES)
        return pr_fail(error, PR_E_FORMAT, "header", 16, "architecture name");
    for (size_t i = name; i < PR_ARCH_BYTES; i++)
        if (head[16 + i])
            return pr_fail(error, PR_E_FORMAT, "header", 16 + i, "architecture name");
    if (pr_get64(head + 48) != image->bytes)
        return pr_fail(error, pr_get64(head + 48) > image->bytes ? PR_E_TRUNCATED : PR_E_FORMAT,
                       "header", 48, "the file's length is not the declared one");
    if (pr_get32(head + 56) != PR_N_SECTIONS || pr_get32(head + 60) != 0)
        return pr_fail(error, PR_E_FORMAT, "header", 56, "number of sections");
    return check_table(image, error);
}

PrStatus pr_image_table(PrImage *image, const uint8_t head[PR_HEAD_BYTES], PrError *error)
{
    *image = (PrImage){.map = head, .bytes = pr_get64(head + 48), .is_delta = pr_get32(head + 12) == PR_IMAGE_DELTA};
    PrStatus status = check_header(image, error);
    image->map = NULL;
    return status;
}

/* Padding before a section must be zero. */
static PrStatus check_padding(const PrImage *image, PrSection section, PrError *error)
{
    uint64_t at = section == PR_SEC_DESC ? PR_HEAD_BYTES
                                         : image->offset[section - 1] + image->length[section - 1];
    for (; at < image->offset[section]; at++)
        if (image->map[at])
            return pr_fail(error, PR_E_FORMAT, section_names[section], at,
                           "padding before the section is not zero");
    return PR_OK;
}

static PrStatus read_desc(PrImage *image, PrError *error)
{
    const uint8_t *head = image->map;
    PrStatus status = pr_desc_parse(&image->desc, head + image->offset[PR_SEC_DESC],
                                    (size_t)image->length[PR_SEC_DESC], error);
    if (status != PR_OK)
        return status;
    if (image->desc.program_id[0] != pr_get64(head + 32) ||
        image->desc.program_id[1] != pr_get64(head + 40))
        return pr_fail(error, PR_E_PROGRAM, section_names[PR_SEC_DESC], 0,
                       "program id differs from the header's");
    int layout = pr_desc_layout(&image->desc, (const char *)head + 16);
    if (layout < 0)
        return pr_fail(error, PR_E_ARCH, "header", 16, (const char *)head + 16);
    uint32_t cls = image->desc.layouts[layout].cls;
    if (!image->is_native && pr_desc_class_layout(&image->desc, cls) != (uint32_t)layout)
        return pr_fail(error, PR_E_ARCH, "header", 16, "not the name of a layout class");
    image->view.desc = &image->desc;
    image->view.layout = (uint32_t)layout;
    return PR_OK;
}

static PrStatus read_all(PrImage *image, PrVerify how, PrError *error)
{
    PrStatus status = check_header(image, error);
    for (unsigned s = 0; s < PR_N_SECTIONS && status == PR_OK; s++) {
        bool memory = s >= PR_SEC_GLOBALS;
        if (memory && how == PR_VERIFY_HEAD)
            continue;
        status = check_padding(image, (PrSection)s, error);
        if (status == PR_OK)
            status = check_hash(image, (PrSection)s, error);
    }
    if (status == PR_OK)
        status = read_desc(image, error);
    if (status == PR_OK)
        status = pr_image_read_sections(image, error);
    if (status == PR_OK && how == PR_VERIFY_ALL)
        status = pr_image_check_extrefs(image, error);
    return status;
}

static PrStatus open_as(PrImage *image, const char *path, PrVerify how, bool delta, PrError *error)
{
    PrError own = {0};
    if (!error)
        error = &own;
    memset(image, 0, sizeof *image);
    image->is_delta = delta;
    PrStatus status = map_file(image, path, how, error);
    if (status == PR_OK)
        status = read_all(image, how, error);
    if (status != PR_OK)
        pr_image_close(image);
    return status;
}

PrStatus pr_image_open(PrImage *image, const char *path, PrVerify how, PrError *error)
{
    return open_as(image, path, how, false, error);
}

PrStatus pr_image_open_delta(PrImage *image, const char *path, PrVerify how, PrError *error)
{
    return open_as(image, path, how, true, error);
}

void pr_image_close(PrImage *image)
{
    bool zeroed = image->fd == 0 && !image->map && !image->storage;
    pr_desc_fini(&image->desc);
    free(image->storage);
    if (image->map)
        munmap((void *)(uintptr_t)image->map, (size_t)image->bytes);
    if (!zeroed && image->fd >= 0)
        close(image->fd);
    memset(image, 0, sizeof *image);
}
