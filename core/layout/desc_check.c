/* Validation and derived values, shared by the parser (hostile input) and the writer (a wrong model
 * must not become an executable). Order matters: types first, since everything refers to them. */
#include "desc_blob.h"

#include <stdlib.h>
#include <string.h>

#define BAD(what, index, path) return pr_fail(error, PR_E_FORMAT, what, index, path)

uint64_t pr_desc_block_bytes(const PrDesc *desc, const PrLayout *layout, uint32_t type,
                             uint64_t count)
{
    const PrType *t = &desc->types[type];
    bool flex = t->kind == PR_FLEX;
    uint64_t each = layout->size[flex ? t->elem : type], bytes;
    if (__builtin_mul_overflow(each, count, &bytes) ||
        __builtin_add_overflow(bytes, flex ? layout->size[type] : 0, &bytes))
        return UINT64_MAX;
    return bytes;
}

bool pr_desc_block_fits(const PrDesc *desc, uint32_t type, uint64_t count, uint64_t bytes)
{
    const PrType *t = &desc->types[type];
    if (t->kind == PR_VOID)
        return count <= bytes;
    if (t->kind != PR_FLEX)
        return count == 0 || (t->common_size != 0 && count <= bytes / t->common_size);
    for (uint32_t l = 0; l < desc->n_layouts; l++)
        if (pr_desc_block_bytes(desc, &desc->layouts[l], type, count) > bytes)
            return false;
    return true;
}

uint64_t pr_desc_slot_bytes(const PrDesc *desc, uint32_t type, uint64_t count)
{
    const PrType *t = &desc->types[type];
    uint64_t align = t->common_align ? t->common_align : 1, bytes = 0, most;
    if (__builtin_mul_overflow(t->common_size, count, &bytes))
        return 0;
    for (uint32_t l = 0; t->kind == PR_FLEX && l < desc->n_layouts; l++) {
        most = pr_desc_block_bytes(desc, &desc->layouts[l], type, count);
        bytes = l == 0 || most > bytes ? most : bytes;
    }
    if (bytes > UINT64_MAX - 2 * align)
        return 0;
    bytes = (bytes + align - 1) / align * align;
    if (t->size_differs || bytes == 0)
        bytes += align;
    return bytes;
}

int pr_desc_layout(const PrDesc *desc, const char *arch)
{
    for (uint32_t i = 0; i < desc->n_layouts; i++)
        if (strcmp(desc->layouts[i].arch->name, arch) == 0)
            return (int)i;
    return -1;
}

uint32_t pr_desc_class_layout(const PrDesc *desc, uint32_t cls)
{
    for (uint32_t i = 0; i < desc->n_layouts; i++)
        if (desc->layouts[i].cls == cls)
            return i;
    return 0;
}

static bool is_object(const PrType *type)
{
    return type->kind != PR_VOID && type->kind != PR_FUNC && type->kind != PR_FLEX;
}

static bool is_scalar(const PrType *type)
{
    return type->kind >= PR_BOOL && type->kind <= PR_FPTR;
}

static bool in_table(uint32_t first, uint32_t n, uint32_t total)
{
    return first <= total && n <= total - first;
}

/* ---- types ---- */

/* What stands behind a block's elements: a number no larger than they, counted by a plain integer. */
static PrStatus check_rest(const PrDesc *desc, uint32_t i, PrError *error)
{
    const PrType *type = &desc->types[i];
    if (type->rest == PR_TYPE_VOID)
        return PR_OK;
    if (type->kind != PR_FLEX || type->rest >= desc->n_types || type->counter < type->first_field ||
        type->counter - type->first_field >= type->n_fields - 1)
        BAD("rest of a block", i, type->name);
    const PrField *counter = &desc->fields[type->counter];
    PrKind number = desc->types[counter->type].kind;
    if (counter->bits || number < PR_BOOL || number > PR_ULLONG)
        BAD("counter of a block", i, type->name);
    PrKind kind = desc->types[type->rest].kind;
    bool fits = kind >= PR_BOOL && kind <= PR_DOUBLE;
    for (uint32_t l = 0; l < desc->n_layouts; l++)
        fits &= desc->layouts[l].size[type->rest] <= desc->layouts[l].size[type->elem];
    if (!fits)
        BAD("type of a block's rest", i, type->name);
    return PR_OK;
}

