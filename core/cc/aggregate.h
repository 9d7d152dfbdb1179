/* Between types.c (any type) and aggregate.c (structs and unions). */
#ifndef PREACHES_CC_AGGREGATE_H
#define PREACHES_CC_AGGREGATE_H

#include "types.h"

/* Id of a struct or union. */
guint cc_record_type(Program *p, Unit *u, CXType sugar, const char *ctx);
/* One level of structure as text: what the table knows a record by. */
char *cc_record_key(CXType record);
gboolean cc_is_unnamed(const char *spelling);
gboolean cc_is_complete(CXType record);

/* Of types.c. */
guint cc_type_lookup(Program *p, const char *key); /* id + 1, or 0 */
guint cc_type_add(Program *p, const char *key, CcType type, TypeInfo info);
guint cc_type_bad(Program *p, const char *name, const char *why, const char *option);
guint cc_type_open(Program *p, const char *tag, const char *why, const char *option);

/* libtypes.c: a record of the C library that is not what its members say, or PR_TYPE_VOID; of a union of the
 * library's, the member that stands for all, or NULL. */
guint cc_library_record(Program *p, Unit *u, const char *tag);
const char *cc_library_member(CXType record);

/* dominate.c: the member of a union that says all that the others do, or G_MAXUINT. `check` becomes C
 * text that does not compile where the layouts say otherwise. */
guint cc_dominant(Program *p, const GArray *members, const char *cname, GString *check);
/* choices.c: the choices that hints make for the unions of type `id`; returns how many unions inside
 * remain open. `name` is the struct's. */
guint cc_choices(Program *p, guint id, const char *name);
/* The field of that name, also by a member's name of a union or struct without one; PR_NO_FIELD. */
guint cc_find_field(const Program *p, guint type, const char *name);
/* suggest.c: reports that nothing says which member of a union in this type holds, with the hint that would, as far as
 * the program's text tells it. */
void cc_refuse_union(Program *p, guint type, const char *file, guint line, guint col, const char *what);
/* A record's members, for messages: "int i, char *s". */
char *cc_member_list(const Program *p, const GArray *members);

#endif
