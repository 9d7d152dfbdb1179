/* What a type looks like on one architecture, asked of that architecture's own compiler. */
#ifndef PREACHES_CC_PROBE_H
#define PREACHES_CC_PROBE_H

#include "compile.h"

typedef struct CcLayout {
    guint64 *size;   /* [types] */
    guint32 *align;  /* [types] */
    guint64 *offset; /* [fields] */
} CcLayout;

/* `folder`: where this architecture's temporary files go. What there is to say goes to `to`. */
gboolean cc_probe(const CcBuild *build, const PrArch *arch, const GPtrArray *units,
                  const CcModel *model, const char *folder, CcLayout *layout, CcMessages *to);
void cc_layout_clear(CcLayout *layout);

/* Between processes of one machine. */
gboolean cc_layout_save(const CcLayout *layout, const CcModel *model, const char *path);
gboolean cc_layout_load(CcLayout *layout, const CcModel *model, const char *path);

#endif
