/* Statements of a random program. Each one has a number, by which it can be left out. */
#include "fuzz.h"
#include <string.h>

static void add(Gen *g, GString *out, const char *text)
{
    guint number = g->n_statements++;

    if (!g->dropped || !g->dropped[number])
        g_string_append_printf(out, "%s\n", text);
}

static void push(Gen *g, char *name, const Type *type, gboolean counter)
{
    Var v = { name, type, FALSE, counter };
    g_array_append_val(g->vars, v);
}

static const Type *int_type(Gen *g) { return fuzz_type(g, (Type){ .kind = K_SCALAR }); }

/* ---- declarations ---- */

static const Type *local_type(Gen *g)
{
    Type scalar = { .kind = K_SCALAR, .scalar = fuzz_below(g, fuzz_n_scalars) };
    Type record = { .kind = K_STRUCT, .record = fuzz_below(g, g->records->len) };
    Type made = { .kind = K_ARRAY, .count = 1 + fuzz_below(g, 4) };

    switch (fuzz_below(g, 9)) {
    case 0: made.elem = fuzz_type(g, scalar); break;
    case 1: return fuzz_type(g, record);
    case 2: made.kind = K_POINTER, made.elem = fuzz_type(g, scalar); break;
    case 3: made.kind = K_POINTER, made.elem = fuzz_type(g, record); break;
    case 4:
        made.kind = K_POINTER;
        made.elem = fuzz_type(g, (Type){ .kind = K_POINTER, .elem = fuzz_type(g, scalar) });
        break;
    case 5: made.elem = fuzz_type(g, (Type){ .kind = K_POINTER, .elem = fuzz_type(g, record) }); break;
    default: return fuzz_type(g, scalar);
    }
    made.count = made.kind == K_ARRAY ? made.count : 0;
    return fuzz_type(g, made);
}

/* Declarations are never left out: others may use them. */
static void declare(Gen *g, GString *out)
{
    const Type *type = local_type(g);
    char *name = fuzz_name(g, "v"), *value = fuzz_value(g, type);

    if (!value)
        return;
    if (type->kind == K_SCALAR && !fuzz_below(g, 8))
        g_string_append_printf(out, "static %s = %u;\n", fuzz_declare(g, type, name), fuzz_below(g, 2));
    else
        g_string_append_printf(out, "%s = %s;\n", fuzz_declare(g, type, name), value);
    push(g, name, type, FALSE);
}

char *fuzz_block(Gen *g, guint statements);

/* ---- simple statements ---- */

static char *assign(Gen *g)
{
    const Type *type;
    char *place = fuzz_place(g, NULL, &type, G_MAXUINT, TRUE);

    return place ? TEXT(g, "%s = %s;", place, fuzz_as(g, type, fuzz_below(g, 2) ? place : NULL, fuzz_int(g, 3))) : NULL;
}

static char *change(Gen *g)
{
    const Type *type;
    char *place = fuzz_place(g, NULL, &type, G_MAXUINT, TRUE), *old;

    if (!place)
        return NULL;
    old = fuzz_read(g, type, place);
    return TEXT(g, "%s = %s;", place, fuzz_as(g, type, NULL, TEXT(g, "ADD(%s, %s)", old, fuzz_int(g, 1))));
}

static char *observe(Gen *g)
{
    const Type *type;
    char *place = fuzz_place(g, NULL, &type, G_MAXUINT, FALSE);

    if (!place || !fuzz_below(g, 3))
        return TEXT(g, "mix(%s);", fuzz_int(g, 3));
    return TEXT(g, "mix(%s);", fuzz_read(g, type, place));
}

/* A pointer variable of the function may lead to what is older than it; any other place to globals. */
static char *aim(Gen *g)
{
    guint n = g->vars->len, first = fuzz_below(g, n);

    for (guint i = 0; i < n; i++) {
        const Var *v = &g_array_index(g->vars, Var, (first + i) % n);
        if (v->type->kind != K_POINTER || v->counter)
            continue;
        char *value = fuzz_pointer(g, v->type, (first + i) % n, v->global);
        return value ? TEXT(g, "%s = %s;", v->name, value) : NULL;
    }
    return NULL;
}

