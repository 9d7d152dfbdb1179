/* Unions that need no tag: one member says all that the others do. Each other member has to be, scalar
 * by scalar, a beginning of it: pointers of one type, numbers of one size on all architectures. That
 * their places agree too is left to each target's compiler (_Static_assert). */
#include "aggregate.h"
#include <string.h>

enum { MAX_LEAVES = 256 };

typedef struct Leaf { guint type; guint64 count; char *path; } Leaf;

static void clear_leaf(gpointer data) { g_free(((Leaf *)data)->path); }

/* FALSE: too many, or nothing to compare. */
static gboolean flatten(Program *p, guint type, const char *path, GArray *out)
{
    const CcType t = g_array_index(p->model->types, CcType, type);
    gboolean ok = out->len < MAX_LEAVES;
    if (t.kind == PR_STRUCT) {
        for (guint i = 0; i < t.n_fields && ok; i++) {
            const CcField *f = &g_array_index(p->model->fields, CcField, t.first_field + i);
            g_autofree char *inner = g_strdup_printf("%s.%s", path, f->member ? f->member : "");
            ok = f->member && !f->bits && flatten(p, f->type, inner, out);
        }
        return ok;
    }
    if (t.kind == PR_ARRAY && cc_type_kind(p, t.elem) == PR_STRUCT) {
        for (guint64 i = 0; i < t.count && ok; i++) {
            g_autofree char *inner = g_strdup_printf("%s[%" G_GUINT64_FORMAT "]", path, i);
            ok = flatten(p, t.elem, inner, out);
        }
        return ok;
    }
    Leaf leaf = { .type = t.kind == PR_ARRAY ? t.elem : type,
                  .count = t.kind == PR_ARRAY ? t.count : 1, .path = g_strdup(path) };
    PrKind kind = cc_type_kind(p, leaf.type);
    ok = ok && ((kind >= PR_BOOL && kind <= PR_FPTR) || kind == PR_UNION);
    g_array_append_val(out, leaf);
    return ok;
}

/* Equal numbers: whatever is stored as one comes out right as the other. */
static guint size_class(PrKind kind)
{
    switch (kind) {
    case PR_CHAR: case PR_SCHAR: case PR_UCHAR: return 1;
    case PR_SHORT: case PR_USHORT: return 2;
    case PR_INT: case PR_UINT: case PR_FLOAT: return 4;
    case PR_LLONG: case PR_ULLONG: case PR_DOUBLE: return 8;
    default: return 0;
    }
}

static gboolean alike(Program *p, guint a, guint b)
{
    guint size = size_class(cc_type_kind(p, a));
    return a == b || (size && size == size_class(cc_type_kind(p, b)));
}

static void assert_place(GString *check, const char *cname, const Leaf *small, guint64 i,
                         const Leaf *big, guint64 k)
{
    g_string_append_printf(check, "_Static_assert(__builtin_offsetof(%s,%s)+%" G_GUINT64_FORMAT
                           "*sizeof(((%s*)0)->%s)/%" G_GUINT64_FORMAT "==__builtin_offsetof(%s,%s)+%"
                           G_GUINT64_FORMAT "*sizeof(((%s*)0)->%s)/%" G_GUINT64_FORMAT
                           ", \"-Wpreaches-union: members of a union are alike but in other places\");\n",
                           cname, small->path, i, cname, small->path, small->count,
                           cname, big->path, k, cname, big->path, big->count);
}

/* Is `small` a beginning of `big`? */
static gboolean begins(Program *p, const GArray *small, const GArray *big, const char *cname,
                       GString *check)
{
    guint at = 0;
    guint64 used = 0; /* of big[at] */
    for (guint i = 0; i < small->len; i++) {
        const Leaf *s = &g_array_index(small, Leaf, i);
        for (guint64 done = 0; done < s->count;) {
            const Leaf *b = at < big->len ? &g_array_index(big, Leaf, at) : NULL;
            if (!b || !alike(p, s->type, b->type))
                return FALSE;
            assert_place(check, cname, s, done, b, used);
            guint64 n = MIN(s->count - done, b->count - used);
            done += n;
            used += n;
            if (used == b->count) {
                at++;
                used = 0;
            }
        }
    }
    return TRUE;
}

static gboolean is_lone(const GArray *leaves)
{
    return leaves->len == 1 && g_array_index(leaves, Leaf, 0).count == 1;
}

static gboolean is_data_pointer(Program *p, const GArray *leaves)
{
    return is_lone(leaves) && cc_type_kind(p, g_array_index(leaves, Leaf, 0).type) == PR_PTR;
}

/* Nothing but pointers: a `void *`, whatever they point to. */
static gboolean only_pointers(Program *p, GArray **leaves, guint n)
{
    for (guint i = 0; i < n; i++)
        if (!is_data_pointer(p, leaves[i]))
            return FALSE;
    return TRUE;
}

static guint search(Program *p, GArray **leaves, guint n, const char *cname, GString *check)
{
    for (guint big = 0; big < n; big++) {
        gboolean all = TRUE;
        g_string_truncate(check, 0);
        for (guint i = 0; i < n && all; i++)
            all = i == big || begins(p, leaves[i], leaves[big], cname, check);
        if (all)
            return big;
    }
    return G_MAXUINT;
}

guint cc_dominant(Program *p, const GArray *members, const char *cname, GString *check)
{
    guint n = members->len, one = G_MAXUINT;
    g_autofree GArray **leaves = g_new0(GArray *, n + 1);
    gboolean ok = n > 0;
    for (guint i = 0; i < n; i++) {
        const CcField *f = &g_array_index(members, CcField, i);
        leaves[i] = g_array_new(FALSE, TRUE, sizeof(Leaf));
        g_array_set_clear_func(leaves[i], clear_leaf);
        ok = ok && f->member && flatten(p, f->type, f->member, leaves[i]);
    }
    if (ok && only_pointers(p, leaves, n)) {
        one = 0;
        g_array_index(members, CcField, 0).type = n > 1 ? cc_pointer_to(p, PR_TYPE_VOID)
                                                        : g_array_index(members, CcField, 0).type;
    } else if (ok)
        one = search(p, leaves, n, cname, check);
    if (one == G_MAXUINT)
        g_string_truncate(check, 0);
    for (guint i = 0; i < n; i++)
        g_array_unref(leaves[i]);
    return one;
}
