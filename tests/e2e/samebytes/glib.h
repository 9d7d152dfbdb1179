/* As much of GLib as the simulator's core asks for, so that it can be built for a machine that has no
 * GLib here. For tests/e2e/samebytes.t alone. */
#ifndef SAMEBYTES_GLIB_H
#define SAMEBYTES_GLIB_H

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef int gint, gboolean;
typedef unsigned int guint;
typedef int32_t gint32;
typedef int64_t gint64;
typedef uint8_t guint8;
typedef uint32_t guint32;
typedef uint64_t guint64;
typedef char gchar;
typedef unsigned char guchar;
typedef void *gpointer;
typedef const void *gconstpointer;
typedef size_t gsize;

#define TRUE 1
#define FALSE 0
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define CLAMP(x, low, high) MIN(MAX(x, low), high)
#define G_LIKELY(x) (x)
#define G_UNLIKELY(x) (x)
#define G_MAXINT64 INT64_MAX
#define G_MAXUINT64 UINT64_MAX
#define G_MAXUINT UINT32_MAX
#define G_GUINT64_CONSTANT(x) x##ull
#define G_GINT64_CONSTANT(x) x##ll
#define G_N_ELEMENTS(a) (sizeof(a) / sizeof *(a))
#define g_assert(x) assert(x)
#define g_new0(type, n) ((type *)calloc(n, sizeof(type)))
#define g_new(type, n) ((type *)malloc((n) * sizeof(type)))
#define g_renew(type, p, n) ((type *)realloc(p, (n) * sizeof(type)))
#define g_free free

typedef struct GArray {
    char *data;
    guint len, size, capacity;
} GArray;

static inline GArray *g_array_new(gboolean zero, gboolean clear, guint size)
{
    (void)zero, (void)clear;
    GArray *a = calloc(1, sizeof *a);
    a->size = size;
    return a;
}
static inline void g_array_set_size(GArray *a, guint n)
{
    if (n > a->capacity) {
        a->capacity = 2 * n + 8;
        a->data = realloc(a->data, (size_t)a->capacity * a->size);
    }
    a->len = n;
}
static inline void array_append(GArray *a, const void *value)
{
    g_array_set_size(a, a->len + 1);
    memcpy(a->data + (size_t)(a->len - 1) * a->size, value, a->size);
}
static inline void g_array_unref(GArray *a)
{
    free(a->data);
    free(a);
}
#define g_array_append_val(a, v) array_append(a, &(v))
#define g_array_index(a, type, i) (((type *)(void *)(a)->data)[i])

#endif
