/* Symbols, string literals, and which locals live on the data stack. */
#include "ast.h"
#include "parse.h"
#include "places.h"
#include "types.h"
#include "libc_table.h"
#include <string.h>

/* ---- declared types ---- */

static gboolean is_decayed(const Decl *d, CXType *to)
{
    CXType t = cc_strip_sugar(d->type);
    if (d->kind != D_PARAM || cc_is_va_list(d->type))
        return FALSE;
    if (t.kind == CXType_ConstantArray || t.kind == CXType_IncompleteArray ||
        t.kind == CXType_VariableArray) {
        *to = clang_getArrayElementType(t);
        return TRUE;
    }
    *to = t;
    return t.kind == CXType_FunctionProto || t.kind == CXType_FunctionNoProto;
}

static guint declared_type(Program *p, const Decl *d)
{
    CXType to;
    if (!is_decayed(d, &to)) {
        g_autofree char *ctx = NULL;
        if (d->kind == D_GLOBAL || d->kind == D_STATIC_LOCAL)
            ctx = g_strdup(d->cname);
        return cc_type(p, d->unit, d->type, ctx);
    }
    PrKind kind = cc_strip_sugar(to).kind == CXType_FunctionProto ||
            cc_strip_sugar(to).kind == CXType_FunctionNoProto
        ? PR_FPTR : PR_PTR;
    return kind == PR_FPTR ? cc_function_pointer(p)
                           : cc_pointer_to(p, cc_type(p, d->unit, to, NULL));
}

/* Sites ask for it again and again. */
static guint known_type(Program *p, const Decl *d)
{
    guint known = GPOINTER_TO_UINT(g_hash_table_lookup(p->declared, d));
    if (d->points_to)
        return cc_pointer_to(p, cc_type(p, d->unit, d->points_to->elem, NULL));
    if (known)
        return known - 1;
    guint type = declared_type(p, d);
    g_hash_table_insert(p->declared, (gpointer)d, GUINT_TO_POINTER(type + 1));
    return type;
}

guint cc_decl_type(Program *p, const Decl *d)
{
    guint type = known_type(p, d);
    if (d->counts)
        return cc_counter_type(p, type, cc_decl_type(p, d->counts));
    return d->overlay ? cc_overlay_type(p, type, d->overlay_no)
                      : cc_limits_type(p, d->unit, cc_place_of_variable(p, d), type);
}

static char *spell(const Decl *d)
{
    CXType to;
    if (!is_decayed(d, &to))
        return cc_spell_plain(d->type);
    g_autofree char *text = cc_spell(to);
    return g_strdup_printf("__typeof__(__typeof__(%s) *)", text);
}

char *cc_decl_spell(const Decl *d)
{
    GHashTable *spelled = d->unit->program->spelled;
    if (d->points_to)
        return g_strdup("void *");
    if (!g_hash_table_contains(spelled, d))
        g_hash_table_insert(spelled, (gpointer)d, spell(d));
    return g_strdup(g_hash_table_lookup(spelled, d));
}

/* ---- escaping locals ---- */

static void find_addresses(Node *n)
{
    if (n->kind == N_ADDRESS) {
        Node *to = cc_strip(n->kid[0]);
        if (to->kind == N_REF && to->decl)
            to->decl->address_taken = TRUE;
    }
    for (guint i = 0; i < n->n_kids; i++)
        find_addresses(n->kid[i]);
}

/* Variables whose block contains no site are gone at every checkpoint: they stay what they are. */
static void find_sheltered(Node *n, gboolean sheltered)
{
    if (n->kind == N_COMPOUND || n->kind == N_FOR)
        sheltered = !n->reach;
    if (n->kind == N_VAR)
        n->decl->sheltered = sheltered;
    n->sheltered = sheltered;
    for (guint i = 0; i < n->n_kids; i++)
        find_sheltered(n->kid[i], sheltered);
}

static void place(Func *f, Decl *d, int *n_locals)
{
    CXType to;
    d->is_va = cc_is_va_list(d->type);
    if (d->sheltered || d->vla) {
        d->track = -1;
        return;
    }
    d->escapes = !d->is_va && !d->points_to && (d->address_taken || (cc_is_aggregate(d->type) && !is_decayed(d, &to)) ||
        (d->kind == D_PARAM && d->is_const)); /* a clone could not assign it */
    if (d->escapes)
        d->local = (*n_locals)++;
    else {
        d->track = (int)f->tracked->len;
        g_ptr_array_add(f->tracked, d);
    }
}

