/* See image_writer.h. The header stands at the front but is written last, so a file that was cut
 * short at any point has no magic and is refused. */
#define _GNU_SOURCE
#define XXH_INLINE_ALL
#include "image_writer.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xxhash.h>

enum { HOLE_BYTES = 1 << 16 }; /* shorter runs of zeros are written out */

struct PrWriter {
    int fd;
    void (*hook)(const char *point, uint64_t count);
    uint64_t n_writes;
    uint8_t *buffer; /* PR_WRITER_BYTES + PR_WRITER_SLACK */
    uint64_t used;   /* bytes of the buffer in use; those before `hashed` are hashed */
    uint64_t hashed;
    uint64_t end;    /* file offset at which the buffer will be written */
    PrSection section;
    bool in_section;
    uint64_t start[PR_N_SECTIONS], length[PR_N_SECTIONS];
    XXH128_hash_t hash[PR_N_SECTIONS];
    XXH3_state_t *state;
};

static const uint8_t zeros[1 << 16];

PrWriter *pr_writer_new(int fd, void (*hook)(const char *point, uint64_t count))
{
    PrWriter *writer = calloc(1, sizeof *writer);
    if (!writer)
        return NULL;
    writer->fd = fd;
    writer->hook = hook;
    writer->buffer = malloc(PR_WRITER_BYTES + PR_WRITER_SLACK);
    writer->state = XXH3_createState();
    writer->end = PR_HEAD_BYTES;
    if (!writer->buffer || !writer->state) {
        pr_writer_free(writer);
        return NULL;
    }
    return writer;
}

void pr_writer_free(PrWriter *writer)
{
    if (!writer)
        return;
    if (writer->state)
        XXH3_freeState(writer->state);
    free(writer->buffer);
    free(writer);
}

bool pr_write_at(int fd, const uint8_t *bytes, uint64_t n, uint64_t offset)
{
    while (n > 0) {
        ssize_t done = pwrite(fd, bytes, (size_t)n, (off_t)offset);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            errno = done < 0 ? errno : EIO;
            return false;
        }
        bytes += done;
        offset += (uint64_t)done;
        n -= (uint64_t)done;
    }
    return true;
}

static PrStatus write_at(PrWriter *writer, const uint8_t *bytes, uint64_t n, uint64_t offset,
                         PrError *error)
{
    if (n > 0 && writer->hook)
        writer->hook("write", ++writer->n_writes);
    if (pr_write_at(writer->fd, bytes, n, offset))
        return PR_OK;
    return pr_fail(error, PR_E_IO, "writing the image", offset, strerror(errno));
}

static void hash_up(PrWriter *writer)
{
    if (writer->in_section && writer->used > writer->hashed)
        XXH3_128bits_update(writer->state, writer->buffer + writer->hashed,
                            (size_t)(writer->used - writer->hashed));
    writer->hashed = writer->used;
}

static PrStatus flush(PrWriter *writer, PrError *error)
{
    hash_up(writer);
    PrStatus status = write_at(writer, writer->buffer, writer->used, writer->end, error);
    writer->end += writer->used;
    writer->used = writer->hashed = 0;
    return status;
}

uint64_t pr_writer_offset(const PrWriter *writer)
{
    return writer->end + writer->used - writer->start[writer->section];
}

static PrStatus end_section(PrWriter *writer, PrError *error)
{
    if (!writer->in_section)
        return PR_OK;
    hash_up(writer);
    uint64_t length = pr_writer_offset(writer);
    uint64_t *declared = &writer->length[writer->section];
    if (*declared == PR_WRITER_OPEN_END)
        *declared = length;
    if (*declared != length)
        return pr_fail(error, PR_E_FORMAT, pr_section_name(writer->section), length,
                       "section written with another length than declared");
    writer->hash[writer->section] = XXH3_128bits_digest(writer->state);
    writer->in_section = false;
    return PR_OK;
}

PrStatus pr_writer_section(PrWriter *writer, PrSection section, uint64_t length, PrError *error)
{
    PrStatus status = end_section(writer, error);
    if (status != PR_OK)
        return status;
    uint64_t end = writer->end + writer->used;
    uint64_t start = pr_section_start(section, end, length);
    status = pr_writer_zeros(writer, start - end, error);
    writer->section = section;
    writer->start[section] = start;
    writer->length[section] = length;
    writer->hashed = writer->used; /* padding is not hashed */
    writer->in_section = true;
    XXH3_128bits_reset(writer->state);
    return status;
}

