/* The texts that travel in object files: section .preaches.text, not allocated, so that ar, ld -r
 * and libtool carry it along and a link concatenates exactly the members it selects.
 *
 * A section is a row of containers, each delimiting itself:
 *   0   8  "PRTEXT1" and NUL
 *   8   8  bytes of the compressed part, little-endian
 *   16  8  bytes of the raw part
 *   24  …  zstd frame
 * The raw part: strings are u64 length and bytes. Unit name; number of options, options; number of
 * texts, and for each the architecture's name and the text. */
#ifndef PREACHES_CC_OBJECTS_H
#define PREACHES_CC_OBJECTS_H

#include "jobs.h"
#include "model.h"

#define CC_TEXT_SECTION ".preaches.text"

typedef struct CcText {
    const PrArch *arch;
    char *text;
    gsize bytes;
} CcText;

typedef struct CcTextUnit { /* one translation unit in all its architectures' texts */
    char *name;
    GPtrArray *options; /* for the compilers of the generated text */
    GPtrArray *machine; /* for the native machine's only */
    GArray *texts;      /* CcText */
} CcTextUnit;

CcTextUnit *cc_text_unit_new(const char *name);
void cc_text_unit_free(CcTextUnit *unit);
/* Text for that architecture, or NULL. */
const CcText *cc_text_unit_text(const CcTextUnit *unit, const PrArch *arch);

GBytes *cc_text_unit_pack(const CcTextUnit *unit);
/* Appends the units of a section's bytes to `units` (CcTextUnit *). Nothing in it is trusted. */
gboolean cc_text_units_unpack(const guint8 *bytes, gsize n, GPtrArray *units, const char *file,
                         GError **error);

/* Writes the packed unit into object `path`, in place (temporary name beside it, rename). */
gboolean cc_object_put(const char *path, GBytes *packed, const char *scratch, CcTokens *tokens,
                       GError **error);
/* Bytes of a named section of an ELF file; NULL without error when it has none. The ELF file's byte
 * order goes to *big_endian when that is not NULL. */
GBytes *cc_section_get(const char *path, const char *section, gboolean *big_endian, GError **error);
/* Adds "(PATH)MEMBER", as the linker names it, for each member of the archive that carries no text. Thin
 * archives name files: "FILE". FALSE and error when it is no archive. */
gboolean cc_archive_lacking(const char *path, GHashTable *lacking, GError **error);
/* Did preaches-cc make some of it? An archive or a shared library. */
gboolean cc_library_has_texts(const char *path);

#endif
