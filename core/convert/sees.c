/* What a pointer would find. A program may keep objects of one type in memory that the tables know as
 * another: a pool of bytes, a buffer inside a struct. Such memory is carried over as what the tables say, so
 * whoever looks at it as something else would find wrong values. A pointer that does is the only trace of
 * it, and is refused. Where every byte stays in its place nothing would be wrong. */
#include "engine.h"

static bool is_pointer(PrKind kind) { return kind == PR_PTR || kind == PR_FPTR; }

static bool is_scalar(PrKind kind) { return kind >= PR_BOOL && kind <= PR_FPTR; }

static bool is_byte(PrKind kind) { return kind >= PR_CHAR && kind <= PR_UCHAR; }

/* Do all values of `type` look like scalar `as`, here and there? Bytes may look at anything. */
static bool looks_like(const PrConv *c, uint32_t type, uint32_t as)
{
    const PrType *t = &c->desc->types[type];
    if (t->kind == PR_ARRAY)
        return looks_like(c, t->elem, as);
    for (uint32_t i = 0; pr_kind_has_fields(t->kind) && i < t->n_fields; i++)
        if (c->desc->fields[t->first_field + i].bits ||
            !looks_like(c, c->desc->fields[t->first_field + i].type, as))
            return false;
    return pr_kind_has_fields(t->kind) || t->kind == PR_VOID || c->from->size[type] == 1 ||
           (c->from->size[type] == c->from->size[as] && c->to->size[type] == c->to->size[as] &&
            is_pointer(t->kind) == is_pointer(c->desc->types[as].kind));
}

/* Bytes of a wider value stand in another order there. */
static bool seen_as_bytes(const PrConv *c, uint32_t scalar, uint32_t pointee)
{
    PrKind value = c->desc->types[scalar].kind;
    return is_byte(c->desc->types[pointee].kind) && value >= PR_SHORT && value <= PR_FPTR &&
           (c->from->arch->big_endian != c->to->arch->big_endian ||
            c->from->size[scalar] != c->to->size[scalar]);
}

/* Memory of scalars alone, looked at as `pointee`. */
static bool scalars_seen(const PrConv *c, uint32_t scalar, uint32_t pointee)
{
    const PrType *t = &c->desc->types[scalar];
    if (pr_is_raw(c->desc, scalar))
        return true;
    return !seen_as_bytes(c, scalar, pointee) &&
           (!is_scalar(t->kind) || looks_like(c, pointee, scalar));
}

/* The first scalar of `type`; PR_TYPE_VOID where that may be several. */
static uint32_t first_scalar(const PrConv *c, uint32_t type)
{
    const PrType *t = &c->desc->types[type];
    while (!is_scalar(t->kind)) {
        if (t->kind == PR_ARRAY)
            type = t->elem;
        else if ((t->kind == PR_STRUCT || t->kind == PR_FLEX) && t->n_fields &&
                 !c->desc->fields[t->first_field].bits)
            type = c->desc->fields[t->first_field].type;
        else
            return PR_TYPE_VOID;
        t = &c->desc->types[type];
    }
    return type;
}

/* Scalar `at` of a struct, looked at as `pointee`: the beginning decides, since a struct may be known
 * by its first members alone. */
static bool begins_like(const PrConv *c, uint32_t at, uint32_t pointee)
{
    uint32_t first = first_scalar(c, pointee);
    const PrType *types = c->desc->types;
    if (first == PR_TYPE_VOID || pr_is_raw(c->desc, at))
        return true;
    if (c->from->size[first] == 1)
        return true;
    return c->from->size[at] == c->from->size[first] && c->to->size[at] == c->to->size[first] &&
           is_pointer(types[at].kind) == is_pointer(types[first].kind);
}

/* A pointer may stand behind the last of `type`, or of a struct's last member. */
static bool ends_as(const PrConv *c, uint32_t type, uint32_t pointee)
{
    while (type != pointee && c->desc->types[type].kind == PR_ARRAY)
        type = c->desc->types[type].elem;
    const PrType *t = &c->desc->types[type];
    if (type == pointee || (is_scalar(t->kind) && begins_like(c, type, pointee)))
        return true;
    for (uint32_t f = t->first_field; t->kind == PR_STRUCT && f < t->first_field + t->n_fields; f++) {
        uint32_t member = c->desc->fields[f].type;
        if (!c->desc->fields[f].bits && c->from->offset[f] + c->from->size[member] == c->from->size[type] &&
            ends_as(c, member, pointee))
            return true;
    }
    return false;
}

