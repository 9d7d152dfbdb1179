/* Candidates' names in profiles: file, function, ordinal, and a hash of the function's statements and
 * of the functions it names in calls. Statements only: headers' expressions differ between
 * architectures. A change that moves no statement keeps the profile valid. */
#include "ast.h"
#include "pollprofile.h"
#include <string.h>

static guint64 mix(guint64 hash, guint64 value)
{
    return (hash ^ value) * UINT64_C(0x100000001b3);
}

static guint64 hash_tree(const Node *n, guint64 hash)
{
    if (n->kind == N_SIZEOF)
        return hash;
    if (n->kind <= N_LAST_STMT)
        hash = mix(hash, n->kind + 1);
    const Func *callee = n->kind == N_CALL ? cc_callee(n) : NULL;
    if (callee && callee->unit->is_ours) /* the same before and after the call was sent there */
        callee = NULL;
    for (const char *c = callee ? callee->decl->name : ""; *c; c++)
        hash = mix(hash, (guint8)*c);
    for (guint i = 0; i < n->n_kids; i++)
        hash = hash_tree(n->kid[i], hash);
    return n->kind <= N_LAST_STMT ? mix(hash, 0xff) : hash;
}

char *cc_candidate_key(const Program *p, guint i)
{
    const CcCandidate *c = &g_array_index(p->candidates, CcCandidate, i);
    return cc_profile_key(c->f->decl->file, c->f->decl->name, c->ordinal,
                          hash_tree(c->f->body, UINT64_C(0xcbf29ce484222325)));
}

guint cc_candidate_at(const Program *p, const Func *f, const Node *n, gboolean loop)
{
    for (guint i = 0; p->candidates && i < p->candidates->len; i++) {
        const CcCandidate *c = &g_array_index(p->candidates, CcCandidate, i);
        if (c->f == f && c->node == n && loop == (n && cc_is_loop(n) && !c->cycle))
            return i + 1;
    }
    return 0;
}

gboolean cc_choose_by_profile(Program *p)
{
    guint n = p->candidates->len;
    g_auto(GStrv) keys = g_new0(char *, n + 1);
    g_autofree gboolean *keep = g_new0(gboolean, n + 1);
    const char *unmatched = NULL;
    for (guint i = 0; i < n; i++) {
        keys[i] = cc_candidate_key(p, i);
        keep[i] = g_array_index(p->candidates, CcCandidate, i).keep;
    }
    if (cc_profile_choose(p->profile, keys, n, keep, &unmatched)) {
        for (guint i = 0; i < n; i++)
            g_array_index(p->candidates, CcCandidate, i).keep = keep[i];
        return TRUE;
    }
    g_auto(GStrv) field = g_strsplit(unmatched, "\t", -1);
    cc_error(p, cc_profile_name(p->profile), 1, 1, "-Wpreaches-profile",
             "the profile is of another program: %s:%s:%s (%s) is in one of the two only; record again",
             field[0], field[1], field[2], field[3]);
    return FALSE;
}

void cc_model_record_keys(const CcModel *model, GPtrArray **candidates, GPtrArray **functions)
{
    const Program *p = model->priv;
    *candidates = g_ptr_array_new_with_free_func(g_free);
    *functions = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < p->candidates->len; i++)
        g_ptr_array_add(*candidates, cc_candidate_key(p, i));
    for (guint i = 0; i < model->funcs->len; i++) {
        const CcFunc *f = &g_array_index(model->funcs, CcFunc, i);
        g_ptr_array_add(*functions, g_strdup_printf("%s\t%s", f->file, f->name));
    }
}
