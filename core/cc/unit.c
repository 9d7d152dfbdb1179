/* A unit: text handed to libclang, its diagnostics, functions and variables at file scope. */
#include "parse.h"
#include "ownunits.h"
#include <string.h>

/* gcc's preprocessed headers use these as keywords; clang does not know them. */
static const char prefix_text[] =
    "typedef float _Float32; typedef double _Float64; typedef double _Float32x; "
    "typedef long double _Float64x; typedef long double _Float128; ";

/* Architectures that clang lacks are parsed as one with the same data model: sizes only matter in
 * constant expressions, layouts come from the real compilers. */
static const struct { const char *arch, *triple; } stand_ins[] = {
    { "hppa", "mips-linux-gnu" }, { "alpha", "aarch64-linux-gnu" },
};

static guint cursor_hash(gconstpointer key)
{
    return clang_hashCursor(*(const CXCursor *)key);
}

static gboolean cursor_equal(gconstpointer a, gconstpointer b)
{
    return clang_equalCursors(*(const CXCursor *)a, *(const CXCursor *)b) != 0;
}

/* ---- file scope ---- */

static void convert_function(Unit *u, CXCursor c)
{
    Decl *d = cc_decl_of(u, NULL, c);
    Func *f = g_new0(Func, 1);
    f->decl = d;
    f->unit = u;
    f->params = g_ptr_array_new();
    f->locals = g_ptr_array_new();
    f->statics = g_ptr_array_new();
    f->calls = g_ptr_array_new();
    f->callees = g_ptr_array_new();
    f->literals = g_ptr_array_new();
    f->tracked = g_ptr_array_new();
    f->labels = g_ptr_array_new();
    CXSourceRange range = clang_getCursorExtent(c);
    f->begin = cc_offset(clang_getRangeStart(range));
    f->end = cc_offset(clang_getRangeEnd(range));
    f->is_variadic = clang_Cursor_isVariadic(c) != 0;
    f->is_main = strcmp(d->name, "main") == 0;
    d->func = f;
    d->defined = TRUE;
    d->type = clang_getCursorType(c);
    cc_presumed(u, clang_getCursorLocation(c), &d->file, &d->line, &d->col);
    d->name_at = cc_offset(clang_getCursorLocation(c));
    for (int i = 0; i < clang_Cursor_getNumArguments(c); i++)
        g_ptr_array_add(f->params, cc_decl_of(u, f, clang_Cursor_getArgument(c, (unsigned)i)));
    GArray *list = cc_children(c);
    for (guint i = 0; i < list->len; i++)
        if (clang_getCursorKind(g_array_index(list, CXCursor, i)) == CXCursor_CompoundStmt)
            f->body = cc_convert(u, f, g_array_index(list, CXCursor, i));
    g_array_unref(list);
    g_ptr_array_add(u->funcs, f);
}

static void convert_variable(Unit *u, CXCursor c)
{
    Decl *d = cc_decl_of(u, NULL, c);
    CXCursor init = clang_Cursor_getVarDeclInitializer(c);
    enum CX_StorageClass storage = clang_Cursor_getStorageClass(c);
    if (clang_Cursor_isNull(init) && storage == CX_SC_Extern)
        return;
    if (!d->defined)
        g_ptr_array_add(u->vars, d);
    d->defined = TRUE;
    d->is_static = clang_getCursorLinkage(c) == CXLinkage_Internal;
    CXType type = clang_getCursorType(c);
    if (clang_getCanonicalType(type).kind != CXType_IncompleteArray)
        d->type = type;
    if (!clang_Cursor_isNull(init)) {
        GPtrArray *kids = cc_expr_kids(u, NULL, c);
        Node *holder = cc_new_node(u, N_VAR, c);
        holder->begin = cc_offset(clang_getCursorLocation(c));
        holder->decl = d;
        cc_set_kids(u, holder, kids);
        if (holder->n_kids) {
            holder->init = d->init = holder->kid[holder->n_kids - 1];
            g_ptr_array_add(u->top_inits, holder);
        }
    }
}

/* What PREACHES_NEVER declares: a macro of a system header's, as the preprocessor sees it. */
static gboolean is_never(CXCursor c)
{
    g_autofree char *name = cc_take_string(clang_getCursorSpelling(c));
    return g_str_has_prefix(name, "preaches_never_");
}

