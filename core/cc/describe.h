/* The model and the layouts of all architectures merged into the program's description. */
#ifndef PREACHES_CC_DESCRIBE_H
#define PREACHES_CC_DESCRIBE_H

#include "probe.h"

typedef struct CcDescription {
    guint8 *blob;          /* free() */
    gsize blob_bytes;
    guint32 *local_offset; /* g_free */
    guint32 *frame_bytes;
} CcDescription;

/* layouts[i] is of arches[i]; arches[0] is the native one. */
gboolean cc_describe(const CcModel *model, const PrArch *const *arches, const CcLayout *layouts,
                     guint n, CcDescription *out, GError **error);
void cc_description_clear(CcDescription *description);

#endif
