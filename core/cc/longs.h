/* Arithmetic of longs on machines where they have 32 bits, with the results that it has where they have 64. */
#ifndef PREACHES_CC_LONGS_H
#define PREACHES_CC_LONGS_H

#include "lower.h"

/* What an expression is where a long has 64 bits. Names of words (size_t, ssize_t) count as longs. */
typedef enum CcWord {
    CC_INT, CC_UINT, CC_LONG, CC_ULONG,
    CC_WIDE, CC_UWIDE, /* 64 bits everywhere */
    CC_FLOAT, CC_OTHER
} CcWord;

CcWord cc_word_of_type(CXType t);
/* The same of a parameter or result: libclang says unsigned int of a size_t where it knows the function itself. */
CcWord cc_word_of_library(const Decl *function, CXType t);
CcWord cc_word(const Node *n);            /* of an expression's value, before its implicit conversion */
CcWord cc_word_common(CcWord a, CcWord b); /* of two operands */
gboolean cc_is_word(CcWord w);            /* a long or unsigned long */
gboolean cc_word_is_signed(CcWord w);
gboolean cc_is_held(const Node *n);       /* lowering: it stands in a variable by now */
gboolean cc_counts_up(const Node *n);       /* longs_text.c: of ++ and -- */
gboolean cc_is_arithmetic(const Node *n); /* +, -, ~ of one operand; + - * / % & | ^ << >> of integers */

gboolean cc_is_known(const Node *n);       /* longs_known.c: made of constants alone */
gboolean cc_known_value(const Node *n, guint64 *value); /* false: it is not */
guint64 cc_exact_value(const Node *n);    /* the same where a long has 64 bits */
gboolean cc_is_repeatable(const Node *n);  /* wraps.c: a place that can be named twice */
/* wraps.c: is the statement `target &= 0xffffffff`, or with a smaller mask? */
gboolean cc_is_masked_by(const Unit *u, const Node *statement, const Node *target);
CcWordMark cc_mark_aside(const Node *n); /* longs.c: of a value that is put in a variable of its own type */

/* longs_text.c: text of a node with a mark; of a value that is put aside in a variable of its own type. */
void cc_render_word(Lower *l, Node *n);
char *cc_render_aside(Lower *l, Node *n); /* newly allocated */
void cc_render_exact(Lower *l, Node *n);  /* its value where a long has 64 bits: a long long, or unsigned */
void cc_render_site(Lower *l, const Node *n); /* ", file, line, column)" */
const char *cc_wide_name(CcWord w);

/* wordbits.c: is it sizeof(long) * 8, or an enumerator made of it? Sets Node.bits. The text of such a node. */
gboolean cc_is_word_size(const Unit *u, const Node *n); /* a sizeof of a long or pointer */
gboolean cc_is_word_bits(Program *p, Unit *u, const Node *n);
void cc_mark_word_bits(Program *p);
void cc_render_word_bits(Lower *l, const Node *n);

/* The same said by a literal of this machine's text: a row of the model, which the architectures' are compared by. */
void cc_list_word_literals(CcModel *m, const Node *n);

gboolean cc_has_count(const Node *n); /* wordbits.c: sums of such a builtin */

/* builtins.c: __builtin_clzl and its like, and the text of such a call with 64 bits. */
gboolean cc_is_long_builtin(const Node *call);
void cc_render_long_builtin(Lower *l, Node *call);

#endif