static PrStatus check_type(const PrDesc *desc, uint32_t i, PrError *error)
{
    const PrType *type = &desc->types[i];
    if ((unsigned)type->kind >= PR_N_KINDS)
        BAD("kind of a type", i, NULL);
    if (type->elem >= desc->n_types)
        BAD("element of a type", i, type->name);
    PrKind elem = desc->types[type->elem].kind;
    bool elem_is_func = elem == PR_FUNC;
    if (type->kind == PR_PTR && elem_is_func)
        BAD("data pointer to a function type", i, type->name);
    if (type->kind == PR_FPTR && !elem_is_func)
        BAD("function pointer to a data type", i, type->name);
    if ((type->kind == PR_ARRAY || type->kind == PR_FLEX) &&
        (!is_object(&desc->types[type->elem]) || type->count > PR_DESC_MAX_SIZE))
        BAD("element of an array", i, type->name);
    if (pr_kind_has_fields(type->kind) && !in_table(type->first_field, type->n_fields, desc->n_fields))
        BAD("fields of a struct", i, type->name);
    if (type->kind == PR_FLEX && (type->n_fields == 0 ||
        desc->fields[type->first_field + type->n_fields - 1].type != type->elem))
        BAD("tail of a block", i, type->name);
    return check_rest(desc, i, error);
}

static PrStatus check_fixed_types(const PrDesc *desc, PrError *error)
{
    if (desc->n_types <= PR_TYPE_CHARPTR || desc->types[PR_TYPE_VOID].kind != PR_VOID ||
        desc->types[PR_TYPE_CHAR].kind != PR_CHAR || desc->types[PR_TYPE_CHARPTR].kind != PR_PTR ||
        desc->types[PR_TYPE_CHARPTR].elem != PR_TYPE_CHAR)
        BAD("fixed types", 0, NULL);
    for (uint32_t i = 0; i < desc->n_fields; i++)
        if (desc->fields[i].type >= desc->n_types || !is_object(&desc->types[desc->fields[i].type]))
            BAD("type of a field", i, desc->fields[i].name);
    for (uint32_t i = 0; i < desc->n_fields; i++) {
        PrKind kind = desc->types[desc->fields[i].type].kind;
        if (desc->fields[i].bits > 64 || (desc->fields[i].bits && (kind < PR_BOOL || kind > PR_ULLONG)))
            BAD("bits of a field", i, desc->fields[i].name);
    }
    return PR_OK;
}

/* Containment by value must end: visits in post-order, setting has_pointers on the way.
 * state: 0 unseen, 1 being visited, 2 done. */
static PrStatus visit(PrDesc *desc, uint32_t i, uint8_t *state, int depth, PrError *error)
{
    PrType *type = &desc->types[i];
    if (state[i] == 2)
        return PR_OK;
    if (state[i] == 1 || depth > PR_DESC_MAX_DEPTH)
        BAD("type contains itself", i, type->name);
    state[i] = 1;
    type->has_pointers = type->kind == PR_PTR || type->kind == PR_FPTR;
    uint32_t n = pr_kind_has_fields(type->kind) ? type->n_fields : type->kind == PR_ARRAY;
    for (uint32_t k = 0; k < n; k++) {
        uint32_t part =
            type->kind == PR_ARRAY ? type->elem : desc->fields[type->first_field + k].type;
        PrStatus status = visit(desc, part, state, depth + 1, error);
        if (status)
            return status;
        type->has_pointers |= desc->types[part].has_pointers;
    }
    state[i] = 2;
    return PR_OK;
}

static PrStatus check_types(PrDesc *desc, PrError *error)
{
    PrStatus status = check_fixed_types(desc, error);
    for (uint32_t i = 0; !status && i < desc->n_types; i++)
        status = check_type(desc, i, error);
    if (status)
        return status;
    uint8_t *state = calloc(desc->n_types, 1);
    if (!state)
        return pr_fail(error, PR_E_NOMEM, "description", 0, NULL);
    for (uint32_t i = 0; !status && i < desc->n_types; i++)
        status = visit(desc, i, state, 0, error);
    free(state);
    return status;
}

