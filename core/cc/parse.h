/* Between parse.c (declarations, expressions), parse_stmt.c (statements) and unit.c (file scope). */
#ifndef PREACHES_CC_PARSE_H
#define PREACHES_CC_PARSE_H

#include "ast.h"

/* Cursor -> node; calls and automatic variables are noted in `f` (NULL at file scope). */
Node *cc_convert(Unit *u, Func *f, CXCursor c);
GPtrArray *cc_expr_kids(Unit *u, Func *f, CXCursor c); /* the cursor's expressions, converted */
Node *cc_convert_expr(Unit *u, Func *f, CXCursor c);
gboolean cc_is_node(CXCursor c); /* an expression or a statement */
Node *cc_new_node(Unit *u, NodeKind kind, CXCursor c);
void cc_set_kids(Unit *u, Node *n, GPtrArray *kids); /* takes the list */
Decl *cc_decl_of(Unit *u, Func *f, CXCursor c);      /* the one Decl of all its declarations */

GArray *cc_children(CXCursor c); /* of CXCursor */
guint cc_offset(CXSourceLocation loc);
void cc_presumed(Unit *u, CXSourceLocation loc, const char **file, guint *line, guint *col);
char *cc_take_string(CXString s);

/* End of white space and line markers from `at` on. */
guint cc_skip_blank(const Unit *u, guint at);
char *cc_label_after(Unit *u, guint at); /* the name that stands there; the program's */
/* `skip`: length of what stands in front of the label's name. */
void cc_set_label(Unit *u, Node *n, CXCursor c, guint skip);

/* Begins the tags that cc_add_tags() makes. */
#define CC_TAG_PREFIX "preaches_unnamed"
/* Gives tags, in the text, to types without one that local variables have. TRUE: it must be read again. */
gboolean cc_add_tags(Unit *u);
/* Makes inline definitions static, in the text. TRUE: it must be read again. */
gboolean cc_own_inlines(Unit *u);

/* The text with system structures that differ between architectures in one shape. */
GString *cc_one_shape(const char *text, gsize bytes);

#endif
