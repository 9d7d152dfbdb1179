/* Two steps: types and layouts alone give the common sizes (pr_desc_write() derives them); with
 * those the data stack offsets and virtual addresses are laid out and the whole is written. */
#include "describe.h"

#include <stdlib.h>

typedef struct Tables { /* arrays behind the PrDesc */
    PrLayout layouts[PR_N_ARCHES];
    PrType *types;
    PrField *fields;
    PrSymbol *symbols;
    PrFunc *funcs;
    PrLocal *locals;
    PrSite *sites;
    PrVar *vars;
    PrAlloc *allocs;
} Tables;

static GQuark describe_quark(void)
{
    return g_quark_from_static_string("preaches-cc-describe");
}

static void copy_types(const CcModel *model, Tables *t)
{
    for (guint i = 0; i < model->types->len; i++) {
        const CcType *from = &g_array_index(model->types, CcType, i);
        t->types[i] = (PrType){.kind = from->kind, .name = from->name, .elem = from->elem,
                               .count = from->count, .first_field = from->first_field,
                               .n_fields = from->n_fields, .rest = from->rest,
                               .counter = from->counter};
    }
    for (guint i = 0; i < model->fields->len; i++) {
        const CcField *from = &g_array_index(model->fields, CcField, i);
        t->fields[i] = (PrField){from->name, from->type, from->bits};
    }
}

static void copy_symbols(const CcModel *model, Tables *t)
{
    guint64 at = PR_VADDR_BASE;
    for (guint i = 0; i < model->symbols->len; i++) {
        const CcSymbol *from = &g_array_index(model->symbols, CcSymbol, i);
        t->symbols[i] = (PrSymbol){.kind = from->kind, .name = from->name, .file = from->file,
                                   .line = from->line, .type = from->type, .vaddr = at};
        at += (t->types[from->type].common_size + 1 + 15) / 16 * 16;
    }
}

/* Locals in order, each at its common alignment (at least 8) in a slot of its own. */
static void lay_out_frames(const CcModel *model, const PrDesc *desc, Tables *t)
{
    for (guint i = 0; i < model->funcs->len; i++) {
        const CcFunc *from = &g_array_index(model->funcs, CcFunc, i);
        guint64 at = 0;
        for (guint k = 0; k < from->n_locals; k++) {
            guint l = from->first_local + k;
            const CcLocal *local = &g_array_index(model->locals, CcLocal, l);
            guint64 align = MAX(8, t->types[local->type].common_align);
            at = (at + align - 1) / align * align;
            t->locals[l] = (PrLocal){local->name, local->type, (guint32)MIN(at, G_MAXUINT32)};
            at += pr_desc_slot_bytes(desc, local->type, 1);
        }
        t->funcs[i] = (PrFunc){.name = from->name, .file = from->file, .symbol = from->symbol,
                               .frame_bytes = (guint32)MIN((at + 15) / 16 * 16, G_MAXUINT32 / 16 * 16),
                               .first_local = from->first_local, .n_locals = from->n_locals};
    }
}

static void copy_sites(const CcModel *model, Tables *t)
{
    for (guint i = 0; i < model->sites->len; i++) {
        const CcSite *from = &g_array_index(model->sites, CcSite, i);
        t->sites[i] = (PrSite){from->func, from->line, from->is_poll, from->first_var, from->n_vars};
    }
    for (guint i = 0; i < model->vars->len; i++) {
        const CcVar *from = &g_array_index(model->vars, CcVar, i);
        t->vars[i] = (PrVar){from->name, from->type};
    }
    for (guint i = 0; i < model->allocs->len; i++) {
        const CcAlloc *from = &g_array_index(model->allocs, CcAlloc, i);
        t->allocs[i] = (PrAlloc){from->file, from->line, from->type};
    }
}

