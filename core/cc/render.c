/* Text of expressions: copied byte for byte but for references that moved. */
#include "longs.h"
#include "types.h"
#include "libc_table.h"
#include <string.h>

void cc_copy(Lower *l, guint begin, guint end)
{
    if (end > begin)
        g_string_append_len(l->out, l->u->text + begin, (gssize)(end - begin));
}

/* Declarations without `register`: guards take the variables' addresses. */
void cc_copy_specifiers(Lower *l, guint begin, guint end)
{
    static const char word[] = "register";
    const guint n = sizeof word - 1;
    for (guint i = begin; i + n <= end; i++) {
        const char *at = l->u->text + i;
        if (strncmp(at, word, n) != 0 || (i > begin && (g_ascii_isalnum(at[-1]) || at[-1] == '_')) ||
            g_ascii_isalnum(at[n]) || at[n] == '_')
            continue;
        cc_copy(l, begin, i);
        g_string_append(l->out, "/**/");
        begin = i + n;
    }
    cc_copy(l, begin, end);
}

void cc_render_slot(Lower *l, guint local, const char *spelling)
{
    guint offset = l->common ? l->common->local_offset[l->f->first_local + local] : 0;
    g_string_append_printf(l->out, "(*(%s *)(preaches_fp+%u))", spelling, offset);
}

static enum CXVisitorResult look_for_const(CXCursor c, CXClientData found);

static gboolean has_const_member(CXType t)
{
    int found = 0;
    t = clang_getCanonicalType(t);
    while (t.kind == CXType_ConstantArray)
        t = clang_getCanonicalType(clang_getArrayElementType(t));
    if (t.kind == CXType_Record)
        clang_Type_visitFields(t, look_for_const, &found);
    return found != 0;
}

static enum CXVisitorResult look_for_const(CXCursor c, CXClientData found)
{
    CXType t = clang_getCanonicalType(clang_getCursorType(c));
    while (t.kind == CXType_ConstantArray)
        t = clang_getCanonicalType(clang_getArrayElementType(t));
    *(int *)found |= clang_isConstQualifiedType(t) || has_const_member(t);
    return CXVisit_Continue;
}

/* A struct with const members cannot be assigned: its bytes are copied. */
void cc_store_open(Lower *l, guint local, CXType t, const char *spelling)
{
    if (has_const_member(t)) {
        guint offset = l->common ? l->common->local_offset[l->f->first_local + local] : 0;
        g_string_append_printf(l->out, "__builtin_memcpy(preaches_fp+%u, (%s[1]){ ", offset, spelling);
    } else {
        cc_render_slot(l, local, spelling);
        g_string_append(l->out, " = ");
    }
}

void cc_store_close(Lower *l, CXType t, const char *spelling)
{
    if (has_const_member(t))
        g_string_append_printf(l->out, " }, sizeof(%s))", spelling);
    g_string_append(l->out, "; ");
}

void cc_store_temp_open(Lower *l, const Node *n)
{
    if (n->temp == T_SLOT) {
        g_autofree char *spelling = cc_spell_plain(n->type);
        cc_store_open(l, n->temp_no, n->type, spelling);
    } else if (n->temp == T_SCALAR)
        g_string_append_printf(l->out, "preaches_t%u = ", n->temp_no);
}

void cc_store_temp_close(Lower *l, const Node *n)
{
    if (n->temp == T_SLOT) {
        g_autofree char *spelling = cc_spell_plain(n->type);
        cc_store_close(l, n->type, spelling);
    } else
        g_string_append(l->out, "; ");
}

void cc_render_temp(Lower *l, const Node *n)
{
    switch (n->temp) {
    case T_SCALAR:
        g_string_append_printf(l->out, "preaches_t%u", n->temp_no);
        break;
    case T_SLOT: {
        g_autofree char *spelling = cc_spell_plain(n->type);
        cc_render_slot(l, n->temp_no, spelling);
        break;
    }
    default:
        g_string_append(l->out, "(void)0");
        break;
    }
}

