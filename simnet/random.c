#include "random.h"
#include "detmath.h"

#include <string.h>

void sim_philox(const guint32 counter[4], const guint32 key[2], guint32 out[4])
{
    guint32 c[4] = {counter[0], counter[1], counter[2], counter[3]};
    guint32 k0 = key[0], k1 = key[1];
    for (guint round = 0; round < 10; round++) {
        guint64 p0 = (guint64)0xD2511F53u * c[0], p1 = (guint64)0xCD9E8D57u * c[2];
        guint32 next[4] = {(guint32)(p1 >> 32) ^ c[1] ^ k0, (guint32)p1,
                           (guint32)(p0 >> 32) ^ c[3] ^ k1, (guint32)p0};
        memcpy(c, next, sizeof c);
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    memcpy(out, c, sizeof c);
}

/* FNV-1a over the name, then splitmix64's finaliser over both: any name and seed give a good key. */
static guint64 stream_key(guint64 seed, const char *name)
{
    guint64 h = G_GUINT64_CONSTANT(0xcbf29ce484222325);
    for (const guchar *p = (const guchar *)name; *p; p++)
        h = (h ^ *p) * G_GUINT64_CONSTANT(0x100000001b3);
    guint64 z = h + seed * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void sim_stream_init(SimStream *stream, guint64 seed, const char *name, guint64 index)
{
    guint64 key = stream_key(seed, name);
    *stream = (SimStream){.key = {(guint32)key, (guint32)(key >> 32)}, .index = index};
}

static guint32 next_word(SimStream *s)
{
    if (s->n_left == 0) {
        guint32 counter[4] = {(guint32)s->block, (guint32)(s->block >> 32), (guint32)s->index,
                              (guint32)(s->index >> 32)};
        sim_philox(counter, s->key, s->word);
        s->block++;
        s->n_left = 4;
    }
    return s->word[--s->n_left];
}

guint64 sim_stream_u64(SimStream *stream)
{
    guint64 high = next_word(stream);
    return high << 32 | next_word(stream);
}

double sim_stream_unit(SimStream *stream)
{
    return ((double)(sim_stream_u64(stream) >> 12) + 0.5) * 0x1p-52;
}

guint64 sim_stream_below(SimStream *stream, guint64 bound)
{
    g_assert(bound > 0);
    guint64 limit = G_MAXUINT64 - G_MAXUINT64 % bound; /* whole multiples only: no bias */
    guint64 draw;
    do
        draw = sim_stream_u64(stream);
    while (draw >= limit);
    return draw % bound;
}

double sim_stream_exponential(SimStream *stream, double mean)
{
    return -mean * det_log(sim_stream_unit(stream));
}

double sim_stream_weibull(SimStream *stream, double shape, double scale)
{
    return scale * det_pow(-det_log(sim_stream_unit(stream)), 1.0 / shape);
}