/* ---- layouts ---- */

/* Size that a kind must have on an architecture; 0: computed otherwise. */
static uint64_t kind_bytes(PrKind kind, const PrArch *arch)
{
    static const uint8_t fixed[PR_N_KINDS] = {
        [PR_BOOL] = 1, [PR_CHAR] = 1, [PR_SCHAR] = 1, [PR_UCHAR] = 1, [PR_SHORT] = 2,
        [PR_USHORT] = 2, [PR_INT] = 4, [PR_UINT] = 4, [PR_LLONG] = 8, [PR_ULLONG] = 8,
        [PR_FLOAT] = 4, [PR_DOUBLE] = 8};
    switch (kind) {
    case PR_LONG: case PR_ULONG: case PR_PTR: case PR_FPTR: return arch->pointer_bytes;
    case PR_LDOUBLE:
        if (arch->ldbl == PR_LDBL_DOUBLE)
            return 8;
        if (arch->ldbl == PR_LDBL_M68K || (arch->ldbl == PR_LDBL_X87 && arch->pointer_bytes == 4))
            return 12;
        return 16;
    default: return fixed[kind];
    }
}

/* Fields ascend without overlap and end inside: what the converter's plans rely on. */
static PrStatus check_fields(const PrDesc *desc, const PrLayout *layout, uint32_t i, PrError *error)
{
    const PrType *type = &desc->types[i];
    uint64_t end = 0, all = 8 * layout->size[i]; /* in bits */
    for (uint32_t k = 0; k < type->n_fields; k++) {
        uint32_t f = type->first_field + k, bits = desc->fields[f].bits;
        uint64_t size = bits ? bits : 8 * layout->size[desc->fields[f].type], at = layout->offset[f];
        bool tail = type->kind == PR_FLEX && k + 1 == type->n_fields;
        if (at > all || bits > 8 * layout->size[desc->fields[f].type])
            BAD("offset of a field", f, desc->fields[f].name);
        at = bits ? at : 8 * at;
        if (at < end || at > all || (tail ? at != all || bits : size > all - at) ||
            (type->kind == PR_UNION && (at || bits)))
            BAD("offset of a field", f, desc->fields[f].name);
        end = type->kind == PR_UNION ? 0 : at + size;
    }
    return PR_OK;
}

static PrStatus check_layout_type(const PrDesc *desc, const PrLayout *layout, uint32_t i,
                                  PrError *error)
{
    const PrType *type = &desc->types[i];
    uint64_t size = layout->size[i], align = layout->align[i];
    if (size > PR_DESC_MAX_SIZE || align > PR_DESC_MAX_ALIGN || (align & (align - 1)))
        BAD("size or alignment of a type", i, type->name);
    switch (type->kind) {
    case PR_VOID: case PR_FUNC:
        if (size)
            BAD("size of an incomplete type", i, type->name);
        return PR_OK;
    case PR_ARRAY:
        if (!align || layout->size[type->elem] * type->count != size)
            BAD("size of an array", i, type->name);
        return PR_OK;
    case PR_OPAQUE:
        if (!align)
            BAD("alignment of a type", i, type->name);
        return PR_OK;
    case PR_FLEX:
        if (!align)
            BAD("alignment of a type", i, type->name);
        return check_fields(desc, layout, i, error);
    case PR_STRUCT: case PR_UNION:
        if (!align || size % align)
            BAD("size of a struct", i, type->name);
        return check_fields(desc, layout, i, error);
    default:
        if (!align || size != kind_bytes(type->kind, layout->arch))
            BAD("size of a scalar", i, type->name);
        return PR_OK;
    }
}

static PrStatus check_layouts(const PrDesc *desc, PrError *error)
{
    if (desc->n_layouts == 0 || desc->n_layouts > PR_N_ARCHES || desc->native >= desc->n_layouts)
        BAD("layouts", 0, NULL);
    for (uint32_t l = 0; l < desc->n_layouts; l++) {
        const PrLayout *layout = &desc->layouts[l];
        if (pr_desc_layout(desc, layout->arch->name) != (int)l)
            BAD("architecture listed twice", l, layout->arch->name);
        for (uint32_t i = 0; i < desc->n_types; i++) {
            PrStatus status = check_layout_type(desc, layout, i, error);
            if (status)
                return status;
        }
    }
    return PR_OK;
}