char *cc_render_text(Lower *l, Node *n)
{
    GString *out = l->out;
    l->out = g_string_new(NULL);
    cc_render(l, n);
    char *text = g_string_free(l->out, FALSE);
    l->out = out;
    return text;
}

static void render_kids(Lower *l, Node *n)
{
    guint at = n->begin;
    for (guint i = 0; i < n->n_kids; i++) {
        cc_copy(l, at, n->kid[i]->begin);
        cc_render(l, n->kid[i]);
        at = n->kid[i]->end;
    }
    cc_copy(l, at, n->end);
}

static void render_ref(Lower *l, Node *n)
{
    Decl *d = n->decl;
    CXCursor to = d ? clang_getNullCursor() : clang_getCursorReferenced(n->cursor);
    if (l->moved_out && clang_getCursorKind(to) == CXCursor_EnumConstantDecl) {
        g_string_append_printf(l->out, "(%lld)", clang_getEnumConstantDeclValue(to));
        return;
    }
    if (!d) {
        cc_copy(l, n->begin, n->end);
        return;
    }
    if (d->vla) {
        cc_vla_render(l, d);
        return;
    }
    if (d->points_to) {
        cc_vla_render_pointer(l, d);
        return;
    }
    if (d->escapes && d->local >= 0) {
        g_autofree char *spelling = cc_decl_spell(d);
        cc_render_slot(l, (guint)d->local, spelling);
        return;
    }
    gboolean stream = FALSE;
    const char *text = cc_library_variable(d, &stream);
    if (text && stream) {
        g_autofree char *spelling = cc_spell_plain(n->type);
        g_string_append_printf(l->out, "((%s)%s)", spelling, text);
    } else if (text)
        g_string_append(l->out, text);
    else if (d->kind == D_FUNC && !cc_definition(d) && cc_library_value(d))
        g_string_append(l->out, cc_library_value(d));
    else
        g_string_append_printf(l->out, "%s%s", d->cname,
                               l->again && d->kind == D_FUNC && d->func && d->func->again ? "__again" : "");
}

static void render_argument(Lower *l, Node *arg, gboolean library)
{
    if (library && cc_is_file_pointer(arg->conv)) {
        g_autofree char *spelling = cc_spell_plain(arg->conv);
        g_string_append_printf(l->out, "((%s)preaches_stream((void *)(", spelling);
        cc_render(l, arg);
        g_string_append(l->out, ")))");
    } else
        cc_render(l, arg);
}

/* In a requested type (gen.h): one element and something behind it; elements and room behind them. */
#define TAIL 0x80000000u
#define ROOM 0x40000000u

static guint behind_elements(const Node *n) { return (n->tail ? TAIL : 0) | (n->room ? ROOM : 0); }

/* The block that an allocator's call makes, for preaches_typed() (gen.h). */
static void render_wanted(Lower *l, const Node *n)
{
    if (n->wanted)
        g_string_append(l->out, n->wanted);
    else if (n->passes)
        g_string_append(l->out, "preaches_wanted");
    else
        g_string_append_printf(l->out, "%uu", n->alloc | behind_elements(n));
}

/* The same as the last arguments of the runtime's allocators: "TYPE, SITE", or what is wanted. */
static void render_block_type(Lower *l, const Node *n)
{
    if (n->passes || n->wanted) {
        g_string_append(l->out, n->wanted ? n->wanted : "preaches_wanted");
        return;
    }
    const CcAlloc *a = &g_array_index(l->p->model->allocs, CcAlloc, n->alloc - 1);
    g_string_append_printf(l->out, "%uu, %u", a->type | behind_elements(n), n->alloc - 1);
}

