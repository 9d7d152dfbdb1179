/* Library state as bytes, the same on every architecture: section LIBC is a row of records
 * {u32 part, u32 bytes, bytes...}, little endian, one for each part of libc_state.c that has
 * something to say. Each part writes and reads its own bytes with what stands here. */
#ifndef PREACHES_RUNTIME_RECORDS_H
#define PREACHES_RUNTIME_RECORDS_H

#include "runtime.h"

typedef struct RtOut {
    uint8_t *bytes;
    size_t n, max;
    bool failed; /* out of memory */
} RtOut;
void rt_put(RtOut *out, const void *from, size_t n);
void rt_put_number(RtOut *out, uint64_t x, size_t bytes);
void rt_put_text(RtOut *out, const char *text); /* with its NUL */

typedef struct RtIn {
    const uint8_t *at;
    size_t n;
    bool bad; /* something was missing; reading goes on with zeros */
} RtIn;
uint64_t rt_get_number(RtIn *in, size_t bytes);
const char *rt_get_text(RtIn *in); /* borrowed; "" when bad */
/* A block of the arena's heap that state refers to: NULL for 0; bad when it cannot be one. */
void *rt_get_block(RtIn *in);

/* What a part does: `save` writes nothing when there is nothing; `load` puts the state back and
 * leaves in->bad set when it cannot. They run in the child, and before main's clone. */
void rt_random_save(RtOut *out);
void rt_random_load(RtIn *in);
void rt_drand48_save(RtOut *out);
void rt_drand48_load(RtIn *in);
void rt_texts_save(RtOut *out);
void rt_texts_load(RtIn *in);
void rt_variables_save(RtOut *out);
void rt_variables_load(RtIn *in);
void rt_getopt_save(RtOut *out);
void rt_getopt_load(RtIn *in);
void rt_process_save(RtOut *out);
void rt_process_load(RtIn *in);
void rt_signals_save(RtOut *out);
void rt_signals_load(RtIn *in);
void rt_exits_save(RtOut *out);
void rt_exits_load(RtIn *in);
void rt_times_save(RtOut *out);
void rt_times_load(RtIn *in);
void rt_streams_save(RtOut *out);
void rt_streams_load(RtIn *in);

/* Pointers of the program's that the library keeps stand in one block of the arena, so that the
 * converter carries them over like the program's own. Zero at first. Ends the program when there is
 * no memory. */
enum { RT_ROOT_STRTOK, RT_ROOT_OPTARG, RT_ROOT_NEXTCHAR, RT_ROOT_RANDOM,
       RT_N_RANDOM = 12, RT_ROOT_SIGNALS = RT_ROOT_RANDOM + RT_N_RANDOM,
       RT_N_SIGNALS = 40, RT_N_ROOTS = RT_ROOT_SIGNALS + RT_N_SIGNALS };
char **rt_root(unsigned slot);
char *rt_root_get(unsigned slot); /* NULL while there are no roots */

/* The arena's own copy of a text of the library's: the same block for the same text. */
char *rt_intern(const char *text);

#endif
