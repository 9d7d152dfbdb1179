/* Types of the program, unified over its units by name and structure. */
#ifndef PREACHES_CC_TYPES_H
#define PREACHES_CC_TYPES_H

#include "ast.h"

/* What the model does not say of a type. */
typedef struct TypeInfo {
    const char *bad;    /* why values of it cannot be part of the state, or NULL */
    const char *option; /* the diagnostic's name */
    guint open;         /* unions inside of which nobody says which member holds */
    const char *members; /* of a union, for messages */
    gboolean zero;      /* holds pointers or numbers that not every bit pattern can be: garbage must
                           not be saved */
} TypeInfo;

void cc_types_init(Program *p);
/* Id of a type. `ctx` is an expression of that type valid at the end of the unit, used to spell
 * types that have no name; may be NULL. */
guint cc_type(Program *p, Unit *u, CXType type, const char *ctx);
guint cc_scalar_type(Program *p, PrKind kind);
/* Bytes that mean nothing elsewhere: zeros there. */
/* An integer or pointer that may be left over from something else; PR_TYPE_VOID when `type` is neither. */
guint cc_stale_type(Program *p, guint type);
/* A pointer that says what a block of raw bytes holds from there on; `no`: of one with a counter, whose type is this one
 * alone. And of its counter. */
guint cc_overlay_type(Program *p, guint pointer, guint no);
guint cc_counter_type(Program *p, guint number, guint overlay);
guint cc_variant_type(Program *p, guint type, guint64 variant); /* of a number: PR_LIMITS, PR_BITS */
guint cc_opaque_type(Program *p, Unit *u, const char *name, const char *cname);
/* A heap block that is a struct with elements behind it: of its last member, an array, or from `member`
 * on of type `elem` (PR_TYPE_VOID: the array's). */
guint cc_flex_type(Program *p, Unit *u, CXType record, const char *member, guint elem);
/* A struct whose last member is an array without a length, or of at most `most` elements. */
gboolean cc_is_flexible(CXType record, guint64 most);
/* A complete type by its name or tag anywhere in the program; Invalid when there is none. */
CXType cc_find_type(Program *p, const char *name, Unit **unit);
/* Bytes that any pointer may point to: what they mean is the program's promise. */
guint cc_raw_type(Program *p);
/* Like cc_type_require() for a type that only blocks have. */
gboolean cc_type_require_block(Program *p, guint id, const char *file, guint line, guint col);
guint cc_pointer_to(Program *p, guint elem);
guint cc_function_pointer(Program *p);
guint cc_array_type(Program *p, guint elem, guint count);
guint cc_array_of(Program *p, Unit *u, guint elem, guint64 count);
guint cc_array_of_char(Program *p, guint bytes);
/* Reports values that cannot be part of the state. */
gboolean cc_type_require(Program *p, guint id, const char *file, guint line, guint col,
                         const char *what);
PrKind cc_type_kind(Program *p, guint id);
TypeInfo cc_type_info(Program *p, guint id);

/* Begins the names that types of a function's own have for the probes; the unit does not know them. */
#define CC_LIFT_PREFIX "preaches_lt"

/* Another size, or another place in its struct, on another kind of machine? */
gboolean cc_size_differs(CXType t);
gboolean cc_offset_differs(CXCursor member);
gboolean cc_is_long(CXType t); /* long or unsigned long, also as size_t and its like where those are an int */
CXType cc_strip_sugar(CXType t); /* typedefs and elaborations off */
gboolean cc_is_va_list(CXType t); /* an array on some architectures, so look before decaying */
gboolean cc_is_file_pointer(CXType t);
gboolean cc_is_aggregate(CXType t); /* array, struct, union, complex, vector */
char *cc_spell(CXType t);           /* newly allocated spelling */
gboolean cc_has_typeof(CXType t); /* its text may name variables, which may move */
/* "__typeof__(T)" usable in front of any declarator; never const at the top. */
char *cc_spell_plain(CXType t);

#endif
