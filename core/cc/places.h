/* Where values are kept, and what is given to them: facts are spread over a program along these, regardless of the
 * order of statements. */
#ifndef PREACHES_CC_PLACES_H
#define PREACHES_CC_PLACES_H

#include "ast.h"

/* A variable (Decl *, one for all units), a member (an interned string), a function's result (Func *). NULL: a
 * union's member, through which anything passes. */
gconstpointer cc_place_of_variable(const Program *p, const Decl *d);
gconstpointer cc_place_of_member(CXCursor member);
/* The variable or member that an expression names; of a[i], *p and &x, the whole. NULL: neither. */
gconstpointer cc_place_of(const Program *p, Node *n);
/* The same where a member of a union is found by its union: one place for all its members. */
gconstpointer cc_place_with_unions(const Program *p, Node *n);
gconstpointer cc_place_of_field(CXCursor member);

typedef struct CcGift { /* borrowed, for one call */
    const Func *f;        /* in whose text it stands; outside of all, one without a body */
    gconstpointer to;     /* or NULL */
    gconstpointer whole;  /* the same, or the union whose member it is */
    CXType t;             /* its type */
    Node *value;
    gboolean argument;    /* to a parameter */
    const Node *by;       /* the assignment, op= or call; or NULL */
} CcGift;
typedef void (*CcTake)(gpointer data, const CcGift *gift);

/* All that the program's own text gives: initialisers, assignments (op= too), arguments, results. Calls' targets must
 * be known. `visit` (may be NULL) sees every node first. */
void cc_each_gift(Program *p, CcTake take, void (*visit)(gpointer data, const Func *f, Node *n), gpointer data);

#endif
