/* A random program: types, globals, functions, and the expressions that statements are made of.
 *
 * No undefined and no unspecified behaviour, and the same output on every machine: arithmetic is done
 * on int through macros that wrap; what is stored in a long fits 32 bits; an expression holds one call
 * at most, beside constants and loop counters. Every pointer is valid for its whole life: those in
 * globals, structs and blocks lead to globals, those in locals may lead to older locals too. */
#include "fuzz.h"
#include <string.h>

const char *const fuzz_scalars[] = {
    "int", "signed char", "unsigned char", "short", "unsigned short", "unsigned", "long",
    "unsigned long", "long long", "unsigned long long", "char", "float", "double", "_Bool",
};
const guint fuzz_n_scalars = G_N_ELEMENTS(fuzz_scalars);
enum { INT = 0, ULONG = 7, LLONG = 8, ULLONG = 9, FLOAT = 11, DOUBLE = 12, BOOL = 13 };

guint fuzz_below(Gen *g, guint n)
{
    guint64 x;

    g->state += G_GUINT64_CONSTANT(0x9e3779b97f4a7c15); /* splitmix64 (Steele, Lea, Flood 2014) */
    x = g->state;
    x = (x ^ (x >> 30)) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
    return (guint)((x ^ (x >> 31)) >> 32) % n;
}

char *fuzz_keep(Gen *g, char *text)
{
    g_ptr_array_add(g->strings, text);
    return text;
}

char *fuzz_name(Gen *g, const char *stem) { return TEXT(g, "%s%u", stem, g->unique++); }

/* ---- types ---- */

gboolean fuzz_same(const Type *a, const Type *b)
{
    if (a->kind != b->kind)
        return FALSE;
    switch (a->kind) {
    case K_SCALAR: return a->scalar == b->scalar;
    case K_STRUCT: return a->record == b->record;
    case K_ARRAY: return a->count == b->count && fuzz_same(a->elem, b->elem);
    default: return fuzz_same(a->elem, b->elem);
    }
}

const Type *fuzz_type(Gen *g, Type type)
{
    Type *copy;

    for (guint i = 0; i < g->types->len; i++)
        if (fuzz_same(g->types->pdata[i], &type))
            return g->types->pdata[i];
    copy = g_memdup2(&type, sizeof type);
    g_ptr_array_add(g->types, copy);
    return copy;
}

static const Type *scalar(Gen *g) { return fuzz_type(g, (Type){ .kind = K_SCALAR, .scalar = fuzz_below(g, fuzz_n_scalars) }); }
static const Type *record(Gen *g, guint i) { return fuzz_type(g, (Type){ .kind = K_STRUCT, .record = i }); }
static const Type *pointer(Gen *g, const Type *to) { return fuzz_type(g, (Type){ .kind = K_POINTER, .elem = to }); }

static const Type *array(Gen *g, const Type *of)
{
    return fuzz_type(g, (Type){ .kind = K_ARRAY, .elem = of, .count = 1 + fuzz_below(g, 5) });
}

char *fuzz_declare(Gen *g, const Type *type, const char *name)
{
    switch (type->kind) {
    case K_SCALAR: return TEXT(g, "%s %s", fuzz_scalars[type->scalar], name);
    case K_STRUCT: return TEXT(g, "struct s%u %s", type->record, name);
    case K_ARRAY: return fuzz_declare(g, type->elem, TEXT(g, "%s[%u]", name, type->count));
    default: return fuzz_declare(g, type->elem, TEXT(g, type->elem->kind == K_ARRAY ? "(*%s)" : "*%s", name));
    }
}

static const Type *field_type(Gen *g, guint self)
{
    switch (fuzz_below(g, 8)) {
    case 0: return array(g, scalar(g));
    case 1: return self ? record(g, fuzz_below(g, self)) : scalar(g);
    case 2: return self ? array(g, record(g, fuzz_below(g, self))) : scalar(g);
    case 3: return pointer(g, record(g, fuzz_below(g, self + 1)));
    case 4: return pointer(g, scalar(g));
    default: return scalar(g);
    }
}

static void make_records(Gen *g)
{
    guint n = 2 + fuzz_below(g, 3);

    for (guint i = 0; i < n; i++) {
        Record r = { g_array_new(FALSE, FALSE, sizeof(Field)) };
        guint n_fields = 2 + fuzz_below(g, 6);

        for (guint k = 0; k < n_fields; k++) {
            Field f = { TEXT(g, "f%u", k), field_type(g, i) };
            g_array_append_val(r.fields, f);
        }
        g_array_append_val(g->records, r);
    }
}

