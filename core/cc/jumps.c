/* setjmp and longjmp.
 *
 * The program's jmp_buf holds a name, the same on every architecture: which function's activation
 * made it, by the address of a *jump record* (gen.h), and that record's serial number. The machine's
 * own context lies on the C stack of the function that called setjmp; the record says where. Records
 * of reaching functions are on the data stack, so they are part of a checkpoint; after a restore the
 * clone makes the contexts anew, once it has loaded its variables and before it goes on, and each
 * leads to where the setjmp stood. Whatever is live there is live at every site of the function. */
#include "lower.h"
#include "types.h"
#include "libc_table.h"
#include <string.h>

#define WORDS 4 /* of a jump record */

static gboolean is_zero(const Unit *u, const Node *n)
{
    while (n->kind == N_PAREN)
        n = n->kid[0];
    return n->end == n->begin + 1 && u->text[n->begin] == '0';
}

void cc_jumps(Program *p, Func *f)
{
    const char *with;
    for (guint i = 0; i < f->calls->len; i++) {
        Node *n = f->calls->pdata[i];
        Decl *d = cc_callee_decl(n);
        if (!d || cc_definition(d) || cc_libc_rule(d->name, &with) != LIBC_SETJMP)
            continue;
        n->jump = ++f->n_jumps;
        if (n->n_kids > 2 && !is_zero(f->unit, n->kid[2]))
            cc_error_at(p, n, "-Wpreaches-setjmp", "the signal mask in a jump buffer cannot be carried over");
        CXType c = clang_getCanonicalType(n->n_kids > 1 ? n->kid[1]->conv : n->type);
        g_autofree char *to = cc_spell(clang_getPointeeType(c));
        if (strcmp(to, "struct __jmp_buf_tag") != 0)
            cc_error_at(p, n, "-Wpreaches-setjmp", "the jump buffer is not a jmp_buf of <setjmp.h>");
    }
}

void cc_jump_local(Program *p, const Func *f)
{
    guint type = cc_array_type(p, cc_scalar_type(p, PR_ULLONG), WORDS * f->n_jumps);
    CcLocal local = { .name = g_strdup("<jump records>"), .type = type, .zero = TRUE };
    g_array_append_val(p->model->locals, local);
}

static gboolean on_data_stack(const Lower *l)
{
    return l->mode != LOWER_PLAIN;
}

static void render_record(Lower *l, guint jump)
{
    if (!on_data_stack(l)) {
        g_string_append_printf(l->out, "preaches_jumps+%u", WORDS * (jump - 1));
        return;
    }
    guint offset = l->common ? l->common->local_offset[l->f->first_local + (guint)l->f->jump_local] : 0;
    g_string_append_printf(l->out, "(unsigned long long *)(preaches_fp+%u)+%u", offset, WORDS * (jump - 1));
}

void cc_jump_entry(Lower *l)
{
    if (!l->f->n_jumps)
        return;
    g_string_append_printf(l->out, "struct __jmp_buf_tag preaches_context[%u]; ", l->f->n_jumps);
    if (!on_data_stack(l))
        g_string_append_printf(l->out, "unsigned long long preaches_jumps[%u] = {0}; ",
                               WORDS * l->f->n_jumps);
    if (l->mode == LOWER_CLONE)
        g_string_append(l->out, "volatile int preaches_jumped; ");
}

void cc_jump_render(Lower *l, Node *n)
{
    g_string_append(l->out, "_setjmp((preaches_arm(");
    render_record(l, n->jump);
    g_string_append_printf(l->out, ", preaches_context+%u, ", n->jump - 1);
    cc_render(l, n->kid[1]);
    g_string_append_printf(l->out, "), preaches_context+%u))", n->jump - 1);
}

void cc_jump_rearm(Lower *l)
{
    for (guint jump = 1; jump <= l->f->n_jumps; jump++) {
        g_string_append(l->out, "if (*(");
        render_record(l, jump);
        g_string_append_printf(l->out, ")) { if ((preaches_jumped = _setjmp(preaches_context+%u)) != 0) "
                               "goto preaches_j%u; preaches_rearm(", jump - 1, jump);
        render_record(l, jump);
        g_string_append_printf(l->out, ", preaches_context+%u); } ", jump - 1);
    }
}

void cc_jump_hoist(Lower *l, Node *n)
{
    if (l->pending->len && l->mode == LOWER_COUNT)
        cc_error_at(l->p, n, "-Wpreaches-setjmp", "setjmp in an expression with the result of another call, "
                    "from which a poll can be reached; make it the whole condition");
    n->temp = T_NONE;
    g_autofree char *text = cc_render_text(l, n);
    cc_declare_temp(l, n);
    cc_store_temp_open(l, n);
    g_string_append(l->out, text);
    cc_store_temp_close(l, n);
    if (l->mode == LOWER_CLONE) {
        g_string_append_printf(l->out, "if (0) { preaches_j%u: ", n->jump);
        cc_store_temp_open(l, n);
        g_string_append(l->out, "preaches_jumped");
        cc_store_temp_close(l, n);
        g_string_append(l->out, "} ");
    }
}
