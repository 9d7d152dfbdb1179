/* What pointers lead to. Those to `char` and `void` say little by their type, and none says where its object
 * stands, so it is followed through the whole program: each variable, member, parameter and result is a
 * place, and a fixed point over all that is ever put into it, regardless of order, says what it may lead to
 * (Andersen 1994, with few classes of objects). */
#ifndef PREACHES_CC_LEADS_H
#define PREACHES_CC_LEADS_H

#include "ast.h"

enum {
    CC_TO_BYTES = 1,   /* characters */
    CC_TO_VALUES = 2,  /* wider values, pointers among them */
    /* Where it points to itself: */
    CC_AT_STATIC = 4,  /* a variable outside functions, a literal, a function: at other addresses elsewhere */
    CC_AT_PART = 8,    /* an element or member that is elsewhere at another distance from its block's start */
    /* Where the pointers that it leads to point to: */
    CC_FAR_STATIC = 16,
    CC_FAR_PART = 32,
    CC_TO = CC_TO_BYTES | CC_TO_VALUES,
    CC_AT = CC_AT_STATIC | CC_AT_PART,
    CC_FAR = CC_FAR_STATIC | CC_FAR_PART
};

typedef struct CcLeads CcLeads;

CcLeads *cc_leads_new(Program *p);
void cc_leads_free(CcLeads *l);
/* What `n` leads to as a pointer to a pointer to ... with so many levels; 0: not known. */
guint cc_leads_as(CcLeads *l, const Node *n, guint levels);
/* Does a hint 'bytes' name the function? What its parameters lead to counts as characters. */
gboolean cc_leads_vouched(const CcLeads *l, const Func *f);
/* An array of characters that no checkpoint meets: it holds what was put into it last. */
gboolean cc_is_scratch(Node *n);
/* *p or p[i], a character: p, else NULL. */
Node *cc_character_of(Node *n);
gboolean cc_is_character(CXType t);
gboolean cc_is_bytes(CXType t); /* nothing but characters */
/* memcpy and memmove of the library, by their names. */
gboolean cc_is_copy(const Node *call);

#endif