static void render_call_parts(Lower *l, Node *n, gboolean library)
{
    guint at = n->begin;
    for (guint i = 0; i < n->n_kids; i++) {
        cc_copy(l, at, n->kid[i]->begin);
        if (i == 0 && n->measured)
            g_string_append(l->out, cc_libc_comparison(cc_callee_decl(n)->name));
        else if (i == 0 && library) /* by its name, not what stands for it as a value */
            cc_copy(l, n->kid[i]->begin, n->kid[i]->end);
        else if (i == 0)
            cc_render(l, n->kid[i]);
        else
            render_argument(l, n->kid[i], library);
        at = n->kid[i]->end;
    }
    cc_copy(l, at, n->end);
}

static void render_plain_call(Lower *l, Node *n);

static void render_call(Lower *l, Node *n)
{
    gboolean ordered = cc_order_open(l, n);
    render_plain_call(l, n);
    if (ordered)
        cc_order_close(l, n);
}

/* Calls of what the runtime does itself are written anew; others keep their text. */
static void render_plain_call(Lower *l, Node *n)
{
    const char *with = NULL;
    Decl *d = cc_callee_decl(n);
    if (n->jump) {
        cc_jump_render(l, n);
        return;
    }
    gboolean library = d && !cc_definition(d), block = n->alloc || n->passes;
    LibcRule rule = library ? cc_libc_rule(d->name, &with) : LIBC_UNKNOWN;
    if (library && (rule == LIBC_REPLACED || block)) {
        g_string_append_printf(l->out, "%s%s(", with, block && (n->passes || n->wanted) ? "_as" : "");
        for (guint i = 1; i < n->n_kids; i++) {
            g_string_append(l->out, i > 1 ? ", " : "");
            cc_render(l, n->kid[i]);
        }
        if (block) {
            g_string_append(l->out, ", ");
            render_block_type(l, n);
        }
        g_string_append_c(l->out, ')');
    } else if (block) { /* the type is set back, because arguments may make blocks too */
        g_autofree char *spelling = cc_spell_plain(n->type);
        g_string_append(l->out, "({ unsigned preaches_before = preaches_typed(");
        render_wanted(l, n);
        g_string_append_printf(l->out, "); %s preaches_block = ", spelling);
        render_call_parts(l, n, FALSE);
        g_string_append(l->out, "; preaches_type = preaches_before; preaches_block; })");
    } else
        render_call_parts(l, n, library);
}

static gboolean is_reaching(const Lower *l)
{
    return l->f && l->f->reaching && l->mode != LOWER_PLAIN;
}

/* "__typeof__(x) y = x;" without the name x, which may be another one now. */
static void render_anew(Lower *l, Node *n)
{
    for (guint i = 0; i < n->n_kids; i++) {
        Node *v = n->kid[i];
        g_autofree char *spelling = cc_decl_spell(v->decl);
        gboolean is_const = clang_isConstQualifiedType(clang_getCanonicalType(v->decl->type)) != 0;
        g_string_append_printf(l->out, "%s%s %s", is_const ? "const " : "", spelling, v->decl->cname);
        if (v->init) {
            g_string_append(l->out, " = ");
            cc_render(l, v->init);
        }
        g_string_append(l->out, "; ");
    }
}

/* A cast's type, where it names variables. */
static gboolean render_cast(Lower *l, Node *n)
{
    if (n->n_kids != 1 || !cc_has_typeof(n->type))
        return FALSE;
    g_autofree char *spelling = cc_spell(n->type);
    g_string_append_printf(l->out, "(__typeof__(%s))", spelling);
    cc_render(l, n->kid[0]);
    return TRUE;
}

/* A declaration in a function that is copied; static locals stand at file scope already. */
static void render_declaration(Lower *l, Node *n)
{
    for (guint i = 0; i < n->n_kids; i++)
        if (n->kid[i]->decl->kind == D_STATIC_LOCAL && !n->kid[i]->decl->in_place) {
            g_string_append_c(l->out, ';');
            return;
        }
    if (cc_declaration_moves(n) && l->f && cc_has_typeof(n->kid[0]->decl->type))
        render_anew(l, n);
    else
        render_kids(l, n);
}