static void write_records(Gen *g, GString *out)
{
    for (guint i = 0; i < g->records->len; i++) {
        const Record *r = &g_array_index(g->records, Record, i);

        g_string_append_printf(out, "struct s%u {\n", i);
        for (guint k = 0; k < r->fields->len; k++) {
            const Field *f = &g_array_index(r->fields, Field, k);
            g_string_append_printf(out, "    %s;\n", fuzz_declare(g, f->type, f->name));
        }
        g_string_append(out, "};\n");
    }
}

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

/* ---- globals ---- */

static void add_var(Gen *g, char *name, const Type *type)
{
    Var v = { name, type, TRUE, FALSE };
    g_array_append_val(g->vars, v);
}

static void make_globals(Gen *g)
{
    guint n = 5 + fuzz_below(g, 8);

    for (guint i = 0; i < g->records->len; i++)
        add_var(g, TEXT(g, "pool%u", i),
                fuzz_type(g, (Type){ .kind = K_ARRAY, .elem = record(g, i), .count = POOL }));
    for (guint i = 0; i < fuzz_n_scalars; i++) /* every pointer has something to lead to */
        add_var(g, TEXT(g, "home%u", i),
                fuzz_type(g, (Type){ .kind = K_ARRAY, .elem = fuzz_type(g, (Type){ .kind = K_SCALAR, .scalar = i }),
                                     .count = 3 }));
    for (guint i = 0; i < n; i++) {
        guint pick = fuzz_below(g, 6);
        const Type *type = pick == 0   ? array(g, scalar(g))
                           : pick == 1 ? array(g, array(g, scalar(g)))
                           : pick == 2 ? pointer(g, scalar(g))
                           : pick == 3 ? pointer(g, record(g, fuzz_below(g, g->records->len)))
                           : pick == 4 ? array(g, pointer(g, record(g, fuzz_below(g, g->records->len))))
                                       : scalar(g);
        add_var(g, fuzz_name(g, "g"), type);
    }
    g->n_globals = g->vars->len;
}

/* A constant initialiser: numbers, and addresses of what was declared before all others. */
static void write_initial(Gen *g, GString *out, const Type *type)
{
    guint pick;

    switch (type->kind) {
    case K_SCALAR:
        g_string_append_printf(out, "%u", fuzz_below(g, type->scalar == BOOL ? 2 : 100));
        return;
    case K_POINTER:
        pick = fuzz_below(g, type->elem->kind == K_STRUCT ? POOL : 3);
        if (type->elem->kind == K_STRUCT)
            g_string_append_printf(out, "&pool%u[%u]", type->elem->record, pick);
        else
            g_string_append_printf(out, "&home%u[%u]", type->elem->scalar, pick);
        return;
    default:
        break;
    }
    const Record *r = type->kind == K_STRUCT ? &g_array_index(g->records, Record, type->record) : NULL;
    g_string_append(out, "{ ");
    for (guint i = 0; i < (r ? r->fields->len : type->count); i++) {
        write_initial(g, out, r ? g_array_index(r->fields, Field, i).type : type->elem);
        g_string_append(out, ", ");
    }
    g_string_append(out, "}");
}

static void write_globals(Gen *g, GString *out)
{
    for (guint i = 0; i < g->n_globals; i++) {
        const Var *v = &g_array_index(g->vars, Var, i);
        g_string_append_printf(out, "static %s;\n", fuzz_declare(g, v->type, v->name));
    }
    for (guint i = 0; i < g->n_globals; i++) {
        const Var *v = &g_array_index(g->vars, Var, i);
        g_string_append_printf(out, "static %s = ", fuzz_declare(g, v->type, v->name));
        write_initial(g, out, v->type);
        g_string_append(out, ";\n");
    }
}

/* ---- functions ---- */

static const Type *param_type(Gen *g)
{
    switch (fuzz_below(g, 5)) {
    case 0: return record(g, fuzz_below(g, g->records->len));
    case 1: return pointer(g, record(g, fuzz_below(g, g->records->len)));
    case 2: return pointer(g, scalar(g));
    default: return scalar(g);
    }
}

