/* The instrumented text of one unit: prologue, string literals, the text with reaching functions
 * lowered, then restore clones, sections of the variables and the table of symbols.
 *
 * A static function with one caller is inlined there whatever its size, a small one wherever it is called, and that
 * must stay so in the fast copies. So where a caller has a restore clone, the clone calls another copy of the
 * function ("__again"): a small one would stay behind among the code that runs, for the clones alone. Functions
 * whose address the program does not take have none in the table. */
#include "../image/image_format.h"
#include "lower.h"
#include "types.h"
#include <string.h>

enum { SMALL_BYTES = 600 }; /* of text: what the compiler may inline more than once */

static const char *section_prefix(const CcSymbol *s, gboolean has_init)
{
    return s->kind == PR_SYM_CONST ? ".rodata.pr." : has_init ? ".data.pr." : ".bss.pr.";
}

/* 16 bytes in the same section keep one past the end of an object off the next one's start. */
static void pad_section(GString *out, const char *section)
{
    const char *flags = g_str_has_prefix(section, ".rodata") ? "\\\"a\\\""
        : g_str_has_prefix(section, ".bss") ? "\\\"aw\\\",%nobits" : "\\\"aw\\\"";
    g_string_append_printf(out, "__asm__(\".pushsection %s,%s\\n.skip 16\\n.popsection\");\n",
                           section, flags);
}

static void emit_strings(const Unit *u, GString *out)
{
    for (guint i = 0; i < u->strings->len; i++) {
        const StringLit *s = &g_array_index(u->strings, StringLit, i);
        g_string_append_printf(out, "static const char preaches_str%u[%u] __attribute__((section("
                               "\".rodata.pr.preaches_str%u\"))) = %s;\n", i + 1, s->bytes, i + 1,
                               s->text);
        g_autofree char *section = g_strdup_printf(".rodata.pr.preaches_str%u", i + 1);
        pad_section(out, section);
    }
}

/* Declarations of static locals move in front of their function as they are, renamed. */
static void emit_static_locals(Lower *l, Func *f)
{
    l->moved_out = TRUE;
    for (guint i = 0; i < f->statics->len; i++) {
        Node *n = f->statics->pdata[i];
        if (n->kid[0]->decl->in_place)
            continue;
        guint at = n->begin;
        for (guint k = 0; k < n->n_kids; k++) {
            cc_copy(l, at, n->kid[k]->begin);
            cc_render(l, n->kid[k]);
            at = n->kid[k]->end;
        }
        cc_copy(l, at, n->end);
        g_string_append_c(l->out, '\n');
    }
    l->moved_out = FALSE;
}

/* From the specifiers to the body, under another name. */
static void emit_head(Lower *l, const Func *f, const char *suffix)
{
    guint after = f->decl->name_at + (guint)strlen(f->decl->name);
    cc_copy_specifiers(l, f->begin, f->decl->name_at);
    g_string_append_printf(l->out, "%s%s", f->decl->cname, suffix);
    cc_copy_specifiers(l, after, f->body->begin);
}

static void line_marker(GString *out, guint line, const char *file)
{
    g_autofree char *escaped = g_strescape(file, NULL);
    g_string_append_printf(out, "\n# %u \"%s\"\n", line, escaped);
}

static void emit_body(Lower *l, Func *f)
{
    if (f->reaching) {
        l->mode = LOWER_FAST;
        cc_lower_body(l);
    } else {
        l->mode = LOWER_PLAIN;
        gboolean block = f->is_main || f->allocator || f->n_jumps || f->never;
        g_string_append(l->out, block ? "{ " : "");
        if (f->never)
            g_string_append(l->out, "unsigned preaches_shut __attribute__((cleanup(preaches_unshut))) = "
                            "++preaches_closed; ");
        if (f->allocator)
            g_string_append(l->out, "unsigned preaches_wanted = preaches_take_type(); ");
        cc_jump_entry(l);
        cc_render(l, f->body);
        g_string_append(l->out, f->is_main ? " return 0; }" : block ? " }" : "");
    }
}

/* The function under another name, after the guards' types that it needs. */
static void emit_copy(Lower *l, Func *f, const char *suffix, gboolean clone)
{
    GString *out = l->out;
    l->out = g_string_new(NULL);
    l->f = f;
    if (clone) {
        l->mode = LOWER_CLONE;
        cc_lower_body(l);
    } else
        emit_body(l, f);
    g_autoptr(GString) body = l->out;
    l->out = out;
    if (l->guards && l->guards->text->len) {
        g_string_append_printf(out, "\n%s", l->guards->text->str);
        g_string_truncate(l->guards->text, 0);
        line_marker(out, f->decl->line, f->decl->file);
    }
    emit_head(l, f, suffix);
    g_string_append(out, body->str);
    l->f = NULL;
}

static void emit_function(Lower *l, Func *f)
{
    if (!f->used)
        return;
    if (f->statics->len) {
        l->f = f;
        l->mode = LOWER_PLAIN;
        emit_static_locals(l, f);
        line_marker(l->out, f->decl->line, f->decl->file);
    }
    emit_copy(l, f, "", FALSE);
}