/* The literal's place on the data stack, written each time the literal is evaluated. */
static void render_literal(Lower *l, Node *n)
{
    g_autofree char *spelling = cc_spell_plain(n->type);
    guint offset = l->common ? l->common->local_offset[l->f->first_local + n->slot - 1] : 0;
    g_string_append_printf(l->out, "(*(%s *)__builtin_memcpy(preaches_fp+%u, &", spelling, offset);
    render_kids(l, n);
    g_string_append_printf(l->out, ", sizeof(%s)))", spelling);
}

static void render_var(Lower *l, Node *n)
{
    if (n->decl->kind == D_LOCAL || n->decl->kind == D_STATIC_LOCAL) {
        g_string_append(l->out, n->decl->cname);
        guint at = n->begin + (guint)strlen(n->decl->name);
        for (guint i = 0; i < n->n_kids; i++) {
            cc_copy(l, at, n->kid[i]->begin);
            cc_render(l, n->kid[i]);
            at = n->kid[i]->end;
        }
        cc_copy(l, at, n->end);
    } else
        render_kids(l, n);
}

/* The cast in *(T *)BYTES, where T is a number; NULL for any other node. */
static Node *cast_of_bytes(const Unit *u, const Node *n)
{
    if (n->kind != N_OPERATOR || n->n_kids != 1 || u->text[n->begin] != '*')
        return NULL;
    Node *cast = n->kid[0];
    while (cast->kind == N_PAREN && cast->n_kids == 1)
        cast = cast->kid[0];
    if (cast->kind != N_CAST || cast->n_kids != 1)
        return NULL;
    CXType from = clang_getCanonicalType(clang_getPointeeType(clang_getCanonicalType(cast->kid[0]->conv)));
    CXType to = clang_getCanonicalType(n->type);
    gboolean bytes = from.kind >= CXType_Char_U && from.kind <= CXType_UChar;
    bytes |= from.kind == CXType_Char_S || from.kind == CXType_SChar;
    return bytes && to.kind >= CXType_UShort && to.kind <= CXType_LongDouble &&
        to.kind != CXType_Char_S && to.kind != CXType_SChar ? cast : NULL;
}

/* Bytes seen as a number need not be aligned as it should be. x86 does not mind, others stop. */
static void render_unaligned(Lower *l, const Node *n, Node *cast)
{
    g_autofree char *spelling = cc_spell(n->type);
    g_string_append_printf(l->out, "(((struct { %s preaches_number; } "
                           "__attribute__((packed, may_alias)) *)(", spelling);
    cc_render(l, cast->kid[0]);
    g_string_append(l->out, "))->preaches_number)");
}

/* A sum or product of which only low bits count, modulo 2^32: a signed long would overflow. In a variable, since
 * compilers drop casts between types of one size. */
static void render_modulo(Lower *l, const Node *n)
{
    g_string_append(l->out, "({ unsigned long preaches_sum = (unsigned long)(");
    cc_render(l, n->kid[0]);
    g_string_append_c(l->out, ')');
    cc_copy(l, n->kid[0]->end, n->kid[1]->begin);
    g_string_append(l->out, "(unsigned long)(");
    cc_render(l, n->kid[1]);
    g_string_append(l->out, "); (long)preaches_sum; })");
}

/* An int by whose name a long is meant: the compiler's own checks do not tell it from other ints. */
static void render_as_long(Lower *l, const Node *n)
{
    const char *op = n->op == CXBinaryOperator_Mul || n->op == CXBinaryOperator_MulAssign   ? "mul"
                     : n->op == CXBinaryOperator_Add || n->op == CXBinaryOperator_AddAssign ? "add" : "sub";
    g_autofree char *file = g_strescape(n->file, NULL);
    if (n->stores) { /* x += y */
        g_string_append_c(l->out, '(');
        cc_render(l, n->kid[0]);
        g_string_append(l->out, " = ");
    }
    g_string_append(l->out, "({ int preaches_a = (");
    cc_render(l, n->kid[0]);
    g_string_append_printf(l->out, "), preaches_sum; if (__builtin_%s_overflow(preaches_a, (int)(", op);
    cc_render(l, n->kid[1]);
    g_string_append_printf(l->out, "), &preaches_sum)) preaches_overflow(\"%s\", %u, %u); preaches_sum; })%s",
                           file, n->line, n->col, n->stores ? ")" : "");
}