static void make_functions(Gen *g)
{
    guint n = 3 + fuzz_below(g, 4);

    g->n_shapes = 2;
    for (guint s = 0; s < g->n_shapes; s++) {
        guint pick = fuzz_below(g, 6), n_params = fuzz_below(g, 4);
        Function f = { .shape = s, .params = g_array_new(FALSE, FALSE, sizeof(const Type *)) };

        f.result = pick == 0   ? NULL
                   : pick == 1 ? record(g, fuzz_below(g, g->records->len))
                   : pick == 2 ? pointer(g, record(g, fuzz_below(g, g->records->len)))
                               : scalar(g);
        for (guint i = 0; i < n_params; i++) {
            const Type *type = param_type(g);
            g_array_append_val(f.params, type);
        }
        g_array_append_val(g->functions, f);
    }
    while (g->functions->len < n) {
        Function f = g_array_index(g->functions, Function, fuzz_below(g, g->n_shapes));
        f.params = g_array_ref(f.params);
        g_array_append_val(g->functions, f);
    }
}

static void write_head(Gen *g, GString *out, guint i, const char *name, gboolean names)
{
    const Function *f = &g_array_index(g->functions, Function, i);
    GString *s = g_string_new(NULL);

    g_string_append_printf(s, "%s(int%s", name, names ? " depth" : "");
    for (guint k = 0; k < f->params->len; k++)
        g_string_append_printf(s, ", %s", fuzz_declare(g, g_array_index(f->params, const Type *, k),
                                                       names ? TEXT(g, "p%u", k) : ""));
    g_string_append_c(s, ')');
    if (f->result)
        g_string_append_printf(out, "static %s", fuzz_declare(g, f->result, s->str));
    else
        g_string_append_printf(out, "static void %s", s->str);
    g_string_free(s, TRUE);
}

static char *result_text(Gen *g, const Function *f, gboolean early)
{
    if (!f->result)
        return "";
    if (f->result->kind == K_SCALAR)
        return early ? "1" : fuzz_as(g, f->result, NULL, fuzz_int(g, 2));
    if (f->result->kind == K_STRUCT)
        return TEXT(g, "pool%u[%u]", f->result->record, fuzz_below(g, POOL));
    return TEXT(g, "&pool%u[%u]", f->result->elem->record, fuzz_below(g, POOL));
}

static void write_function(Gen *g, GString *out, guint i)
{
    const Function *f = &g_array_index(g->functions, Function, i);
    g_autofree char *name = g_strdup_printf("fn%u", i);

    g->current = i;
    g->budget = 30 + fuzz_below(g, 40);
    g->loops = 0;
    write_head(g, out, i, name, TRUE);
    g_string_append_printf(out, "\n{\n    if (depth <= 0 || fuel-- <= 0)\n        return %s;\n",
                           result_text(g, f, TRUE));
    for (guint k = 0; k < f->params->len; k++) {
        Var v = { TEXT(g, "p%u", k), g_array_index(f->params, const Type *, k), FALSE, FALSE };
        g_array_append_val(g->vars, v);
    }
    Var depth = { "depth", fuzz_type(g, (Type){ .kind = K_SCALAR, .scalar = INT }), FALSE, TRUE };
    g_array_append_val(g->vars, depth);
    g_string_append(out, fuzz_block(g, 4 + fuzz_below(g, 6)));
    if (f->result)
        g_string_append_printf(out, "    return %s;\n", result_text(g, f, FALSE));
    g_string_append(out, "}\n\n");
    g_array_set_size(g->vars, g->n_globals);
}

static void write_tables(Gen *g, GString *out)
{
    for (guint s = 0; s < g->n_shapes; s++) {
        g_autofree char *name = g_strdup_printf("(*table%u[%u])", s, POOL);
        guint given = 0;

        write_head(g, out, s, name, FALSE);
        g_string_append(out, " = { ");
        for (guint i = 0; given < POOL; i = (i + 1) % g->functions->len)
            if (g_array_index(g->functions, Function, i).shape == s) {
                g_string_append_printf(out, "fn%u, ", i);
                given++;
            }
        g_string_append(out, "};\n");
    }
}

static const char head[] =
    "#include <setjmp.h>\n#include <stdarg.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"
    "#define ADD(a, b) ((int)((unsigned)(a) + (unsigned)(b)))\n"
    "#define SUB(a, b) ((int)((unsigned)(a) - (unsigned)(b)))\n"
    "#define MUL(a, b) ((int)((unsigned)(a) * (unsigned)(b)))\n"
    "#define DIV(a, b) ((b) == 0 || (b) == -1 ? (a) : (a) / (b))\n"
    "#define MOD(a, b) ((b) == 0 || (b) == -1 ? (a) : (a) % (b))\n"
    "#define SHL(a, b) ((int)((unsigned)(a) << ((b) & 31)))\n"
    "#define SHR(a, b) ((int)((unsigned)(a) >> ((b) & 31)))\n"
    "#define XOR(a, b) ((a) ^ (b))\n#define AND(a, b) ((a) & (b))\n#define OR(a, b) ((a) | (b))\n"
    "#define FOLD(x) ((int)((x) ^ (x) >> 23))\n"
    "static int fuel = FUEL;\nstatic unsigned hash = 17;\n"
    "static void mix(int x) { hash = (hash ^ (unsigned)x) * 16777619u + 5; }\n"
    "static void mix_text(const char *s) { for (; *s; s++) mix(*s); }\n"
    "static void mix_double(double x) { mix((int)(x * 16)); }\n";

