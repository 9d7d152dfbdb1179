/* What the program's own text says of a union and its tag: under which values of which integer beside it which member
 * is used. For the hint that a message proposes; nothing is converted by it. */
#ifndef PREACHES_CC_TAGGED_H
#define PREACHES_CC_TAGGED_H

#include "ast.h"

typedef struct CcTagged {
    char *tag;    /* path from the structure: "kind", "head.kind" */
    char *value;  /* a number or an enumerator; "else": any that is not zero */
    char *member; /* of the union */
} CcTagged;

/* Uses of the members of the union of type `onion`, wherever the text around them tells an integer of the structure
 * of type `owner` that the same object has: in branches, cases, initialisers, and beside assignments. Each once. */
GArray *cc_tagged(Program *p, guint owner, guint onion);

#endif
