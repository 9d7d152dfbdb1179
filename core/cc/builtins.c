/* gcc's builtins on longs. __builtin_clzl(x) counts the zeros in front of x, of a word of 32 bits or of 64: where a long
 * has 32 bits, it is the builtin on a long long, of the number that x is there (longs_text.c). So with sums and products
 * that tell whether they overflow: where a long has 64 bits they would not, so where it has 32 the result has to fit. */
#include "longs.h"
#include <string.h>

typedef enum Form { B_COUNT, B_SUM, B_SUM_TOLD } Form;

typedef struct Builtin {
    const char *name, *wide; /* of the type long, or of any; that with 64 bits */
    Form form;
    CcWord operands;         /* CC_OTHER: of any type */
} Builtin;

static const Builtin *builtin_of(const Node *call)
{
    static const Builtin builtins[] = {
        { "__builtin_clzl", "__builtin_clzll", B_COUNT, CC_ULONG },
        { "__builtin_ctzl", "__builtin_ctzll", B_COUNT, CC_ULONG },
        { "__builtin_popcountl", "__builtin_popcountll", B_COUNT, CC_ULONG },
        { "__builtin_parityl", "__builtin_parityll", B_COUNT, CC_ULONG },
        { "__builtin_ffsl", "__builtin_ffsll", B_COUNT, CC_LONG },
        { "__builtin_clrsbl", "__builtin_clrsbll", B_COUNT, CC_LONG },
        { "__builtin_saddl_overflow", "__builtin_add_overflow", B_SUM, CC_LONG },
        { "__builtin_ssubl_overflow", "__builtin_sub_overflow", B_SUM, CC_LONG },
        { "__builtin_smull_overflow", "__builtin_mul_overflow", B_SUM, CC_LONG },
        { "__builtin_uaddl_overflow", "__builtin_add_overflow", B_SUM, CC_ULONG },
        { "__builtin_usubl_overflow", "__builtin_sub_overflow", B_SUM, CC_ULONG },
        { "__builtin_umull_overflow", "__builtin_mul_overflow", B_SUM, CC_ULONG },
        { "__builtin_add_overflow", "__builtin_add_overflow", B_SUM, CC_OTHER },
        { "__builtin_sub_overflow", "__builtin_sub_overflow", B_SUM, CC_OTHER },
        { "__builtin_mul_overflow", "__builtin_mul_overflow", B_SUM, CC_OTHER },
        { "__builtin_add_overflow_p", "__builtin_add_overflow_p", B_SUM_TOLD, CC_OTHER },
        { "__builtin_sub_overflow_p", "__builtin_sub_overflow_p", B_SUM_TOLD, CC_OTHER },
        { "__builtin_mul_overflow_p", "__builtin_mul_overflow_p", B_SUM_TOLD, CC_OTHER },
    };
    const Decl *d = cc_callee_decl(call);
    for (guint i = 0; d && i < G_N_ELEMENTS(builtins); i++)
        if (strcmp(d->name, builtins[i].name) == 0)
            return call->n_kids == (builtins[i].form == B_COUNT ? 2 : 4) ? &builtins[i] : NULL;
    return NULL;
}

/* Of what type the result is. */
static CcWord word_of_result(const Node *call, Form form)
{
    CXType t = call->kid[3]->type;
    return cc_word_of_type(form == B_SUM_TOLD ? t : clang_getPointeeType(t));
}

gboolean cc_is_long_builtin(const Node *call)
{
    const Builtin *b = builtin_of(call);
    gboolean word = b && (b->operands != CC_OTHER || cc_is_word(word_of_result(call, b->form)));
    for (guint i = 1; b && !word && i < 3; i++) /* an unsigned long below zero, into an int64_t */
        word = cc_is_word(cc_word(call->kid[i]));
    return word;
}

/* An operand, as the builtin's parameter of 64 bits. */
static void render_operand(Lower *l, const Builtin *b, Node *n)
{
    if (b->operands == CC_LONG || b->operands == CC_ULONG)
        g_string_append(l->out, b->operands == CC_LONG ? "(long long)" : "(unsigned long long)");
    cc_render_exact(l, n);
}

/* ({ T *to = PLACE; B by = …; wide sum; _Bool over = builtin(A, by, &sum); *to = over ? sum : fit(sum); over; }) */
static void render_sum(Lower *l, const Builtin *b, Node *call)
{
    CcWord word = word_of_result(call, b->form);
    g_string_append(l->out, "({ __auto_type preaches_to = ");
    cc_render(l, call->kid[3]);
    g_string_append(l->out, "; __auto_type preaches_by = ");
    render_operand(l, b, call->kid[2]);
    g_string_append_printf(l->out, "; %s preaches_sum; _Bool preaches_over = %s(",
                           cc_is_word(word) ? cc_wide_name(word) : "__typeof__(*preaches_to)", b->wide);
    render_operand(l, b, call->kid[1]);
    g_string_append(l->out, ", preaches_by, &preaches_sum); *preaches_to = ");
    if (cc_is_word(word)) {
        g_string_append_printf(l->out, "preaches_over ? (%s)preaches_sum : preaches_fit_%s(preaches_sum",
                               word == CC_LONG ? "long" : "unsigned long", word == CC_LONG ? "long" : "ulong");
        cc_render_site(l, call);
    } else
        g_string_append(l->out, "preaches_sum");
    g_string_append(l->out, "; preaches_over; })");
}

void cc_render_long_builtin(Lower *l, Node *call)
{
    const Builtin *b = builtin_of(call);
    if (b->form == B_SUM) {
        render_sum(l, b, call);
        return;
    }
    g_string_append_printf(l->out, "%s(", b->wide);
    for (guint i = 1; i < (b->form == B_COUNT ? 2 : 3); i++) {
        g_string_append(l->out, i > 1 ? ", " : "");
        render_operand(l, b, call->kid[i]);
    }
    if (b->form == B_SUM_TOLD) {
        CcWord word = word_of_result(call, b->form);
        g_string_append_printf(l->out, cc_is_word(word) ? ", (%s)" : ", ", cc_wide_name(word));
        cc_render(l, call->kid[3]);
    }
    g_string_append_c(l->out, ')');
}
