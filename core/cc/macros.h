/* Macros that name a representation: SIZEOF_LONG, WORDS_BIGENDIAN. A configure script settles them for
 * the machine it runs on; on another one they are wrong. They are found where they are used, in the
 * preprocessor's own words (-dU), on each architecture. */
#ifndef PREACHES_CC_MACROS_H
#define PREACHES_CC_MACROS_H

#include "compile.h"

typedef enum CcClaim {
    CC_CLAIM_NUMBER, /* its value is the expression's */
    CC_CLAIM_TRUTH,  /* defined and not 0 exactly when the expression is true */
    CC_CLAIM_GUESS   /* the same, but the name may mean something else: never settled by us */
} CcClaim;

typedef struct CcMacro { /* one that the user's text uses or tests */
    char *name, *value;  /* value: NULL when it is not defined */
    char *file;          /* of its first use */
    guint line;
    CcClaim claim;
    char *expression;    /* in C, for every architecture's compiler */
} CcMacro;

/* NULL when the name claims nothing. *expression: g_free. */
gboolean cc_macro_claims(const char *name, const char *value, CcClaim *claim, char **expression);
typedef struct CcPlace { /* in a preprocessed text */
    char *file; /* owned */
    guint line;
    gboolean system;
} CcPlace;

/* Is the line a marker, `# 12 "file.c" 1 3`? Then it says the next line's place. */
gboolean cc_place_marker(CcPlace *place, const char *line, gsize n);

/* Takes the lines that -dU put in out of the text, in place, line numbers unchanged; adds those macros
 * that claim something and are used outside system headers to `macros` (name -> CcMacro). */
void cc_macros_take(char *text, GHashTable *macros);
GHashTable *cc_macros_new(void);
/* Does its value agree with what is true? FALSE in *known when its value is no plain number. */
gboolean cc_macro_agrees(const CcMacro *macro, guint64 truth, gboolean *known);
/* Each expression's value on that architecture; FALSE when its compiler cannot tell. names: char *. */
gboolean cc_macros_truth(const CcBuild *build, const PrArch *arch, const GPtrArray *expressions, guint64 *truth);

#endif
