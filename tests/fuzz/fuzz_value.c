/* What the statements of a random program are made of: places, values, calls. The rules are in fuzz_gen.c. */
#include "fuzz.h"
#include <string.h>

/* ---- places ---- */

/* Whether something of `want` (NULL: a scalar) can be reached from `type` in few steps. */
static gboolean leads(Gen *g, const Type *type, const Type *want, guint depth)
{
    if (want ? fuzz_same(type, want) : type->kind == K_SCALAR)
        return TRUE;
    if (!depth || type->kind == K_SCALAR)
        return FALSE;
    if (type->kind != K_STRUCT)
        return leads(g, type->elem, want, depth - 1);
    const Record *r = &g_array_index(g->records, Record, type->record);
    for (guint k = 0; k < r->fields->len; k++)
        if (leads(g, g_array_index(r->fields, Field, k).type, want, depth - 1))
            return TRUE;
    return FALSE;
}

static char *index_text(Gen *g, guint count)
{
    return fuzz_below(g, 2) ? TEXT(g, "%u", fuzz_below(g, count))
                            : TEXT(g, "(unsigned)%s %% %u", fuzz_quiet(g), count);
}

static char *walk(Gen *g, char *text, const Type *type, const Type *want, const Type **found, guint depth)
{
    gboolean here = want ? fuzz_same(type, want) : type->kind == K_SCALAR;

    if (here && (type->kind == K_SCALAR || !depth || fuzz_below(g, 3))) {
        *found = type;
        return text;
    }
    if (type->kind == K_STRUCT) {
        const Record *r = &g_array_index(g->records, Record, type->record);
        guint first = fuzz_below(g, r->fields->len);

        for (guint i = 0; i < r->fields->len && depth; i++) {
            const Field *f = &g_array_index(r->fields, Field, (first + i) % r->fields->len);
            if (leads(g, f->type, want, depth - 1))
                return walk(g, TEXT(g, "%s.%s", text, f->name), f->type, want, found, depth - 1);
        }
    } else if (type->kind != K_SCALAR && depth && leads(g, type->elem, want, depth - 1)) {
        text = type->kind == K_ARRAY ? TEXT(g, "%s[%s]", text, index_text(g, type->count))
                                     : TEXT(g, "(*%s)", text);
        return walk(g, text, type->elem, want, found, depth - 1);
    }
    *found = type;
    return here ? text : NULL;
}

char *fuzz_place(Gen *g, const Type *type, const Type **found, guint limit, gboolean fixed)
{
    guint n = MIN(limit, g->vars->len), first = n ? fuzz_below(g, n) : 0;
    const Type *ignored;

    if (n > g->n_globals && fuzz_below(g, 2)) /* locals are fewer, and more interesting */
        first = g->n_globals + fuzz_below(g, n - g->n_globals);
    for (guint i = 0; i < n; i++) {
        const Var *v = &g_array_index(g->vars, Var, (first + i) % n);
        guint depth = 1 + fuzz_below(g, 5);

        if ((fixed && v->counter) || !leads(g, v->type, type, depth))
            continue;
        char *place = walk(g, v->name, v->type, type, found ? found : &ignored, depth);
        if (place)
            return place;
    }
    return NULL;
}

/* ---- values ---- */

char *fuzz_read(Gen *g, const Type *type, const char *place)
{
    if (type->scalar == LLONG || type->scalar == ULLONG)
        return TEXT(g, "FOLD(%s)", place);
    return TEXT(g, type->scalar == INT ? "%s" : "(int)%s", place);
}

char *fuzz_as(Gen *g, const Type *type, const char *place, const char *value)
{
    const char *name = fuzz_scalars[type->scalar];

    switch (type->scalar) {
    case ULONG: return TEXT(g, "(unsigned long)(unsigned)(%s)", value);
    case LLONG:
    case ULLONG:
        return place ? TEXT(g, "(%s)((unsigned long long)%s * 6364136223846793005ULL + (unsigned)(%s))", name, place, value)
                     : TEXT(g, "(%s)((unsigned long long)(unsigned)(%s) << 21)", name, value);
    case FLOAT: return TEXT(g, "(float)((%s) %% 4096) * 0.125f", value);
    case DOUBLE:
        return place ? TEXT(g, "%s * 0.5 + ((%s) %% 100000) * 0.001953125", place, value)
                     : TEXT(g, "((%s) %% 100000) * 0.001953125", value);
    case BOOL: return TEXT(g, "((%s) & 1) != 0", value);
    default: return TEXT(g, "(%s)(%s)", name, value);
    }
}

static char *constant(Gen *g)
{
    switch (fuzz_below(g, 6)) {
    case 0: return TEXT(g, "%d", (int)fuzz_below(g, 2000000000) - 1000000000);
    case 1: return TEXT(g, "%u", 1u << fuzz_below(g, 31));
    default: return TEXT(g, "%d", (int)fuzz_below(g, 40) - 10);
    }
}

