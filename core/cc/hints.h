/* What a program's author says about its data where the source does not: a hints file (README.md shows
 * the lines), or PREACHES_HINT() in the source. Each line is a promise that preaches-cc cannot check but
 * for its names; what it cannot be held to is refused at the checkpoint. */
#ifndef PREACHES_CC_HINTS_H
#define PREACHES_CC_HINTS_H

#include "ast.h"

typedef enum HintKind {
    HINT_TAG,       /* union NAME tag FIELD [& MASK | here] : VALUES=MEMBER ... */
    HINT_ALWAYS,    /* union NAME always MEMBER */
    HINT_ALLOC,     /* alloc FUNCTION[#N] TYPE [and room] */
    HINT_ALLOC_BY,  /* alloc FUNCTION[#N] by PARAMETER : VALUES=TYPE ... */
    HINT_RAW,       /* raw FUNCTION[#N] */
    HINT_ALLOCATOR, /* allocator FUNCTION [in STRUCT.MEMBER] */
    HINT_TAIL,      /* tail STRUCT.MEMBER COUNTER TYPE */
    HINT_OPAQUE,    /* opaque TYPE or STRUCT.MEMBER */
    HINT_STALE,     /* stale STRUCT.MEMBER */
    HINT_NEVER,     /* never FUNCTION [but FUNCTION ...] */
    HINT_OVERLAY,   /* overlay FUNCTION POINTER ... or POINTER[COUNT] ... */
    HINT_SIZE,      /* size FUNCTION.VARIABLE, STRUCT.MEMBER or VARIABLE */
    HINT_BYTES,     /* bytes FUNCTION or STRUCT.MEMBER */
    HINT_PARTS,     /* parts TYPE */
    HINT_CONSTANT,  /* constant TEXT = TEXT */
    HINT_N_KINDS
} HintKind;

typedef struct HintCase {
    guint64 low, high;
    char *word;   /* an enumerator instead of numbers, or NULL */
    char *member; /* or type; "-": nothing */
} HintCase;

typedef struct Hint {
    HintKind kind;
    const char *file;
    guint line;
    char *name, *field; /* field: tag, member, parameter, counter or type */
    char *rest;         /* HINT_TAIL: type of what stands behind the elements */
    char *said;         /* the words behind the name */
    GStrv names;        /* HINT_NEVER: functions that are excepted, or NULL; HINT_OVERLAY: variables */
    guint64 mask;
    guint nth; /* the Nth allocation of the function; 0: all */
    gboolean here, used;
    gboolean room; /* bytes behind the last whole element hold nothing */
    GArray *cases; /* HintCase */
} Hint;

/* Reads files and the units' own hints into p->hints; carries out HINT_CONSTANT on the sources' texts
 * (newly allocated where changed). */
void cc_hints_read(Program *p, const CcSource *files, guint n_files);
void cc_hints_free(GPtrArray *hints);
/* Hints in a unit's text: PREACHES_HINT("..."). */
void cc_hints_scan(Program *p, Unit *u);
char *cc_hints_substitute(Program *p, const char *text, gsize *bytes);

/* The hint of that kind for a name ("struct ", "union " and "enum " in front do not count), or NULL. */
Hint *cc_hint(Program *p, HintKind kind, const char *name);
gboolean cc_hint_below(Program *p, HintKind kind, const char *name); /* of a member of `name` */
/* For the nth allocation of a function, counted from 1. */
Hint *cc_hint_alloc(Program *p, HintKind kind, const char *function, guint nth);
/* Is the name among the hint's own? */
gboolean cc_hint_lists(const Hint *hint, const char *name);
/* Of a struct whose last member goes on, or NULL. */
Hint *cc_hint_tail(Program *p, const char *record);
/* Warnings for what named nothing, with the nearest name. Called when all is analysed. */
void cc_hints_check(Program *p);
/* The same for functions that there are none of. Called first, since errors might be the consequence. */
void cc_hints_check_functions(Program *p);
/* Errors for hints that say different things of one name. */
void cc_hints_check_contradictions(Program *p);
void cc_hint_error(Program *p, const Hint *hint, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* A case's values; FALSE when it names an enumerator that there is none of (reported). */
gboolean cc_hint_values(Program *p, const Hint *hint, const HintCase *k, guint64 *low, guint64 *high);

/* Without "struct " and the like: names are compared so. */
const char *cc_hint_bare(const char *name);
/* The name that takes the fewest changes; NULL: there are none. */
const char *cc_nearest(const char *word, const char *const *names, guint n);

#endif
