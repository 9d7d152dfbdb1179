/* image.*.zstd, .lz4: how much shorter an image becomes, and at what rate of processor time, against a link of
 * 1 Gbit/s: where packing is slower than the link, it costs time instead of saving it. */
#include "bench_rows.h"

#include "../core/agent/pack.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <time.h>
#include <unistd.h>

enum { N_RUNS = 9 };
#define LINK_RATE 0.125 /* GB/s */

static double processor_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Bytes of the image and compressed; the quickest of some runs each way, since other programs' use of the caches
 * can only add. */
typedef struct Packing {
    double bytes, packed, pack_s, unpack_s;
} Packing;

static gboolean write_packed(const char *image, PreachesPack method, const char *to, GError **error)
{
    int fd = g_open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    gboolean ok = fd >= 0 && preaches_pack_to(image, method, fd, error);
    if (fd >= 0)
        close(fd);
    return ok;
}

static gboolean measure(const char *image, PreachesPack method, const char *packed, Packing *p, GError **error)
{
    GStatBuf was, is;
    for (int i = 0; i < N_RUNS; i++) {
        double begun = processor_s(), made;
        if (!write_packed(image, method, packed, error))
            return FALSE;
        made = processor_s();
        int memory = preaches_unpack_memory(packed, PR_VERIFY_ALL, error);
        if (memory < 0)
            return FALSE;
        double done = processor_s();
        close(memory);
        p->pack_s = i == 0 ? made - begun : MIN(p->pack_s, made - begun);
        p->unpack_s = i == 0 ? done - made : MIN(p->unpack_s, done - made);
    }
    if (g_stat(image, &was) != 0 || g_stat(packed, &is) != 0)
        return FALSE;
    p->bytes = (double)was.st_size;
    p->packed = (double)is.st_size;
    return TRUE;
}

gboolean lab_bench_pack(LabTable *table, const char *name, const char *image, const char *scratch,
                        GCancellable *cancel, GError **error)
{
    g_autofree char *packed = g_build_filename(scratch, "packed", NULL);
    for (PreachesPack method = PREACHES_PACK_ZSTD; method <= PREACHES_PACK_LZ4; method++) {
        Packing p = {0};
        const char *word = preaches_pack_name(method);
        g_autofree char *bytes = g_strdup_printf("image.%s.%s.bytes", name, word);
        g_autofree char *pack = g_strdup_printf("image.%s.%s.pack", name, word);
        g_autofree char *unpack = g_strdup_printf("image.%s.%s.unpack", name, word);
        if (g_cancellable_set_error_if_cancelled(cancel, error) || !measure(image, method, packed, &p, error))
            return FALSE;
        lab_bench_measured(table, bytes, p.packed, "B", p.bytes, -1);
        lab_bench_measured(table, pack, p.bytes / p.pack_s * 1e-9, "GB/s", LINK_RATE, 1);
        lab_bench_measured(table, unpack, p.bytes / p.unpack_s * 1e-9, "GB/s", LINK_RATE, 1);
    }
    return TRUE;
}