/* A compound literal that is pointed to lives in its block, like a variable. */
static void place_literals(Program *p, Func *f, Node *n, gboolean addressed, int *n_locals)
{
    if (n->kind == N_SIZEOF)
        return;
    if (n->kind == N_COMPOUND_LITERAL && !n->sheltered &&
        (addressed || clang_getCanonicalType(n->conv).kind == CXType_Pointer)) {
        n->slot = (guint)++*n_locals;
        g_ptr_array_add(f->literals, n);
        if (cc_is_aggregate(n->type))
            cc_type_require(p, cc_type(p, f->unit, n->type, NULL), n->file, n->line, n->col,
                            "compound literal");
    }
    gboolean down = n->kind == N_ADDRESS || (addressed && n->kind != N_CALL) ||
        (n->kind == N_MEMBER && clang_getCanonicalType(n->conv).kind == CXType_Pointer &&
         cc_is_aggregate(n->type));
    for (guint i = 0; i < n->n_kids; i++)
        place_literals(p, f, n->kid[i], down && n->kind <= N_OTHER && i == 0, n_locals);
}

static gboolean name_taken(const Func *f, const Decl *d, guint before)
{
    for (guint i = 0; i < f->params->len; i++)
        if (strcmp(((Decl *)f->params->pdata[i])->name, d->name) == 0)
            return TRUE;
    for (guint i = 0; i < before; i++)
        if (strcmp(((Decl *)f->locals->pdata[i])->name, d->name) == 0)
            return TRUE;
    return FALSE;
}

/* A site names every live variable, so names must not shadow each other. */
static void rename_shadowed(Func *f)
{
    for (guint i = 0; i < f->locals->len; i++) {
        Decl *d = f->locals->pdata[i];
        if (name_taken(f, d, i)) {
            g_free(d->cname);
            d->cname = g_strdup_printf("%s__p%u", d->name, i);
        }
    }
}

static enum CXChildVisitResult find_cleanup(CXCursor c, CXCursor parent, CXClientData data)
{
    struct { const Unit *u; gboolean found; } *look = data;
    (void)parent;
    if (!clang_isAttribute(clang_getCursorKind(c)))
        return CXChildVisit_Continue;
    const char *text = look->u->text + cc_offset(clang_getRangeStart(clang_getCursorExtent(c)));
    look->found |= g_str_has_prefix(text, "cleanup") || g_str_has_prefix(text, "__cleanup__");
    return CXChildVisit_Continue;
}

/* The child leaves its frames without having come to the end of their blocks. */
static void refuse_cleanup(Program *p, const Decl *d)
{
    struct { const Unit *u; gboolean found; } look = { d->unit, FALSE };
    clang_visitChildren(d->cursor, find_cleanup, &look);
    if (look.found && !d->sheltered)
        cc_error(p, d->file, d->line, d->col, "-Wpreaches-cleanup",
                 "variable '%s' has a cleanup, and a poll can be reached from its block", d->name);
}

static void escape_function(Program *p, Func *f)
{
    int n_locals = 0;
    find_addresses(f->body);
    find_sheltered(f->body, FALSE);
    cc_shelter_early(f);
    cc_vla_find(p, f);
    for (guint i = 0; i < f->params->len; i++)
        place(f, f->params->pdata[i], &n_locals);
    for (guint i = 0; i < f->locals->len; i++)
        place(f, f->locals->pdata[i], &n_locals);
    place_literals(p, f, f->body, FALSE, &n_locals);
    if (f->n_jumps)
        f->jump_local = n_locals++;
    if (f->n_bounds) {
        f->vla_local = n_locals;
        n_locals += 2;
    }
    f->n_escaping = (guint)n_locals;
    rename_shadowed(f);
    f->n_words = (f->tracked->len + 63) / 64 + 1;
    for (guint i = 0; i < f->params->len; i++) {
        Decl *d = f->params->pdata[i];
        if (!d->is_va)
            cc_type_require(p, cc_decl_type(p, d), d->file, d->line, d->col, "parameter");
    }
    for (guint i = 0; i < f->locals->len; i++) {
        Decl *d = f->locals->pdata[i];
        g_autofree char *what = g_strdup_printf("variable '%s'", d->name);
        refuse_cleanup(p, d);
        if (!d->is_va && !d->vla && !d->sheltered)
            cc_type_require(p, cc_decl_type(p, d), d->file, d->line, d->col, what);
    }
}

