/* A random program: types, globals and functions, and the rules that all parts keep to.
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
