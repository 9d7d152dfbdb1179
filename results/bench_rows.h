/* Rows of bench.csv, for the files that measure. */
#ifndef PREACHES_RESULTS_BENCH_ROWS_H
#define PREACHES_RESULTS_BENCH_ROWS_H

#include "table.h"

#include <gio/gio.h>

extern const char *const lab_bench_columns[]; /* NULL-terminated */

/* Must stay as accepted (results/baseline/bench.csv): two runs of one build on one machine agree. */
void lab_bench_gated(LabTable *table, const char *metric, double value, const char *unit);
/* A figure that nothing is asked of. */
void lab_bench_shown(LabTable *table, const char *metric, double value, const char *unit);
/* A figure that cannot be measured here. */
void lab_bench_skipped(LabTable *table, const char *metric, const char *why);
/* `target`: the ratio value / reference that is wanted; negative: at most its magnitude. */
void lab_bench_measured(LabTable *table, const char *metric, double value, const char *unit,
                        double reference, double target);

/* The last row is gated too. */
void lab_bench_gate_last(LabTable *table);

/* bench_cc.c: cost of being checkpointable, latency of requests. `scratch` is a folder of the caller's.
 * gated_only: instructions alone, the rows that repeat. */
gboolean lab_bench_cost(LabTable *table, const char *home, const char *scratch, gboolean gated_only,
                        GCancellable *cancel, GError **error);

/* bench_real.c: the same of the programs of workloads/real; rows that say why not, where sources cannot be had. */
gboolean lab_bench_real(LabTable *table, const char *home, const char *scratch, GCancellable *cancel,
                        GError **error);

/* bench_sim.c: sim.*, net.*, against SimGrid where it can be built (tests/bench/simgrid.sh). */
gboolean lab_bench_simulator(LabTable *table, const char *home, GCancellable *cancel,
                             GError **error);

/* bench_net.c: agents in network namespaces; rows that say why not, where those are not permitted.
 * `scratch` is a folder of the caller's. */
gboolean lab_bench_network(LabTable *table, const char *home, const char *scratch,
                           GCancellable *cancel, GError **error);

/* bench_pack.c: image.NAME.zstd.* and .lz4.* of one image. */
gboolean lab_bench_pack(LabTable *table, const char *name, const char *image, const char *scratch,
                        GCancellable *cancel, GError **error);

/* bench_convert.c: convert.* */
gboolean lab_bench_convert(LabTable *table, GCancellable *cancel, GError **error);

/* bench_arena.c: time and peak memory of programs that allocate, with our allocator ÷ with glibc's. */
gboolean lab_bench_arena(LabTable *table, const char *home, const char *scratch, GCancellable *cancel,
                         GError **error);

/* bench_memory.c, bench_restore.c: snapshots and images, recovery, and increments of programs with much state. */
gboolean lab_bench_memory(LabTable *table, const char *home, GCancellable *cancel, GError **error);
gboolean lab_bench_recovery(LabTable *table, const char *home, GCancellable *cancel, GError **error);
gboolean lab_bench_increments(LabTable *table, const char *home, GCancellable *cancel, GError **error);

#endif