PrStatus pr_writer_bytes(PrWriter *writer, const void *bytes, uint64_t n, PrError *error)
{
    const uint8_t *from = bytes;
    while (n > 0) {
        if (writer->used == PR_WRITER_BYTES) {
            PrStatus status = flush(writer, error);
            if (status != PR_OK)
                return status;
        }
        uint64_t room = PR_WRITER_BYTES - writer->used;
        uint64_t part = n < room ? n : room;
        memcpy(writer->buffer + writer->used, from, (size_t)part);
        writer->used += part;
        from += part;
        n -= part;
    }
    return PR_OK;
}

PrStatus pr_writer_direct(PrWriter *writer, const uint8_t *bytes, uint64_t n, PrError *error)
{
    PrStatus status = flush(writer, error);
    while (n > 0 && status == PR_OK) {
        uint64_t part = n < PR_WRITER_BYTES ? n : PR_WRITER_BYTES; /* hashed, it is in the cache to be written */
        XXH3_128bits_update(writer->state, bytes, (size_t)part);
        status = write_at(writer, bytes, part, writer->end, error);
        writer->end += part;
        bytes += part;
        n -= part;
    }
    return status;
}

PrStatus pr_writer_zeros(PrWriter *writer, uint64_t n, PrError *error)
{
    if (n < HOLE_BYTES) {
        while (n > 0) {
            uint64_t part = n < sizeof zeros ? n : sizeof zeros;
            PrStatus status = pr_writer_bytes(writer, zeros, part, error);
            if (status != PR_OK)
                return status;
            n -= part;
        }
        return PR_OK;
    }
    PrStatus status = flush(writer, error);
    writer->end += n; /* a hole: later writes go behind it */
    for (; n > 0 && writer->in_section;) {
        uint64_t part = n < sizeof zeros ? n : sizeof zeros;
        XXH3_128bits_update(writer->state, zeros, (size_t)part);
        n -= part;
    }
    return status;
}

uint8_t *pr_writer_reserve(PrWriter *writer, uint64_t want, uint64_t *room, PrError *error)
{
    if (PR_WRITER_BYTES - writer->used < want && flush(writer, error) != PR_OK)
        return NULL;
    *room = PR_WRITER_BYTES - writer->used;
    return writer->buffer + writer->used;
}

void pr_writer_commit(PrWriter *writer, uint64_t n)
{
    writer->used += n;
}

static void put_header(const PrWriter *writer, uint8_t *head, const PrDesc *desc, uint32_t layout,
                       uint32_t flags, uint64_t total)
{
    memset(head, 0, PR_HEAD_BYTES);
    memcpy(head, PR_IMAGE_MAGIC, 8);
    pr_put32(head + 8, PR_IMAGE_VERSION);
    pr_put32(head + 12, flags);
    const char *name = desc->layouts[layout].arch->name;
    memcpy(head + 16, name, strnlen(name, PR_ARCH_BYTES - 1));
    pr_put64(head + 32, desc->program_id[0]);
    pr_put64(head + 40, desc->program_id[1]);
    pr_put64(head + 48, total);
    pr_put32(head + 56, PR_N_SECTIONS);
    for (unsigned s = 0; s < PR_N_SECTIONS; s++) {
        uint8_t *row = head + PR_HEAD_TABLE + 32 * s;
        pr_put64(row, writer->start[s]);
        pr_put64(row + 8, writer->length[s]);
        pr_put64(row + 16, writer->hash[s].low64);
        pr_put64(row + 24, writer->hash[s].high64);
    }
    XXH128_hash_t hash = XXH3_128bits(head, PR_HEAD_HASH);
    pr_put64(head + PR_HEAD_HASH, hash.low64);
    pr_put64(head + PR_HEAD_HASH + 8, hash.high64);
}

PrStatus pr_writer_finish(PrWriter *writer, const PrDesc *desc, uint32_t layout, uint32_t flags,
                          uint64_t *total_bytes, PrError *error)
{
    PrStatus status = end_section(writer, error);
    if (status == PR_OK)
        status = flush(writer, error);
    if (status != PR_OK)
        return status;
    uint8_t head[PR_HEAD_BYTES];
    put_header(writer, head, desc, layout, flags, writer->end);
    if (total_bytes)
        *total_bytes = writer->end;
    return write_at(writer, head, sizeof head, 0, error);
}