static void write_main(Gen *g, GString *out)
{
    guint rounds = 2 + fuzz_below(g, 4), callee;

    g_string_append(out, "int main(void)\n{\n    int depth = 5;\n");
    g_string_append_printf(out, "    for (int round = 0; round < %u; round++) {\n", rounds);
    for (guint i = 0; i < 3; i++) {
        char *call = fuzz_call(g, &callee);
        g_string_append_printf(out, "        fuel = %u;\n        %s;\n", 20 + fuzz_below(g, 60), call);
        g_string_append_printf(out, "        printf(\"%u %%d %%08x\\n\", round, hash);\n", i);
    }
    for (guint i = 0; i < g->n_globals; i++) {
        const Var *v = &g_array_index(g->vars, Var, i);
        const Type *type = v->type;
        char *place = v->name;
        while (type->kind != K_SCALAR && type->kind != K_STRUCT) {
            place = type->kind == K_ARRAY ? TEXT(g, "%s[%u]", place, fuzz_below(g, type->count)) : TEXT(g, "(*%s)", place);
            type = type->elem;
        }
        if (type->kind == K_SCALAR)
            g_string_append_printf(out, "        mix(%s);\n", fuzz_read(g, type, place));
    }
    g_string_append(out, "    }\n    printf(\"%08x\\n\", hash);\n    return (int)(hash % 64);\n}\n");
}

/* Indents by braces; takes over `text`. */
static char *indented(char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GString *out = g_string_new(NULL);
    guint depth = 0;

    for (guint i = 0; lines[i]; i++) {
        char *line = g_strstrip(lines[i]);
        for (const char *c = line; *c == '}'; c++)
            depth -= depth > 0;
        g_string_append_printf(out, "%*s%s\n", (int)(4 * depth), "", line);
        for (const char *c = line + strspn(line, "}"); *c; c++)
            depth = *c == '{' ? depth + 1 : *c == '}' && depth ? depth - 1 : depth;
    }
    g_free(text);
    return g_string_free(out, FALSE);
}

static void gen_free(Gen *g)
{
    for (guint i = 0; i < g->records->len; i++)
        g_array_unref(g_array_index(g->records, Record, i).fields);
    for (guint i = 0; i < g->functions->len; i++)
        g_array_unref(g_array_index(g->functions, Function, i).params);
    g_array_unref(g->records);
    g_array_unref(g->functions);
    g_array_unref(g->vars);
    g_ptr_array_unref(g->types);
    g_ptr_array_unref(g->strings);
}

char *fuzz_program(guint64 seed, const gboolean *dropped, guint *n_statements)
{
    Gen g = { .state = seed * G_GUINT64_CONSTANT(0xd1342543de82ef95) + 1, .dropped = dropped };
    GString *out = g_string_new(NULL);

    g.types = g_ptr_array_new_with_free_func(g_free);
    g.strings = g_ptr_array_new_with_free_func(g_free);
    g.records = g_array_new(FALSE, FALSE, sizeof(Record));
    g.functions = g_array_new(FALSE, FALSE, sizeof(Function));
    g.vars = g_array_new(FALSE, FALSE, sizeof(Var));
    g_string_append_printf(out, "/* seed %" G_GUINT64_FORMAT " */\n#define FUEL 50\n%s", seed, head);
    make_records(&g);
    make_globals(&g);
    make_functions(&g);
    write_records(&g, out);
    g_string_append(out, fuzz_heap_types);
    write_globals(&g, out);
    for (guint i = 0; i < g.functions->len; i++) {
        g_autofree char *name = g_strdup_printf("fn%u", i);
        write_head(&g, out, i, name, FALSE);
        g_string_append(out, ";\n");
    }
    write_tables(&g, out);
    g_string_append(out, fuzz_heap_code);
    fuzz_write_forms(&g, out);
    for (guint i = 0; i < g.functions->len; i++)
        write_function(&g, out, i);
    write_main(&g, out);
    *n_statements = g.n_statements;
    gen_free(&g);
    return indented(g_string_free(out, FALSE));
}