static char *aim_place(Gen *g)
{
    const Type *record = fuzz_type(g, (Type){ .kind = K_STRUCT, .record = fuzz_below(g, g->records->len) });
    const Type *scalar = fuzz_type(g, (Type){ .kind = K_SCALAR, .scalar = fuzz_below(g, fuzz_n_scalars) });
    const Type *type = fuzz_type(g, (Type){ .kind = K_POINTER, .elem = fuzz_below(g, 2) ? record : scalar });
    char *place = fuzz_place(g, type, NULL, G_MAXUINT, TRUE), *value = fuzz_pointer(g, type, 0, TRUE);

    return place && value ? TEXT(g, "%s = %s;", place, value) : NULL;
}

static char *copy_record(Gen *g)
{
    const Type *type = fuzz_type(g, (Type){ .kind = K_STRUCT, .record = fuzz_below(g, g->records->len) });
    char *to = fuzz_place(g, type, NULL, G_MAXUINT, TRUE), *from = fuzz_place(g, type, NULL, G_MAXUINT, FALSE);

    return to && from ? TEXT(g, "%s = %s;", to, from) : NULL;
}

static char *say(Gen *g)
{
    return TEXT(g, "if ((%s & 7) == 0) printf(\"%s %%d %%x\\n\", %s, hash & 0xffffu);", fuzz_int(g, 1),
                fuzz_name(g, "at"), fuzz_quiet(g));
}

/* The helpers of the program's head: lists, trees, growing blocks, texts. */
static char *use_heap(Gen *g)
{
    static const char *const uses[] = {
        "list_push(%s);", "list_push(%s);", "list_pop(%s);", "list_walk(%s);", "items_append(%s);", "items_append(%s);",
        "items_walk(%s);", "items_drop(%s);", "tree_insert(&tree, %s, 6);", "tree_insert(&tree, %s, 6);",
        "mix(tree_walk(tree) + (%s));", "tree_clear(%s);", "text_build(%s);", "rows_use(%s);", "sort_some(%s);",
    };
    return TEXT(g, uses[fuzz_below(g, G_N_ELEMENTS(uses))], fuzz_int(g, 1));
}

/* ---- statements around others ---- */

static char *inner(Gen *g, guint statements) { return fuzz_block(g, 1 + fuzz_below(g, statements)); }

static char *branch(Gen *g)
{
    char *then, *other;

    then = inner(g, 3);
    if (fuzz_below(g, 2))
        return TEXT(g, "if (%s) {\n%s}", fuzz_int(g, 2), then);
    other = inner(g, 3);
    return TEXT(g, "if (%s) {\n%s} else {\n%s}", fuzz_int(g, 2), then, other);
}

static char *leave(Gen *g)
{
    if (fuzz_below(g, 3))
        return "";
    return TEXT(g, "if ((%s & 3) == 1)\n%s;\n", fuzz_int(g, 1), fuzz_below(g, 2) ? "break" : "continue");
}

static char *loop(Gen *g)
{
    char *i = fuzz_name(g, "i"), *body, *out;
    guint times = 1 + fuzz_below(g, 4), base = g->vars->len, kind = fuzz_below(g, 4);

    g->loops++;
    push(g, i, int_type(g), TRUE);
    body = inner(g, 4);
    out = leave(g);
    g_array_set_size(g->vars, base);
    g->loops--;
    switch (kind) {
    case 0: return TEXT(g, "{\nint %s = %u;\nwhile (%s-- > 0) {\n%s%s}\n}", i, times, i, body, out);
    case 1: return TEXT(g, "{\nint %s = 0;\ndo {\n%s%s} while (++%s < %u);\n}", i, body, out, i, times);
    case 2: return TEXT(g, "for (int %s = %u, end%s = 0; %s > end%s; %s -= 2) {\n%s%s}", i, times + 2, i, i, i, i, body, out);
    default: return TEXT(g, "for (int %s = 0; %s < %u; %s++) {\n%s%s}", i, i, times, i, body, out);
    }
}