char *fuzz_quiet(Gen *g)
{
    GArray *counters = g_array_new(FALSE, FALSE, sizeof(guint));
    char *text;

    for (guint i = 0; i < g->vars->len; i++)
        if (g_array_index(g->vars, Var, i).counter)
            g_array_append_val(counters, i);
    if (!counters->len || !fuzz_below(g, 4))
        text = TEXT(g, "(%u)", fuzz_below(g, 1000));
    else {
        guint pick = g_array_index(counters, guint, fuzz_below(g, counters->len));
        const char *name = g_array_index(g->vars, Var, pick).name;
        text = fuzz_below(g, 2) ? TEXT(g, "(%s)", name)
                                : TEXT(g, "(%s * %u + %u)", name, 1 + fuzz_below(g, 9), fuzz_below(g, 9));
    }
    g_array_unref(counters);
    return text;
}

static char *atom(Gen *g)
{
    const Type *type;
    char *place;

    switch (fuzz_below(g, 5)) {
    case 0: return constant(g);
    case 1: return fuzz_quiet(g);
    default:
        place = fuzz_place(g, NULL, &type, G_MAXUINT, FALSE);
        return place ? fuzz_read(g, type, place) : constant(g);
    }
}

char *fuzz_int(Gen *g, guint depth)
{
    static const char *const binary[] = { "ADD", "SUB", "MUL", "DIV", "MOD", "SHL", "SHR", "XOR", "AND", "OR" };
    static const char *const compare[] = { "<", ">", "==", "!=", "<=", "&&", "||" };
    char *a, *b;

    if (!depth || !fuzz_below(g, 4))
        return atom(g);
    a = fuzz_int(g, depth - 1);
    b = fuzz_int(g, depth - 1);
    switch (fuzz_below(g, 6)) {
    case 0: return TEXT(g, "((%s) %s (%s))", a, compare[fuzz_below(g, G_N_ELEMENTS(compare))], b);
    case 1: return TEXT(g, "((%s) & 1 ? (%s) : (%s))", a, b, atom(g));
    case 2: return TEXT(g, "(~(%s))", a);
    default: return TEXT(g, "%s(%s, %s)", binary[fuzz_below(g, G_N_ELEMENTS(binary))], a, b);
    }
}

char *fuzz_pointer(Gen *g, const Type *type, guint limit, gboolean lasting)
{
    const Type *to = type->elem;
    char *place = fuzz_place(g, to, NULL, lasting ? g->n_globals : limit, TRUE);

    return place ? TEXT(g, "&%s", place) : NULL;
}

/* What a local begins with; pointers lead to something older. NULL: no such value. */
char *fuzz_value(Gen *g, const Type *type)
{
    switch (type->kind) {
    case K_SCALAR: return fuzz_as(g, type, NULL, fuzz_int(g, 2));
    case K_STRUCT: return TEXT(g, "pool%u[%s]", type->record, index_text(g, POOL));
    case K_POINTER: return fuzz_pointer(g, type, g->vars->len, FALSE);
    default: break;
    }
    GString *s = g_string_new("{ ");
    for (guint i = 0; i < type->count; i++) {
        char *value = fuzz_value(g, type->elem);
        if (!value) {
            g_string_free(s, TRUE);
            return NULL;
        }
        g_string_append_printf(s, "%s%s", i ? ", " : "", value);
    }
    g_string_append(s, " }");
    return fuzz_keep(g, g_string_free(s, FALSE));
}

/* ---- calls ---- */

static char *argument(Gen *g, const Type *type)
{
    char *text;

    if (type->kind == K_SCALAR)
        return fuzz_as(g, type, NULL, fuzz_int(g, 1));
    if (type->kind == K_POINTER)
        return fuzz_pointer(g, type, g->vars->len, FALSE);
    text = fuzz_place(g, type, NULL, g->vars->len, FALSE);
    return text ? text : TEXT(g, "pool%u[0]", type->record);
}

char *fuzz_call(Gen *g, guint *callee)
{
    guint to = fuzz_below(g, g->functions->len);
    const Function *f = &g_array_index(g->functions, Function, to);
    GString *s = g_string_new(NULL);

    if (fuzz_below(g, 3))
        g_string_append_printf(s, "fn%u(depth - 1", to);
    else
        g_string_append_printf(s, "table%u[(unsigned)%s %% %u](depth - 1", f->shape, fuzz_quiet(g), POOL);
    for (guint i = 0; i < f->params->len; i++)
        g_string_append_printf(s, ", %s", argument(g, g_array_index(f->params, const Type *, i)));
    g_string_append_c(s, ')');
    *callee = to;
    return fuzz_keep(g, g_string_free(s, FALSE));
}