static void convert_unit(Unit *u)
{
    GArray *list = cc_children(clang_getTranslationUnitCursor(u->tu));
    for (guint i = 0; i < list->len; i++) {
        CXCursor c = g_array_index(list, CXCursor, i);
        if (clang_Location_isInSystemHeader(clang_getCursorLocation(c)) && !is_never(c))
            continue;
        if (clang_getCursorKind(c) == CXCursor_VarDecl)
            convert_variable(u, c);
        else if (clang_getCursorKind(c) == CXCursor_FunctionDecl) {
            Decl *d = cc_decl_of(u, NULL, c);
            if (clang_isCursorDefinition(c) && strcmp(d->name, "preaches_poll_here") != 0)
                convert_function(u, c);
        }
    }
    g_array_unref(list);
}

/* What libclang says of GNU C that it does not know, in words of what cannot be carried over. */
static const struct { const char *clang, *ours; } unknown_to_clang[] = {
    { "function definition is not allowed here",
      "nested functions cannot be carried over: the function needs a place of its own at file scope" },
    { "fields must have a constant size",
      "a variable length array within a structure cannot be carried over; put it beside the structure" },
    { "GNU decimal type extension not supported", "decimal floating point has no portable form" },
    { "unsuitable for global register variables", "a variable in a machine's register cannot be carried over" },
};

static const char *in_our_words(const char *text)
{
    for (guint i = 0; i < G_N_ELEMENTS(unknown_to_clang); i++)
        if (strstr(text, unknown_to_clang[i].clang))
            return unknown_to_clang[i].ours;
    return text;
}

/* Errors of clang in system headers are differences between compilers and harmless; in the user's
 * files they are reported. */
static void report_clang(Unit *u)
{
    for (unsigned i = 0; i < clang_getNumDiagnostics(u->tu); i++) {
        CXDiagnostic diag = clang_getDiagnostic(u->tu, i);
        CXSourceLocation loc = clang_getDiagnosticLocation(diag);
        if (clang_getDiagnosticSeverity(diag) >= CXDiagnostic_Error &&
            !clang_Location_isInSystemHeader(loc)) {
            const char *file;
            guint line, col;
            char *text = cc_take_string(clang_getDiagnosticSpelling(diag));
            cc_presumed(u, loc, &file, &line, &col);
            cc_error(u->program, file, line, col, "-Wpreaches-parse", "%s", in_our_words(text));
            g_free(text);
        }
        clang_disposeDiagnostic(diag);
    }
}

/* libclang knows the GNU dialects under the same names; strict ones would refuse what gcc's headers say. */
static const char *dialect_for_clang(const char *dialect)
{
    static const struct { const char *years, *name; } dialects[] = {
        { "89 90 iso9899:1990 iso9899:199409", "-std=gnu89" }, { "99 9x", "-std=gnu99" },
        { "2x 23", "-std=gnu23" } };
    const char *year = dialect ? dialect + strcspn(dialect, "=") : "";
    year += *year == '=';
    year += year[0] == 'c' ? 1 : g_str_has_prefix(year, "gnu") ? 3 : 0;
    for (guint i = 0; i < G_N_ELEMENTS(dialects); i++) {
        g_auto(GStrv) years = g_strsplit(dialects[i].years, " ", -1);
        if (g_strv_contains((const char *const *)years, year))
            return dialects[i].name;
    }
    return "-std=gnu11";
}

/* gcc's wchar_t is a long on i686 and others, libclang's an int: of one size there, but a literal would not fit. */
static char *text_for_clang(const Unit *u)
{
    static const char gcc[] = "typedef long int wchar_t;", clang[] = "typedef      int wchar_t;";
    char *text = g_memdup2(u->text, u->bytes + 1);
    for (char *at = text; (at = strstr(at, gcc)) != NULL;)
        memcpy(at, clang, sizeof clang - 1);
    return text;
}

/* Reads the unit's text into u->tu; FALSE when libclang cannot. */
static gboolean read_text(Unit *u, const PrArch *arch, const CcSource *source)
{
    const char *triple = arch->triple;
    for (guint i = 0; i < G_N_ELEMENTS(stand_ins); i++)
        if (strcmp(stand_ins[i].arch, arch->name) == 0)
            triple = stand_ins[i].triple;
    g_autofree char *target = g_strconcat("--target=", triple, NULL);
    const char *args[] = { target, dialect_for_clang(source->dialect),
                           source->unsigned_char ? "-funsigned-char" : "-fsigned-char", "-w", "-ferror-limit=0",
                           "-x", "cpp-output", "-fno-spell-checking",
                           "-Wno-incompatible-function-pointer-types", "-Wno-int-conversion",
                           "-Wno-implicit-int", "-Wno-implicit-function-declaration",
                           "-Wno-return-mismatch", "-Wno-return-type" };
    g_autofree char *path = g_strdup_printf("preaches-unit-%u.i", u->index);
    g_autofree char *text = text_for_clang(u);
    struct CXUnsavedFile file = { path, text, u->bytes };
    enum CXErrorCode code = clang_parseTranslationUnit2(u->program->index, path, args,
        G_N_ELEMENTS(args), &file, 1, CXTranslationUnit_None, &u->tu);
    if (code != CXError_Success) {
        u->tu = NULL;
        cc_error(u->program, u->name, 0, 0, "-Wpreaches-parse", "libclang cannot read this text");
        return FALSE;
    }
    u->file = clang_getFile(u->tu, path);
    return TRUE;
}