static void derive_common(PrDesc *desc)
{
    for (uint32_t i = 0; i < desc->n_types; i++) {
        PrType *type = &desc->types[i];
        type->common_size = 0;
        type->common_align = 0;
        type->size_differs = false;
        for (uint32_t l = 0; l < desc->n_layouts; l++) {
            const PrLayout *layout = &desc->layouts[l];
            if (layout->size[i] > type->common_size)
                type->common_size = layout->size[i];
            if (layout->align[i] > type->common_align)
                type->common_align = layout->align[i];
            if (layout->size[i] != desc->layouts[0].size[i] ||
                (type->kind == PR_FLEX && layout->size[type->elem] != desc->layouts[0].size[type->elem]))
                type->size_differs = true;
        }
    }
}

/* Same bytes for every object of the program? Alignments do not matter: addresses are common. */
static bool same_class(const PrDesc *desc, const PrLayout *a, const PrLayout *b)
{
    if (a->arch->big_endian != b->arch->big_endian ||
        a->arch->pointer_bytes != b->arch->pointer_bytes ||
        memcmp(a->size, b->size, desc->n_types * sizeof *a->size) != 0 ||
        (desc->n_fields && memcmp(a->offset, b->offset, desc->n_fields * sizeof *a->offset) != 0))
        return false;
    if (a->arch->ldbl == b->arch->ldbl)
        return true;
    for (uint32_t i = 0; i < desc->n_types; i++)
        if (desc->types[i].kind == PR_LDOUBLE)
            return false;
    return true;
}

static void derive_classes(PrDesc *desc)
{
    desc->n_classes = 0;
    for (uint32_t l = 0; l < desc->n_layouts; l++) {
        PrLayout *layout = &desc->layouts[l];
        uint32_t k = 0;
        while (k < l && !same_class(desc, &desc->layouts[k], layout))
            k++;
        layout->cls = k < l ? desc->layouts[k].cls : desc->n_classes++;
    }
}

/* ---- the rest ---- */

static PrStatus check_symbols(const PrDesc *desc, PrError *error)
{
    uint64_t end = PR_VADDR_BASE;
    for (uint32_t i = 0; i < desc->n_symbols; i++) {
        const PrSymbol *symbol = &desc->symbols[i];
        if ((unsigned)symbol->kind > PR_SYM_FUNC || symbol->type >= desc->n_types)
            BAD("kind or type of a symbol", i, symbol->name);
        const PrType *type = &desc->types[symbol->type];
        if ((symbol->kind == PR_SYM_FUNC) != (type->kind == PR_FUNC) ||
            (symbol->kind == PR_SYM_DATA && !is_object(type)))
            BAD("type of a symbol", i, symbol->name);
        if (symbol->vaddr % 16 || symbol->vaddr < end || symbol->vaddr >= PR_VADDR_END ||
            type->common_size + 1 > PR_VADDR_END - symbol->vaddr)
            BAD("virtual address of a symbol", i, symbol->name);
        end = symbol->vaddr + type->common_size + 1;
    }
    return PR_OK;
}

static PrStatus check_frame(const PrDesc *desc, uint32_t i, PrError *error)
{
    const PrFunc *func = &desc->funcs[i];
    if (func->symbol >= desc->n_symbols || desc->symbols[func->symbol].kind != PR_SYM_FUNC)
        BAD("symbol of a function", i, func->name);
    if (func->frame_bytes % 16 || func->frame_bytes > PR_STACK_END - PR_STACK_BASE ||
        !in_table(func->first_local, func->n_locals, desc->n_locals))
        BAD("frame of a function", i, func->name);
    uint64_t end = 0;
    for (uint32_t k = 0; k < func->n_locals; k++) {
        const PrLocal *local = &desc->locals[func->first_local + k];
        if (local->type >= desc->n_types || !is_object(&desc->types[local->type]))
            BAD("type of a local", func->first_local + k, local->name);
        uint64_t slot = pr_desc_slot_bytes(desc, local->type, 1);
        if (local->offset < end || local->offset % desc->types[local->type].common_align ||
            slot > func->frame_bytes || local->offset > func->frame_bytes - slot)
            BAD("offset of a local", func->first_local + k, local->name);
        end = local->offset + slot;
    }
    return PR_OK;
}