/* ---- second copies ---- */

static void count_calls(const Unit *u)
{
    for (guint i = 0; i < u->funcs->len; i++) {
        Func *f = u->funcs->pdata[i];
        for (guint k = 0; k < f->calls->len; k++) {
            Func *to = cc_callee(f->calls->pdata[k]);
            if (!to || to->unit != u)
                continue;
            to->n_callers++;
            to->calls_itself |= to == f;
        }
    }
}

static gboolean may_be_copied(const Unit *u, const Func *f)
{
    guint bytes = f->end - f->begin;
    if (!f->body || !f->decl->is_static || f->address_taken || f->calls_itself || f->constructor || f->destructor ||
        (f->n_callers > 1 && bytes > SMALL_BYTES))
        return FALSE;
    g_autofree char *text = g_strndup(u->text + f->begin, bytes);
    return !strstr(text, "asm"); /* labels */
}

/* Marks what `f`, of which the clones have a copy, calls. */
static gboolean find_called(const Unit *u, const Func *f)
{
    gboolean found = FALSE;
    for (guint k = 0; k < f->calls->len; k++) {
        Func *to = cc_callee(f->calls->pdata[k]);
        if (to && to->unit == u && !to->again && may_be_copied(u, to))
            found = to->again = TRUE;
    }
    return found;
}

static void find_again(const Unit *u)
{
    count_calls(u);
    for (gboolean changed = TRUE; changed;) {
        changed = FALSE;
        for (guint i = 0; i < u->funcs->len; i++) {
            const Func *f = u->funcs->pdata[i];
            if (f->reaching || f->again)
                changed |= find_called(u, f);
        }
    }
}

typedef struct Piece { guint begin, end; Func *f; Node *init; Decl *rename; } Piece;

static int piece_order(gconstpointer a, gconstpointer b)
{
    const Piece *x = a, *y = b;
    return x->begin < y->begin ? -1 : x->begin > y->begin;
}

static GArray *pieces(const Unit *u)
{
    GArray *list = g_array_new(FALSE, TRUE, sizeof(Piece));
    for (guint i = 0; i < u->funcs->len; i++) {
        Func *f = u->funcs->pdata[i];
        Piece piece = { .begin = f->begin, .end = f->end, .f = f };
        if (f->body)
            g_array_append_val(list, piece);
    }
    for (guint i = 0; i < u->top_inits->len; i++) {
        Node *n = u->top_inits->pdata[i];
        Piece piece = { .begin = n->begin, .end = n->end, .init = n };
        g_array_append_val(list, piece);
    }
    g_array_sort(list, piece_order);
    return list;
}

static void emit_text(Lower *l)
{
    GArray *list = pieces(l->u);
    guint at = l->u->prefix;
    for (guint i = 0; i < list->len; i++) {
        Piece *piece = &g_array_index(list, Piece, i);
        if (piece->begin < at)
            continue;
        cc_copy(l, at, piece->begin);
        l->mode = LOWER_PLAIN;
        if (piece->f)
            emit_function(l, piece->f);
        else
            cc_render(l, piece->init);
        at = piece->end;
    }
    cc_copy(l, at, l->u->bytes);
    g_array_unref(list);
}

/* Declared in a block first: perhaps nothing at file scope has that name. */
static gboolean in_block(const Unit *u, const Func *f, const Decl *d)
{
    CXCursor outside = clang_getCursorLexicalParent(d->cursor);
    return f->unit != u && clang_getCursorKind(outside) != CXCursor_TranslationUnit;
}

/* Clones of every reaching function this unit names, wherever it is defined. */
static void declare_clones(Lower *l)
{
    g_autoptr(GHashTable) done = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < l->u->all_decls->len; i++) {
        Decl *d = l->u->all_decls->pdata[i];
        Func *f = d->kind == D_FUNC ? cc_definition(d) : NULL;
        if (!f || !f->reaching || g_hash_table_contains(done, d->name))
            continue;
        g_hash_table_add(done, d->name);
        gboolean internal = clang_getCursorLinkage(d->cursor) == CXLinkage_Internal;
        g_autofree char *spelling = in_block(l->u, f, d) ? cc_spell(clang_getCanonicalType(d->type))
                                                         : g_strdup(d->cname);
        g_string_append_printf(l->out, "%s __typeof__(%s) %s__preaches;\n",
                               internal ? "static" : "extern", spelling, d->cname);
    }
}

static void emit_again(Lower *l)
{
    l->again = TRUE;
    for (guint i = 0; i < l->u->funcs->len; i++) {
        Func *f = l->u->funcs->pdata[i];
        if (f->again)
            g_string_append_printf(l->out, "static __typeof__(%s) %s__again __attribute__((no_icf));\n", f->decl->cname,
                                   f->decl->cname);
    }
    for (guint i = 0; i < l->u->funcs->len; i++) {
        Func *f = l->u->funcs->pdata[i];
        if (!f->again)
            continue;
        line_marker(l->out, f->decl->line, f->decl->file);
        emit_copy(l, f, "__again", FALSE);
    }
}