static void unit_parse(Unit *u, const PrArch *arch, const CcSource *source)
{
    if (!read_text(u, arch, source))
        return;
    gboolean (*const changes[])(Unit *) = { cc_add_tags, cc_own_inlines };
    for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
        if (changes[i] == cc_own_inlines && g_str_has_suffix(dialect_for_clang(source->dialect), "89"))
            continue; /* GNU's older meaning: such a function is the whole program's */
        if (!changes[i](u))
            continue;
        clang_disposeTranslationUnit(u->tu);
        if (!read_text(u, arch, source))
            return;
    }
    report_clang(u);
    convert_unit(u);
}

static Unit *unit_new(Program *p, guint index, const CcSource *source, const char *declarations)
{
    Unit *u = g_new0(Unit, 1);
    u->program = p;
    u->index = index;
    u->name = g_strdup(source->name);
    u->declarations = g_strdup(declarations);
    u->is_ours = cc_own_kind(source->name) >= 0;
    g_autofree char *prefix = g_strconcat(prefix_text, declarations, "\n", NULL);
    u->prefix = (guint)strlen(prefix);
    GString *text = cc_one_shape(source->text, source->bytes);
    g_string_prepend(text, prefix);
    u->bytes = (guint)text->len;
    u->text = g_string_free(text, FALSE);
    u->decls = g_hash_table_new(cursor_hash, cursor_equal);
    u->all_decls = g_ptr_array_new();
    u->vars = g_ptr_array_new();
    u->static_locals = g_ptr_array_new();
    u->funcs = g_ptr_array_new();
    u->top_inits = g_ptr_array_new();
    u->strings = g_array_new(FALSE, TRUE, sizeof(StringLit));
    u->externals = g_ptr_array_new();
    return u;
}

gboolean cc_parse(Program *p, const CcSource *sources, guint n)
{
    g_autoptr(GString) declarations = g_string_new(NULL);
    p->units = g_new0(Unit *, n + 1);
    for (guint i = 0; i < n; i++) {
        int kind = cc_own_kind(sources[i].name);
        g_autofree char *text = kind >= 0 ? cc_own_declarations((CcOwnUnit)kind) : NULL;
        g_string_append(declarations, text ? text : "");
    }
    for (guint i = 0; i < n; i++) {
        p->units[i] = unit_new(p, i, &sources[i], declarations->str);
        p->n_units = i + 1;
        unit_parse(p->units[i], p->arch, &sources[i]);
    }
    return p->diag->n_errors == 0;
}

static void func_free(Func *f)
{
    g_ptr_array_unref(f->params);
    g_ptr_array_unref(f->locals);
    g_ptr_array_unref(f->statics);
    g_ptr_array_unref(f->calls);
    g_ptr_array_unref(f->callees);
    g_ptr_array_unref(f->literals);
    g_ptr_array_unref(f->tracked);
    g_ptr_array_unref(f->labels);
    g_free(f->shape);
    g_free(f);
}

void cc_unit_free(Unit *u)
{
    for (guint i = 0; i < u->funcs->len; i++)
        func_free(u->funcs->pdata[i]);
    for (guint i = 0; i < u->all_decls->len; i++) {
        Decl *d = u->all_decls->pdata[i];
        g_free(d->name);
        g_free(d->cname);
        g_free(d);
    }
    g_hash_table_unref(u->decls);
    g_ptr_array_unref(u->all_decls);
    g_ptr_array_unref(u->vars);
    g_ptr_array_unref(u->static_locals);
    g_ptr_array_unref(u->funcs);
    g_ptr_array_unref(u->top_inits);
    g_ptr_array_unref(u->externals);
    g_array_unref(u->strings);
    if (u->tu)
        clang_disposeTranslationUnit(u->tu);
    g_free(u->name);
    g_free(u->declarations);
    g_free(u->text);
    g_free(u);
}