static PrStatus check_sites(const PrDesc *desc, PrError *error)
{
    for (uint32_t i = 0; i < desc->n_sites; i++)
        if (desc->sites[i].func >= desc->n_funcs ||
            !in_table(desc->sites[i].first_var, desc->sites[i].n_vars, desc->n_vars))
            BAD("site", i, NULL);
    for (uint32_t i = 0; i < desc->n_vars; i++)
        if (desc->vars[i].type >= desc->n_types || !is_scalar(&desc->types[desc->vars[i].type]))
            BAD("type of a saved variable", i, desc->vars[i].name);
    for (uint32_t i = 0; i < desc->n_allocs; i++)
        if (desc->allocs[i].type >= desc->n_types)
            BAD("type of an allocation", i, desc->allocs[i].file);
    return PR_OK;
}

/* ---- choices ---- */

/* Follows steps from a struct by value; the field they end at, or PR_NO_FIELD. */
static uint32_t follow(const PrDesc *desc, uint32_t type, uint32_t first, uint32_t n)
{
    uint32_t field = PR_NO_FIELD;
    for (uint32_t i = 0; i < n; i++) {
        const PrType *t = &desc->types[type];
        field = desc->steps[first + i];
        uint32_t last = t->kind == PR_FLEX; /* the tail's elements have no one place */
        if ((t->kind != PR_STRUCT && t->kind != PR_FLEX) || field < t->first_field ||
            field - t->first_field >= t->n_fields - last || (desc->fields[field].bits && i + 1 < n))
            return PR_NO_FIELD;
        type = desc->fields[field].type;
    }
    return field;
}

static PrStatus check_choice(const PrDesc *desc, uint32_t i, PrError *error)
{
    const PrChoice *c = &desc->choices[i];
    if (c->owner >= desc->n_types || !in_table(c->first_step, c->n_union, desc->n_steps) ||
        !in_table(c->first_step + c->n_union, c->n_tag, desc->n_steps) ||
        !in_table(c->first_case, c->n_cases, desc->n_cases))
        BAD("choice", i, NULL);
    uint32_t at = follow(desc, c->owner, c->first_step, c->n_union);
    uint32_t tag = follow(desc, c->owner, c->first_step + c->n_union, c->n_tag);
    if (at == PR_NO_FIELD || tag == PR_NO_FIELD ||
        desc->types[desc->fields[at].type].kind != PR_UNION)
        BAD("steps of a choice", i, NULL);
    PrKind kind = desc->types[desc->fields[tag].type].kind;
    if (c->here ? kind != PR_PTR : kind < PR_BOOL || kind > PR_ULLONG)
        BAD("tag of a choice", i, desc->fields[tag].name);
    const PrType *u = &desc->types[desc->fields[at].type];
    for (uint32_t k = 0; k < c->n_cases; k++) {
        uint32_t f = desc->cases[c->first_case + k].field;
        if (f != PR_NO_FIELD && (f < u->first_field || f - u->first_field >= u->n_fields))
            BAD("case of a choice", i, u->name);
    }
    return PR_OK;
}

PrStatus pr_desc_check(PrDesc *desc, PrError *error)
{
    PrStatus status = check_types(desc, error);
    if (!status)
        status = check_layouts(desc, error);
    if (status)
        return status;
    derive_common(desc);
    derive_classes(desc);
    status = check_symbols(desc, error);
    for (uint32_t i = 0; !status && i < desc->n_funcs; i++)
        status = check_frame(desc, i, error);
    for (uint32_t i = 0; !status && i < desc->n_choices; i++)
        status = check_choice(desc, i, error);
    return status ? status : check_sites(desc, error);
}