static void tables_init(Tables *t, const CcModel *m)
{
    t->types = g_new0(PrType, m->types->len + 1);
    t->fields = g_new0(PrField, m->fields->len + 1);
    t->symbols = g_new0(PrSymbol, m->symbols->len + 1);
    t->funcs = g_new0(PrFunc, m->funcs->len + 1);
    t->locals = g_new0(PrLocal, m->locals->len + 1);
    t->sites = g_new0(PrSite, m->sites->len + 1);
    t->vars = g_new0(PrVar, m->vars->len + 1);
    t->allocs = g_new0(PrAlloc, m->allocs->len + 1);
}

static void tables_fini(Tables *t)
{
    g_free(t->types);
    g_free(t->fields);
    g_free(t->symbols);
    g_free(t->funcs);
    g_free(t->locals);
    g_free(t->sites);
    g_free(t->vars);
    g_free(t->allocs);
}

static gboolean write_blob(PrDesc *desc, guint8 **blob, gsize *bytes, GError **error)
{
    PrError why = {0};
    if (pr_desc_write(desc, blob, bytes, &why) == PR_OK)
        return TRUE;
    g_set_error(error, describe_quark(), 1, "description: %s: %s %" G_GUINT64_FORMAT " %s",
                pr_status_text(why.status), why.what, (guint64)why.offset, why.path);
    return FALSE;
}

static gboolean describe(const CcModel *model, PrDesc *desc, Tables *t, CcDescription *out, GError **error)
{
    guint8 *types_only;
    gsize bytes;
    copy_types(model, t);
    if (!write_blob(desc, &types_only, &bytes, error)) /* derives the common sizes */
        return FALSE;
    free(types_only);
    copy_symbols(model, t);
    lay_out_frames(model, desc, t);
    copy_sites(model, t);
    desc->n_symbols = model->symbols->len;
    desc->n_funcs = model->funcs->len;
    desc->n_locals = model->locals->len;
    desc->n_sites = model->sites->len;
    desc->n_vars = model->vars->len;
    desc->n_allocs = model->allocs->len;
    desc->n_choices = model->choices->len;
    desc->n_steps = model->steps->len;
    desc->n_cases = model->cases->len;
    return write_blob(desc, &out->blob, &out->blob_bytes, error);
}

gboolean cc_describe(const CcModel *model, const PrArch *const *arches, const CcLayout *layouts,
                     guint n, CcDescription *out, GError **error)
{
    Tables t = {0};
    *out = (CcDescription){0};
    tables_init(&t, model);
    for (guint i = 0; i < n; i++)
        t.layouts[i] = (PrLayout){.arch = arches[i], .size = layouts[i].size,
                                  .align = layouts[i].align, .offset = layouts[i].offset};
    PrDesc desc = {.n_layouts = n, .n_types = model->types->len, .n_fields = model->fields->len,
                   .layouts = t.layouts, .types = t.types, .fields = t.fields, .symbols = t.symbols,
                   .funcs = t.funcs, .locals = t.locals, .sites = t.sites, .vars = t.vars,
                   .allocs = t.allocs, .choices = (PrChoice *)(void *)model->choices->data,
                   .steps = (uint32_t *)(void *)model->steps->data,
                   .cases = (PrCase *)(void *)model->cases->data};
    gboolean ok = describe(model, &desc, &t, out, error);
    if (ok) {
        out->local_offset = g_new0(guint32, model->locals->len + 1);
        out->frame_bytes = g_new0(guint32, model->funcs->len + 1);
        for (guint i = 0; i < model->locals->len; i++)
            out->local_offset[i] = t.locals[i].offset;
        for (guint i = 0; i < model->funcs->len; i++)
            out->frame_bytes[i] = t.funcs[i].frame_bytes;
    }
    tables_fini(&t);
    return ok;
}

void cc_description_clear(CcDescription *description)
{
    free(description->blob);
    g_free(description->local_offset);
    g_free(description->frame_bytes);
    *description = (CcDescription){0};
}