static void emit_clones(Lower *l)
{
    declare_clones(l);
    for (guint i = 0; i < l->u->funcs->len; i++) {
        Func *f = l->u->funcs->pdata[i];
        if (!f->body || !f->reaching)
            continue;
        line_marker(l->out, f->decl->line, f->decl->file);
        emit_copy(l, f, "__preaches", TRUE);
    }
}

static Decl *variable_of(const Unit *u, const char *cname)
{
    for (guint i = 0; i < u->vars->len; i++)
        if (strcmp(((Decl *)u->vars->pdata[i])->cname, cname) == 0)
            return u->vars->pdata[i];
    for (guint i = 0; i < u->static_locals->len; i++)
        if (strcmp(((Decl *)u->static_locals->pdata[i])->cname, cname) == 0)
            return u->static_locals->pdata[i];
    return NULL;
}

/* Each variable in a section of its own, by a second declaration; large ones at pages, since recovery maps
 * them (core/runtime/globals.c). */
static void emit_sections(const Unit *u, const CcModel *m, GString *out)
{
    for (guint i = 0; i < m->symbols->len; i++) {
        const CcSymbol *s = &g_array_index(m->symbols, CcSymbol, i);
        Decl *d = s->unit == u->index && s->kind != PR_SYM_FUNC ? variable_of(u, s->cname) : NULL;
        if (!d)
            continue;
        gboolean internal = d->kind == D_STATIC_LOCAL || d->is_static;
        g_autofree char *section = g_strconcat(section_prefix(s, d->init != NULL), s->cname, NULL);
        g_string_append_printf(out, "%s __typeof__(%s) %s __attribute__((section(\"%s\")",
                               internal ? "static" : "extern", s->cname, s->cname, section);
        if (s->kind == PR_SYM_DATA && clang_Type_getSizeOf(d->type) >= PR_MAPPED_BYTES)
            g_string_append_printf(out, ", aligned(%d)", PR_PAGE_BYTES);
        g_string_append(out, "));\n");
        pad_section(out, section);
    }
}

static Func *function_of(const Unit *u, const char *cname)
{
    for (guint i = 0; i < u->funcs->len; i++)
        if (strcmp(((Func *)u->funcs->pdata[i])->decl->cname, cname) == 0)
            return u->funcs->pdata[i];
    return NULL;
}

/* The alignment is said: left alone, compilers align big arrays more, and there would be gaps between
 * the units' arrays. */
static void emit_symbols(const Unit *u, const CcModel *m, GString *out)
{
    g_string_append_printf(out, "const struct preaches_symrec preaches_syms_%u[] "
                           "__attribute__((section(\"preaches_syms\"), used, "
                           "aligned(sizeof(void *)))) = {\n", u->index);
    for (guint i = 0; i < m->symbols->len; i++) {
        const CcSymbol *s = &g_array_index(m->symbols, CcSymbol, i);
        if (s->unit != u->index)
            continue;
        if (s->kind != PR_SYM_FUNC) {
            g_string_append_printf(out, "{ (const void *)&%s, 0 },\n", s->cname);
            continue;
        }
        Func *f = function_of(u, s->cname);
        if (f && !f->address_taken)
            g_string_append(out, "{ 0, ");
        else
            g_string_append_printf(out, "{ (const void *)%s, ", s->cname);
        if (f && f->reaching)
            g_string_append_printf(out, "(void (*)(void))%s__preaches },\n", s->cname);
        else
            g_string_append(out, "0 },\n");
    }
    g_string_append(out, "};\n");
}

char *cc_model_outline(const CcModel *model, guint unit)
{
    const Program *p = model->priv;
    Unit *u = p->units[unit];
    GString *out = g_string_new(NULL);
    GArray *list = pieces(u);
    guint at = u->prefix;
    for (guint i = 0; i < list->len; i++) {
        const Func *f = g_array_index(list, Piece, i).f;
        if (!f || f->begin < at)
            continue;
        g_string_append_len(out, u->text + at, f->body->begin - at);
        g_string_append(out, "{}");
        at = f->body->end;
    }
    g_string_append_len(out, u->text + at, u->bytes - at);
    g_array_unref(list);
    return g_string_free(out, FALSE);
}

char *cc_model_emit(const CcModel *model, guint unit, const CcCommon *common, const char *prologue)
{
    Program *p = model->priv;
    Unit *u = p->units[unit];
    GString *out = g_string_new(prologue);
    g_string_append_printf(out, "%s\n", u->declarations);
    Lower l = { .p = p, .u = u, .mode = LOWER_PLAIN, .out = out, .common = common,
                .guards = common && common->flag_sites ? NULL : cc_guards_new() };
    find_again(u);
    emit_strings(u, out);
    emit_text(&l);
    g_string_append(out, "\n");
    emit_again(&l);
    emit_clones(&l);
    g_string_append_printf(out, "\n# 1 \"preaches-cc %u\"\n", unit);
    emit_sections(u, model, out);
    emit_symbols(u, model, out);
    cc_emit_constructors(u, out);
    cc_guards_free(l.guards);
    return g_string_free(out, FALSE);
}