void cc_escape(Program *p)
{
    for (guint i = 0; i < p->n_units; i++)
        for (guint k = 0; k < p->units[i]->funcs->len; k++) {
            Func *f = p->units[i]->funcs->pdata[k];
            if (f->body && f->reaching)
                escape_function(p, f);
        }
}

/* ---- strings ---- */

/* A library function that returns no pointer and stores none keeps no pointer to its arguments:
 * the literal may stay a literal, which the compiler optimises better. */
static gboolean keeps_no_pointer(const Node *call)
{
    const char *with;
    Decl *d = cc_callee_decl(call);
    if (!d || cc_definition(d) || cc_libc_rule(d->name, &with) != LIBC_PLAIN)
        return FALSE;
    CXType c = clang_getCanonicalType(d->type);
    if (clang_getCanonicalType(clang_getResultType(c)).kind == CXType_Pointer)
        return FALSE;
    for (int i = 0; i < clang_getNumArgTypes(c); i++) {
        CXType a = clang_getCanonicalType(clang_getArgType(c, (unsigned)i));
        if (a.kind == CXType_Pointer &&
            clang_getCanonicalType(clang_getPointeeType(a)).kind == CXType_Pointer)
            return FALSE;
    }
    return TRUE;
}

static void add_string(Program *p, Unit *u, Func *f, Node *n)
{
    CXType elem = clang_getCanonicalType(clang_getArrayElementType(clang_getCanonicalType(n->type)));
    if (n->kind == N_STRING && elem.kind != CXType_Char_S && elem.kind != CXType_Char_U) {
        cc_error_at(p, n, "-Wpreaches-wide", "wide string used as a pointer");
        return;
    }
    StringLit s = { .node = n };
    if (n->kind == N_FUNCNAME) {
        s.text = cc_keep(p, g_strdup_printf("\"%s\"", f ? f->decl->name : ""));
        s.bytes = (guint)strlen(s.text) - 1;
    } else {
        s.text = cc_keep(p, g_strndup(u->text + n->begin, n->end - n->begin));
        s.bytes = (guint)clang_getArraySize(clang_getCanonicalType(n->type));
    }
    g_array_append_val(u->strings, s);
    n->string = u->strings->len;
}

static gboolean becomes_pointer(const Node *n)
{
    return clang_getCanonicalType(n->conv).kind == CXType_Pointer;
}

static void find_strings(Program *p, Unit *u, Func *f, Node *n, gboolean pointer, gboolean harmless)
{
    pointer = pointer || becomes_pointer(n);
    if (n->kind == N_STRING || n->kind == N_FUNCNAME) {
        if (pointer && !harmless)
            add_string(p, u, f, n);
        return;
    }
    if (n->kind == N_SIZEOF)
        return;
    gboolean quiet = n->kind == N_CALL && keeps_no_pointer(n);
    for (guint i = 0; i < n->n_kids; i++)
        find_strings(p, u, f, n->kid[i], n->kind == N_PAREN && pointer,
                     quiet || (n->kind == N_PAREN && harmless));
}

/* ---- symbols ---- */

static void add_symbol(Program *p, Unit *u, PrSymKind kind, char *name, const char *cname,
                       const char *file, guint line, guint type)
{
    CcSymbol s = { .kind = kind, .name = name, .cname = g_strdup(cname), .file = g_strdup(file),
                   .line = line, .unit = u->index, .type = type };
    g_array_append_val(p->model->symbols, s);
}

static void variable_symbol(Program *p, Unit *u, Decl *d)
{
    g_autofree char *what = g_strdup_printf("variable '%s'", d->name);
    guint type = cc_decl_type(p, d);
    char *name = d->kind == D_STATIC_LOCAL
        ? g_strdup_printf("%s:%s:%s", u->name, d->func->decl->name, d->name)
        : d->is_static ? g_strdup_printf("%s:%s", u->name, d->name) : g_strdup(d->name);
    if (!d->is_const && d->init && cc_is_flexible(d->type, 0))
        cc_error(p, d->file, d->line, d->col, "-Wpreaches-flexible", "%s has elements behind its struct; only "
                 "heap blocks can", what);
    else if (!d->is_const)
        cc_type_require(p, type, d->file, d->line, d->col, what);
    else if (cc_type_info(p, type).bad || cc_type_kind(p, type) == PR_VOID)
        type = PR_TYPE_CHAR; /* only pointed to: whatever it is, it need not be converted */
    add_symbol(p, u, d->is_const ? PR_SYM_CONST : PR_SYM_DATA, name, d->cname, d->file, d->line,
               type);
}

