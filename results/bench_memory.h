/* What bench_memory.c and bench_restore.c share. */
#ifndef PREACHES_RESULTS_BENCH_MEMORY_H
#define PREACHES_RESULTS_BENCH_MEMORY_H

#include "../core/agent/proc.h"
#include "bench_rows.h"

#define LAB_MIB ((gsize)1 << 20)
enum { LAB_STATIC_MIB = 512 };

typedef struct LabMemory {
    LabTable *table;
    const char *home;
    char *wide, *narrow; /* tests/bench/pages.c for 64-bit architectures, and for four layout classes */
    char *fixed;         /* tests/bench/grid.c: a static array of LAB_STATIC_MIB */
    char *folder;        /* of the spools: in memory */
    GCancellable *cancel;
} LabMemory;

double lab_now_s(void);
double lab_median(GArray *values); /* sorts them */
/* So much memory in huge pages, written once; NULL. For munmap(). */
guint8 *lab_take_memory(gsize bytes);
/* Takes and gives back so much: what follows does not pay for pages that the machine, if it is a virtual one,
 * has yet to get from its host. Waits some seconds where the kernel gives free memory back to a host. */
void lab_warm_memory(gsize bytes);

/* Builds tests/bench/SOURCE for these architectures, with explicit polls; NULL: with gcc, statically. */
gboolean lab_bench_build(const LabMemory *m, const char *source, const char *arches, char *program,
                         GError **error);
/* A checkpoint of PROGRAM MIB at its first poll, committed; the image for this machine. g_free. */
char *lab_bench_image(const LabMemory *m, const char *program, int mib, GError **error);
/* Commits epoch 1 in the folder's spool; the image for this machine. g_free. */
char *lab_bench_commit(const LabMemory *m, const char *program, GError **error);

/* bench_restore.c: restore.* */
gboolean lab_bench_restore(const LabMemory *m, GError **error);

#endif
