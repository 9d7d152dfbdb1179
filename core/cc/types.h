/* Types of the program, unified over its units by name and structure. */
#ifndef PREACHES_CC_TYPES_H
#define PREACHES_CC_TYPES_H

#include "ast.h"

/* What the model does not say of a type. */
typedef struct TypeInfo {
    const char *bad;    /* why values of it cannot be part of the state, or NULL */
    const char *option; /* the diagnostic's name */
    gboolean zero;      /* holds pointers or numbers that not every bit pattern can be: garbage must
                           not be saved */
} TypeInfo;

void cc_types_init(Program *p);
/* Id of a type. `ctx` is an expression of that type valid at the end of the unit, used to spell
 * types that have no name; may be NULL. */
guint cc_type(Program *p, Unit *u, CXType type, const char *ctx);
guint cc_scalar_type(Program *p, PrKind kind);
guint cc_pointer_to(Program *p, guint elem);
guint cc_function_pointer(Program *p);
guint cc_array_type(Program *p, guint elem, guint count);
guint cc_array_of_char(Program *p, guint bytes);
/* Reports values that cannot be part of the state. */
gboolean cc_type_require(Program *p, guint id, const char *file, guint line, guint col,
                         const char *what);
PrKind cc_type_kind(Program *p, guint id);
TypeInfo cc_type_info(Program *p, guint id);

CXType cc_strip_sugar(CXType t); /* typedefs and elaborations off */
gboolean cc_is_va_list(CXType t); /* an array on some architectures, so look before decaying */
gboolean cc_is_file_pointer(CXType t);
gboolean cc_is_aggregate(CXType t); /* array, struct, union, complex, vector */
char *cc_spell(CXType t);           /* newly allocated spelling */
/* "__typeof__(T)" usable in front of any declarator; never const at the top. */
char *cc_spell_plain(CXType t);

#endif
