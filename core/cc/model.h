/* The seam between the two halves of preaches-cc.
 *
 *   source half (parse, ast, types, check, reach, live, lower): one architecture's preprocessed
 *   texts -> CcModel (what the program is) and instrumented C texts;
 *   build half (driver, objects, compile, describe, link): commands, objects, probes, the
 *   description, compiling and linking for every architecture.
 *
 * The model must come out the same on every architecture: cc_model_signature() of all of them is
 * compared by the build half, a difference is refused. GLib belongs here (tools only). */
#ifndef PREACHES_CC_MODEL_H
#define PREACHES_CC_MODEL_H

#include "../layout/desc.h"
#include <glib.h>

/* One translation unit as handed to the source half. */
typedef struct CcSource {
    char *name;  /* as the user gave it: "src/tree.c" */
    char *text;  /* output of that architecture's `cc -E` (with line markers) */
    gsize bytes;
    const char *dialect; /* "-std=c99" as the user gave it, or NULL */
    gboolean unsigned_char;
} CcSource;

typedef struct CcType {
    PrKind kind;
    char *name;  /* for people: "struct node", "int[3]" */
    char *cname; /* C type-name valid at the end of unit `unit` of the program: operand of sizeof */
    guint unit;  /* a unit in which cname is valid */
    guint elem;
    guint64 count;
    guint first_field, n_fields;
    guint rest, counter; /* PR_FLEX: as PrType's */
    char *check; /* C text that must compile where the model holds, or NULL */
} CcType;

typedef struct CcLift { guint unit; char *text; } CcLift; /* a type's definition under a name of ours */

typedef struct CcField {
    char *name;   /* for reports, "a.x" for members of anonymous members */
    char *member; /* member designator for offsetof within the struct's cname; NULL: at its start */
    guint type;
    guint bits;   /* width of a bit-field, or 0 */
} CcField;

typedef struct CcSymbol {
    PrSymKind kind;
    char *name;  /* PrSymbol.name */
    char *cname; /* identifier in the instrumented text of its unit */
    char *file;
    guint line, unit, type;
} CcSymbol; /* grouped by unit, in the order of that unit's preaches_syms array */

typedef struct CcLocal { char *name; guint type; gboolean zero; } CcLocal;
typedef struct CcFunc { char *name, *file; guint symbol, unit, first_local, n_locals; } CcFunc;
typedef struct CcVar { char *name; guint type; } CcVar;
typedef struct CcSite { guint func, line; gboolean is_poll; guint first_var, n_vars; } CcSite;
/* A size that is kept in something which lives at a poll, and used on memory, or a number of the library's (keptsize.c). */
typedef struct CcSize {
    guint64 value; /* on this architecture */
    /* CC_WORD_BITS: a constant, which places bits. CC_BYTES_DONE: a size by which a loop goes through bytes, with the
     * byte order as its lowest bit. */
    enum { CC_KEPT_SIZE, CC_KEPT_NUMBER, CC_WORD_BITS, CC_BYTES_DONE } what;
    char *file, *kept, *kept_file, *used_file; /* kept: its name */
    guint line, col, kept_line, kept_col, used_line, used_col;
} CcSize;
/* A byte of a wider value that a function looks at: refused, unless the function's text goes by the byte order. */
typedef struct CcLook { const void *function; char *text; const char *file; guint line, col; } CcLook;
typedef struct CcAlloc { char *file; guint line, type; } CcAlloc;

typedef struct CcModel {
    GArray *choices, *steps, *cases; /* PrChoice, guint (fields), PrCase */
    GArray *lifts;                   /* CcLift: stand at the end of their unit for the probes */
    GArray *types, *fields, *symbols, *funcs, *locals, *sites, *vars, *allocs;
    GArray *sizes; /* CcSize: no part of the signature */
    GArray *looks; /* CcLook: the same */
    guint n_units;
    gboolean poison;                 /* emit: dead variables are overwritten after each site */
    gboolean has_main, main_reaches; /* no poll reachable from main: the program is native only */
    gpointer priv;                   /* the source half's own (ASTs, texts) */
} CcModel;