static char *jump(Gen *g)
{
    char *label = fuzz_name(g, "l"), *i = fuzz_name(g, "i"), *body;
    guint base = g->vars->len;

    if (fuzz_below(g, 2)) {
        body = inner(g, 3);
        return TEXT(g, "if (%s)\ngoto %s;\n{\n%s}\n%s:;", fuzz_int(g, 2), label, body, label);
    }
    push(g, i, int_type(g), TRUE);
    body = inner(g, 3);
    g_array_set_size(g->vars, base);
    return TEXT(g, "{\nint %s = 0;\n%s:;\n{\n%s}\nif (++%s < %u)\ngoto %s;\n}", i, label, body, i,
                1 + fuzz_below(g, 3), label);
}

static char *choose(Gen *g, const char *value)
{
    GString *s = g_string_new(NULL);
    guint n = 2 + fuzz_below(g, 3);

    g_string_append_printf(s, "switch ((unsigned)(%s) %% %u) {\n", value, n + 1);
    for (guint i = 0; i < n; i++)
        g_string_append_printf(s, "case %u: {\n%s}\n%s", i, inner(g, 2), fuzz_below(g, 4) ? "break;\n" : "/* on */\n");
    g_string_append_printf(s, "default: {\n%s}\n}", inner(g, 2));
    return fuzz_keep(g, g_string_free(s, FALSE));
}

/* From the first to one past the last, or back. */
static char *sweep(Gen *g)
{
    guint n = g->vars->len, first = fuzz_below(g, n), base = n;

    for (guint i = 0; i < n; i++) {
        const Var *v = &g_array_index(g->vars, Var, (first + i) % n);
        if (v->type->kind != K_ARRAY || v->type->elem->kind == K_ARRAY)
            continue;
        const Type *elem = v->type->elem;
        char *q = fuzz_name(g, "q"), *name = v->name, *body;
        guint count = v->type->count;
        if (elem->kind == K_SCALAR) {
            push(g, TEXT(g, "(*%s)", q), elem, FALSE);
            body = inner(g, 3);
        } else
            body = inner(g, 2);
        g_array_set_size(g->vars, base);
        char *declared = fuzz_declare(g, elem, TEXT(g, elem->kind == K_POINTER ? "(*%s)" : "*%s", q));
        if (fuzz_below(g, 2)) {
            char *end = TEXT(g, "%send", q);
            char *last = fuzz_declare(g, elem, TEXT(g, elem->kind == K_POINTER ? "(*%s)" : "*%s", end));
            return TEXT(g, "{\n%s = %s + %u;\nfor (%s = %s; %s != %s; %s++) {\nmix((int)(%s - %s));\n%s}\n}", last, name,
                        count, declared, name, q, end, q, end, q, body);
        }
        return TEXT(g, "for (%s = %s + %u; %s-- != %s;) {\nmix((int)(%s - %s));\n%s}", declared, name, count, q, name, q,
                    name, body);
    }
    return NULL;
}

/* ---- calls ---- */

static char *plain_scalar(Gen *g, const Type **type)
{
    guint n = g->vars->len, first = fuzz_below(g, n);

    for (guint i = 0; i < n; i++) {
        const Var *v = &g_array_index(g->vars, Var, (first + i) % n);
        if (v->type->kind == K_SCALAR && !v->counter && v->name[0] != '(') {
            *type = v->type;
            return v->name;
        }
    }
    return NULL;
}