static bool sees(const PrConv *c, uint32_t type, uint64_t off, uint32_t pointee);

static bool sees_array(const PrConv *c, uint32_t elem, uint64_t count, uint64_t off, uint32_t pointee)
{
    uint64_t size = c->from->size[elem];
    if (size == 0)
        return true;
    uint64_t i = off / size, rest = off % size;
    return (rest == 0 && i > 0 && ends_as(c, elem, pointee)) ||
           (i < count && sees(c, elem, rest, pointee));
}

static bool sees_member(const PrConv *c, const PrType *t, uint64_t off, uint32_t pointee)
{
    for (uint32_t f = t->first_field; f < t->first_field + t->n_fields - (t->kind == PR_FLEX); f++) {
        uint32_t type = c->desc->fields[f].type;
        uint64_t start = c->from->offset[f], size = c->from->size[type];
        if (c->desc->fields[f].bits)
            return true; /* nobody points to one, but what stands around it is not told here */
        if (off >= start && off - start < size && sees(c, type, off - start, pointee))
            return true;
        if (off - start == size && ends_as(c, type, pointee))
            return true;
    }
    return false;
}

static bool sees(const PrConv *c, uint32_t type, uint64_t off, uint32_t pointee)
{
    const PrType *t = &c->desc->types[type];
    if (off == 0 && type == pointee)
        return true;
    if (t->kind == PR_ARRAY)
        return sees_array(c, t->elem, t->count, off, pointee);
    if (t->kind == PR_STRUCT || t->kind == PR_FLEX)
        return sees_member(c, t, off, pointee);
    return !is_scalar(t->kind) || (off == 0 && begins_like(c, type, pointee));
}

/* Whether rows of scalars stand in `type`: what buffers are made of. */
static bool has_rows(PrConv *c, uint32_t type)
{
    const PrType *t = &c->desc->types[type];
    if (c->rows[type] == 0) {
        bool rows = t->kind == PR_ARRAY && is_scalar(c->desc->types[t->elem].kind);
        rows |= t->kind == PR_ARRAY && has_rows(c, t->elem);
        rows |= t->kind == PR_FLEX && is_scalar(c->desc->types[t->elem].kind);
        for (uint32_t i = 0; pr_kind_has_fields(t->kind) && t->kind != PR_UNION && i < t->n_fields && !rows; i++)
            rows = has_rows(c, c->desc->fields[t->first_field + i].type);
        c->rows[type] = rows ? 1 : 2;
    }
    return c->rows[type] == 1;
}

static bool sees_block(PrConv *c, uint32_t type, uint64_t count, uint64_t off, uint32_t pointee)
{
    const PrType *t = &c->desc->types[type];
    uint64_t head = c->from->size[type];
    if (t->kind != PR_FLEX)
        return sees_array(c, type, count, off, pointee) || (off == 0 && count == 0);
    return sees(c, type, off, pointee) ||
           (off >= head && sees_array(c, t->elem, count, off - head, pointee)) ||
           (off == head && pointee == t->elem);
}

bool pr_conv_sees(PrConv *c, uint32_t type, uint64_t count, uint64_t off, uint32_t pointer_type)
{
    const PrType *types = c->desc->types;
    uint32_t pointee = types[pointer_type].elem, scalar = type;
    if (types[pointer_type].kind != PR_PTR || pointee == type || c->from->cls == c->to->cls)
        return true;
    while (types[scalar].kind == PR_ARRAY)
        scalar = types[scalar].elem;
    if (!pr_kind_has_fields(types[scalar].kind))
        return scalars_seen(c, scalar, pointee);
    return is_byte(types[pointee].kind) || types[pointee].kind == PR_VOID || !has_rows(c, type) ||
           sees_block(c, type, count, off, pointee);
}
