/* Named random streams. Counter-based (Philox4x32-10, Salmon et al. 2011): draw i of a stream is a
 * function of (seed, name, index, i) alone, so no stream disturbs another and none depends on the
 * order in which streams are made. */
#ifndef PREACHES_SIMNET_RANDOM_H
#define PREACHES_SIMNET_RANDOM_H

#include <glib.h>

typedef struct SimStream { /* placed by the caller; needs no clean-up */
    guint32 key[2];
    guint64 index, block;
    guint32 word[4];
    guint n_left;
} SimStream;

/* E.g. sim_stream_init(&s, seed, "failures", replication). */
void sim_stream_init(SimStream *stream, guint64 seed, const char *name, guint64 index);
guint64 sim_stream_u64(SimStream *stream);
double sim_stream_unit(SimStream *stream);                 /* in (0, 1), never an end */
guint64 sim_stream_below(SimStream *stream, guint64 bound); /* uniform in [0, bound), bound > 0 */
double sim_stream_exponential(SimStream *stream, double mean);
double sim_stream_weibull(SimStream *stream, double shape, double scale);

/* One block of the generator, for its known answers. */
void sim_philox(const guint32 counter[4], const guint32 key[2], guint32 out[4]);

#endif