/* What the second pass needs of the merged layouts. */
typedef struct CcCommon {
    const guint32 *local_offset; /* [n_locals] */
    const guint32 *frame_bytes;  /* [n_funcs] */
    gboolean flag_sites;         /* frames are saved by a flag tested after calls, not by unwinding */
} CcCommon;

/* --sites: how a poll sees that a checkpoint is wanted, and how frames below it are saved. */
typedef enum CcSites {
    CC_SITES_UNWIND, /* by a flag; by unwinding */
    CC_SITES_FLAG,   /* by a flag; by a flag that is tested after calls */
    CC_SITES_PATCH   /* it is overwritten, where that is possible (core/runtime/sites.c); by unwinding */
} CcSites;

typedef enum CcPolls {
    CC_POLLS_AUTO,
    CC_POLLS_EXPLICIT,
    CC_POLLS_RECORD, /* every candidate, counted: pollprofile.h */
    CC_POLLS_PROFILE
} CcPolls;
struct CcProfile;

typedef struct CcDiag { /* sink for diagnostics; prints nothing itself */
    void (*report)(struct CcDiag *self, gboolean is_error, const char *file, guint line, guint col,
                   const char *option, const char *message);
    /* A place that belongs to the last report: "called from here". May be NULL. */
    void (*note)(struct CcDiag *self, const char *file, guint line, guint col, const char *message);
    guint n_errors, n_warnings;
} CcDiag;

/* Analyses the whole program as `arch` sees it. NULL when any error was reported to diag. */
CcModel *cc_model_new(const CcSource *units, guint n_units, const PrArch *arch, CcPolls polls,
                      CcDiag *diag);
/* The same with hints files (hints.h), and, when polls is CC_POLLS_PROFILE, with polls as `profile` says;
 * all borrowed. */
CcModel *cc_model_new_hinted(const CcSource *units, guint n_units, const CcSource *hints,
                             guint n_hints, const PrArch *arch, CcPolls polls,
                             const struct CcProfile *profile, CcDiag *diag);
void cc_model_free(CcModel *model);

/* What a program built with CC_POLLS_RECORD writes at its end: keys of its candidates, as pollprofile.h says, and
 * "FILE\tFUNCTION" of its instrumented functions, by number. g_ptr_array_unref. */
void cc_model_record_keys(const CcModel *model, GPtrArray **candidates, GPtrArray **functions);
/* Where polls stand and what runs between them, for people. g_free. */
char *cc_model_report(const CcModel *model);
/* Why a function is instrumented, or is not; NULL: there is none of that name. g_free. */
char *cc_model_explain(const CcModel *model, const char *function);

/* Text that is the same for two architectures exactly when their models agree (everything above
 * but cname, member). Caller frees. */
char *cc_model_signature(const CcModel *model);

/* The kept sizes, "PLACE\tVALUE" a line, for another process to compare with its own. g_free. */
char *cc_model_sizes(const CcModel *model);
/* Reports those whose value is another one there, as an error; TRUE: none is. */
gboolean cc_model_sizes_agree(const CcModel *model, const char *theirs, const char *their_arch,
                              CcDiag *diag);

/* Hashes of the functions' texts, for another process. g_free. */
char *cc_model_bodies(const CcModel *model);
/* Warns of each function whose text is another one there, where bytes have another order, and refuses looks at single
 * bytes in all others. `theirs` and `their_arch` are NULL where all have one order. */
void cc_model_compare_bodies(const CcModel *model, const char *theirs, const PrArch *their_arch, CcDiag *diag);

/* Is there a loop without polls in the unit that adds up floating-point numbers in a local variable (sums.c)? */
gboolean cc_model_sums_floats(const CcModel *model, guint unit);

/* Text of unit `unit` as it was, with every function's body empty: all that types depend on. Caller
 * frees. */
char *cc_model_outline(const CcModel *model, guint unit);

/* Instrumented text of unit `unit`: plain C for that architecture's compiler, starting with
 * core/runtime/gen.h's text (`prologue`), ending with the unit's preaches_syms array. Global ids
 * (sites, types, allocs) are written as numbers. Caller frees. */
char *cc_model_emit(const CcModel *model, guint unit, const CcCommon *common, const char *prologue);

#endif
