/* Structures of the C library that are not what their members say. Those that differ in their shape alone:
 * sysstruct.c. */
#include "aggregate.h"
#include "parse.h"
#include "types.h"
#include <string.h>

/* What the runtime keeps in a jmp_buf stands in its signal mask, which has 128 bytes everywhere; the
 * rest is not used (runtime/jump.c). */
static guint jump_buffer(Program *p, Unit *u)
{
    guint id = cc_type_lookup(p, "jmp_buf");
    if (id)
        return id - 1;
    CcField field = { .name = g_strdup("mask"), .member = g_strdup("__saved_mask"),
                      .type = cc_array_of(p, u, cc_scalar_type(p, PR_UINT), 32) };
    CcType t = { .kind = PR_STRUCT, .name = g_strdup("jmp_buf"), .cname = g_strdup("struct __jmp_buf_tag"),
                 .unit = u->index, .first_field = p->model->fields->len, .n_fields = 1 };
    g_array_append_val(p->model->fields, field);
    return cc_type_add(p, "jmp_buf", t, (TypeInfo){ 0 });
}

guint cc_library_record(Program *p, Unit *u, const char *tag)
{
    if (strcmp(tag, "struct __jmp_buf_tag") == 0)
        return jump_buffer(p, u);
    if (strcmp(tag, "struct _IO_FILE") == 0)
        return cc_type_open(p, "FILE", "the library's own stream", "-Wpreaches-type");
    return PR_TYPE_VOID;
}

static enum CXVisitorResult find_bytes(CXCursor field, CXClientData found)
{
    g_autofree char *name = cc_take_string(clang_getCursorSpelling(field));
    *(gboolean *)found |= strcmp(name, "__wchb") == 0;
    return CXVisit_Continue;
}

/* mbstate_t: in the locale "C" no character is ever half read, so its union is zero, as whatever it is taken. */
const char *cc_library_member(CXType record)
{
    CXCursor declaration = clang_getTypeDeclaration(record);
    if (!clang_Location_isInSystemHeader(clang_getCursorLocation(declaration)))
        return NULL;
    gboolean found = FALSE;
    clang_Type_visitFields(record, find_bytes, &found);
    return found ? "__wch" : NULL;
}