static char *scalar_call(Gen *g, const char *call)
{
    guint other, n_then;
    const Type *type = NULL;
    char *second, *to = plain_scalar(g, &type), *then;

    switch (fuzz_below(g, 8)) {
    case 0: return TEXT(g, "if ((int)%s > %s) {\n%s}", call, fuzz_quiet(g), inner(g, 2));
    case 1: return choose(g, TEXT(g, "(int)%s", call));
    case 2:
        second = fuzz_name(g, "i");
        n_then = 1 + fuzz_below(g, 3);
        then = inner(g, 2);
        return TEXT(g, "{\nint %s = %u;\nwhile (%s-- > 0 && ((int)%s & 3)) {\n%s}\n}", second, n_then, second, call, then);
    case 3:
        second = fuzz_call(g, &other);
        if (!g_array_index(g->functions, Function, other).result ||
            g_array_index(g->functions, Function, other).result->kind != K_SCALAR)
            break;
        return TEXT(g, fuzz_below(g, 2) ? "mix(((int)%s & 1) ? (int)%s : 7);" : "mix(((int)%s & 1) && (int)%s);", call,
                    second);
    case 4:
    case 5:
        if (to)
            return TEXT(g, "%s = %s;", to, fuzz_as(g, type, NULL, TEXT(g, "ADD((int)%s, %s)", call, fuzz_quiet(g))));
        break;
    case 6: return TEXT(g, "%s;", call);
    default: break;
    }
    return TEXT(g, "mix((int)%s);", call);
}

static char *call(Gen *g)
{
    guint to;
    char *text = fuzz_call(g, &to), *name = fuzz_name(g, "r"), *rest;
    const Type *type = g_array_index(g->functions, Function, to).result;
    guint base = g->vars->len;

    if (!type)
        return TEXT(g, "%s;", text);
    if (type->kind == K_SCALAR)
        return scalar_call(g, text);
    push(g, name, type, FALSE);
    rest = inner(g, 3);
    g_array_set_size(g->vars, base);
    return TEXT(g, "{\n%s = %s;\n%s}", fuzz_declare(g, type, name), text, rest);
}

/* ---- one statement, a block of them ---- */

static char *scalar_choice(Gen *g) { return choose(g, fuzz_int(g, 2)); }

static const struct {
    char *(*make)(Gen *);
    guint weight;
    gboolean nests;
} kinds[] = {
    { assign, 6, FALSE },   { change, 3, FALSE }, { observe, 4, FALSE }, { aim, 3, FALSE },
    { aim_place, 3, FALSE }, { copy_record, 3, FALSE }, { say, 1, FALSE }, { use_heap, 4, FALSE },
    { fuzz_use_form, 5, FALSE }, { fuzz_statement_value, 1, FALSE },
    { branch, 3, TRUE },    { loop, 4, TRUE },    { jump, 2, TRUE },     { scalar_choice, 2, TRUE },
    { sweep, 3, TRUE },     { call, 7, TRUE },
};

static char *statement(Gen *g)
{
    guint total = 0, pick, i = 0;

    for (guint k = 0; k < G_N_ELEMENTS(kinds); k++)
        total += g->budget || !kinds[k].nests ? kinds[k].weight : 0;
    pick = fuzz_below(g, total);
    for (;; i++) {
        guint weight = g->budget || !kinds[i].nests ? kinds[i].weight : 0;
        if (pick < weight)
            break;
        pick -= weight;
    }
    if (kinds[i].nests && g->loops > 3)
        return observe(g);
    g->budget -= MIN(g->budget, kinds[i].nests ? 4 : 1);
    return kinds[i].make(g);
}

char *fuzz_block(Gen *g, guint statements)
{
    guint base = g->vars->len, n_locals = fuzz_below(g, 4);
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < n_locals; i++)
        declare(g, out);
    for (guint i = 0; i < statements; i++) {
        char *text = statement(g);
        if (text)
            add(g, out, text);
    }
    g_array_set_size(g->vars, base);
    return fuzz_keep(g, g_string_free(out, FALSE));
}
