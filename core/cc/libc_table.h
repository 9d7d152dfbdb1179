/* What preaches-cc knows of library functions and variables. Unknown ones are refused. */
#ifndef PREACHES_CC_LIBC_TABLE_H
#define PREACHES_CC_LIBC_TABLE_H

#include <glib.h>

typedef enum LibcRule {
    LIBC_UNKNOWN,
    LIBC_PLAIN,   /* keeps no state that a checkpoint would have to carry */
    LIBC_REPLACED, /* done by the runtime: `with` */
    LIBC_MALLOC, LIBC_CALLOC, LIBC_REALLOC, /* typed allocation, `with` */
    LIBC_TYPED,   /* `with` hands out a block of its own, which takes the call's type */
    LIBC_SETJMP,  /* jumps.c */
    LIBC_REFUSED  /* `with` says why */
} LibcRule;

LibcRule cc_libc_rule(const char *name, const char **with);

/* Identifier of the function that stands for a library function whose address is taken: the library's own where it
 * keeps no state, has nothing to do with streams and calls nobody back, else the runtime's of the same type.
 * NULL: there is none. `streams`: it gets or returns some. Interned. */
const char *cc_libc_value(const char *name, gboolean streams);

/* The runtime's version of a function of which C says only the sign of what it returns, or NULL. Interned. */
const char *cc_libc_comparison(const char *name);

/* Whether the function is given another one that compares, and goes by the sign of what that returns. */
gboolean cc_libc_takes_comparison(const char *name);

/* Text that stands for a variable of the library's, or NULL: unknown. `stream`: its type is FILE *. */
const char *cc_libc_variable(const char *name, gboolean *stream);

/* Whether the function keeps the functions that it is given, and calls them where no checkpoint is
 * taken, so that they may reach polls. */
gboolean cc_libc_keeps_function(const char *name);

/* Whether the function does nothing but let time pass. */
gboolean cc_libc_waits(const char *name);

#endif