static void render_label_address(Lower *l, const Node *n)
{
    if (n->string)
        g_string_append_printf(l->out, "((void *)(preaches_str%u+%u))", n->string, n->temp_no);
    else
        cc_copy(l, n->begin, n->end);
}

void cc_render_computed_goto(Lower *l, Node *n)
{
    const Func *f = l->f;
    if (!f || !f->label_string) {
        render_kids(l, n);
        return;
    }
    g_string_append(l->out, "switch ((const char *)(");
    cc_render(l, n->cond);
    g_string_append_printf(l->out, ") - preaches_str%u) { ", f->label_string);
    for (guint i = 0; i < f->labels->len; i++)
        g_string_append_printf(l->out, "case %u: goto %s; ", i, ((Node *)f->labels->pdata[i])->label);
    g_string_append(l->out, "default: __builtin_trap(); }");
}

static void render_bare(Lower *l, Node *n);

void cc_render(Lower *l, Node *n)
{
    gboolean around = n->suffix && !n->ordered && !(n->word == CC_SCAN && cc_is_held(n));
    if (around)
        g_string_append(l->out, n->prefix);
    render_bare(l, n);
    if (around)
        g_string_append(l->out, n->suffix);
}

static void render_bare(Lower *l, Node *n)
{
    Node *cast;
    if (n->ordered) {
        g_string_append_printf(l->out, "preaches_o%u", n->ordered);
        return;
    }
    if (n->word != CC_PLAIN && n->word != CC_SCAN) {
        cc_render_word(l, n);
        return;
    }
    if ((n->reach || n->moved) && n->temp != T_NONE) {
        cc_render_temp(l, n);
        return;
    }
    if (n->bits) {
        cc_render_word_bits(l, n);
        return;
    }
    switch (n->kind) {
    case N_REF: render_ref(l, n); break;
    case N_CALL: render_call(l, n); break;
    case N_STRING:
        if (n->prefix)
            g_string_append(l->out, n->prefix);
        else if (n->string)
            g_string_append_printf(l->out, "((char *)preaches_str%u)", n->string);
        else
            cc_copy(l, n->begin, n->end);
        break;
    case N_FUNCNAME: /* the clone has another name */
        if (n->string)
            g_string_append_printf(l->out, "((char *)preaches_str%u)", n->string);
        else if (l->f)
            g_string_append_printf(l->out, "\"%s\"", l->f->decl->name);
        else
            cc_copy(l, n->begin, n->end);
        break;
    case N_LABEL_ADDRESS: render_label_address(l, n); break;
    case N_COMPUTED_GOTO:
        if (is_reaching(l))
            cc_lower_stmt(l, n);
        else
            cc_render_computed_goto(l, n);
        break;
    case N_DECL:
        if (is_reaching(l))
            cc_lower_stmt(l, n);
        else
            render_declaration(l, n);
        break;
    case N_VAR: render_var(l, n); break;
    case N_CAST:
        if (!render_cast(l, n))
            render_kids(l, n);
        break;
    case N_COMPOUND_LITERAL:
        if (n->slot && is_reaching(l))
            render_literal(l, n);
        else
            render_kids(l, n);
        break;
    default:
        if (n->kind <= N_LAST_STMT && is_reaching(l))
            cc_lower_stmt(l, n);
        else if ((cast = cast_of_bytes(l->u, n)) != NULL)
            render_unaligned(l, n, cast);
        else if (n->modulo)
            render_modulo(l, n);
        else if (n->as_long)
            render_as_long(l, n);
        else
            render_kids(l, n);
        break;
    }
}