static guint function_type_id(Program *p, Unit *u, Decl *d)
{
    return cc_type(p, u, clang_getCanonicalType(d->type), NULL);
}

static void function_symbol(Program *p, Unit *u, Func *f)
{
    Decl *d = f->decl;
    if (f->is_main) {
        g_free(d->cname);
        d->cname = g_strdup("preaches_user_main");
    }
    f->symbol = p->model->symbols->len;
    add_symbol(p, u, PR_SYM_FUNC,
               d->is_static ? g_strdup_printf("%s:%s", u->name, d->name) : g_strdup(d->name),
               d->cname, d->file, d->line, function_type_id(p, u, d));
}

const char *cc_library_value(const Decl *d)
{
    CXType c = clang_getCanonicalType(d->type);
    gboolean streams = cc_is_file_pointer(clang_getResultType(c));
    for (int i = 0; i < clang_getNumArgTypes(c); i++)
        streams |= cc_is_file_pointer(clang_getArgType(c, (unsigned)i));
    const char *value = cc_libc_value(d->name, streams);
    return value && strcmp(value, d->name) == 0 ? d->cname : value;
}

static void find_externals(Program *p, Unit *u, const Node *n, gboolean called)
{
    if (n->kind == N_REF && n->decl && n->decl->kind == D_FUNC && !called &&
        !cc_definition(n->decl) && !g_hash_table_contains(p->values, n->decl->name)) {
        g_hash_table_add(p->values, n->decl->name);
        g_ptr_array_add(u->externals, n->decl);
    }
    for (guint i = 0; i < n->n_kids; i++)
        find_externals(p, u, n->kid[i],
                       (n->kind == N_CALL && i == 0) || (called && cc_passes_callee(n)));
}

static void unit_symbols(Program *p, Unit *u)
{
    for (guint i = 0; i < u->static_locals->len; i++) {
        Decl *d = u->static_locals->pdata[i];
        if (d->in_place)
            continue;
        g_free(d->cname);
        d->cname = g_strdup_printf("preaches_sl%u_%s", i, d->name);
    }
    for (guint i = 0; i < u->vars->len; i++)
        variable_symbol(p, u, u->vars->pdata[i]);
    for (guint i = 0; i < u->static_locals->len; i++)
        if (!((Decl *)u->static_locals->pdata[i])->in_place)
            variable_symbol(p, u, u->static_locals->pdata[i]);
    for (guint i = 0; i < u->strings->len; i++) {
        StringLit *s = &g_array_index(u->strings, StringLit, i);
        g_autofree char *cname = g_strdup_printf("preaches_str%u", i + 1);
        add_symbol(p, u, PR_SYM_CONST, g_strdup_printf("%s:string %u", u->name, i + 1), cname,
                   s->node->file, s->node->line, cc_array_of_char(p, s->bytes));
    }
    for (guint i = 0; i < u->funcs->len; i++)
        function_symbol(p, u, u->funcs->pdata[i]);
    for (guint i = 0; i < u->externals->len; i++) {
        Decl *d = u->externals->pdata[i];
        add_symbol(p, u, PR_SYM_FUNC, g_strdup(d->name), cc_library_value(d), "", 0,
                   function_type_id(p, u, d));
    }
}

void cc_symbols(Program *p)
{
    for (guint i = 0; i < p->n_units; i++) {
        Unit *u = p->units[i];
        for (guint k = 0; k < u->top_inits->len; k++) {
            find_strings(p, u, NULL, u->top_inits->pdata[k], FALSE, FALSE);
            find_externals(p, u, u->top_inits->pdata[k], FALSE);
        }
        for (guint k = 0; k < u->funcs->len; k++) {
            Func *f = u->funcs->pdata[k];
            if (!f->body)
                continue;
            cc_labels(p, f);
            find_strings(p, u, f, f->body, FALSE, FALSE);
            find_externals(p, u, f->body, FALSE);
        }
        unit_symbols(p, u);
    }
}
