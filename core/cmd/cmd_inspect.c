/* preaches inspect: what an image holds, for people or as JSON. One walk over the image feeds one
 * of two printers, so that both show the same. */
#include "cmd.h"

#include "../agent/pack.h"
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

/* ---- the walk ---- */

static void show_header(CmdPrinter *p, const PrImage *image, const char *path)
{
    const PrView *view = &image->view;
    const PrLayout *layout = &image->desc.layouts[view->layout];
    g_autofree char *id =
        g_strdup_printf("%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x",
                        (guint64)image->desc.program_id[0], (guint64)image->desc.program_id[1]);
    g_autoptr(GString) arches = g_string_new(NULL);

    for (guint32 i = 0; i < image->desc.n_layouts; i++)
        if (image->desc.layouts[i].cls == layout->cls)
            g_string_append_printf(arches, "%s%s", arches->len ? " " : "",
                                   image->desc.layouts[i].arch->name);
    cmd_print_text(p, "file", path);
    cmd_print_text(p, "kind", image->is_native ? "native" : "class");
    cmd_print_text(p, "arch", layout->arch->name);
    cmd_print_text(p, "class", arches->str);
    cmd_print_text(p, "program", id);
    cmd_print_number(p, "bytes", image->bytes);
    if (preaches_packed(path)) {
        GStatBuf at = {0};
        cmd_print_text(p, "compress", preaches_pack_name(preaches_packed(path)));
        if (g_stat(path, &at) == 0)
            cmd_print_number(p, "stored_bytes", (guint64)at.st_size);
    }
    cmd_print_number(p, "epoch", view->epoch);
    cmd_print_number(p, "term", view->term);
    cmd_print_number(p, "polls", view->polls);
    cmd_print_number(p, "stack_bytes", view->stack_bytes);
    cmd_print_number(p, "heap_bytes", view->heap_bytes);
}

static void show_sections(CmdPrinter *p, const PrImage *image)
{
    cmd_print_open(p, "sections", "sections", '[');
    for (guint i = 0; i < PR_N_SECTIONS; i++) {
        const char *whole = pr_section_name((PrSection)i); /* "section HEAP" */
        const char *name = strrchr(whole, ' ') ? strrchr(whole, ' ') + 1 : whole;
        if (!p->json) {
            cmd_print_item(p, NULL);
            printf("%-9s %12" G_GUINT64_FORMAT " bytes at %" G_GUINT64_FORMAT "\n", name,
                   (guint64)image->length[i], (guint64)image->offset[i]);
            continue;
        }
        cmd_print_open(p, NULL, NULL, '{');
        cmd_print_text(p, "name", name);
        cmd_print_number(p, "offset", image->offset[i]);
        cmd_print_number(p, "length", image->length[i]);
        cmd_print_close(p, '}');
    }
    cmd_print_close(p, ']');
}

static void show_variable(CmdPrinter *p, const PrImage *image, const PrVar *var, const PrValue *value)
{
    const char *type = image->desc.types[var->type].name;
    g_autofree char *text = cmd_value_text(image, var->type, value);

    if (!p->json) {
        cmd_print_item(p, NULL);
        printf("%s = %s  (%s)\n", var->name, text, type);
        return;
    }
    cmd_print_open(p, NULL, NULL, '{');
    cmd_print_text(p, "name", var->name);
    cmd_print_text(p, "type", type);
    cmd_print_text(p, "value", text);
    cmd_print_close(p, '}');
}

static void show_frame(CmdPrinter *p, const PrImage *image, guint32 index)
{
    const PrFrame *frame = &image->view.frames[index];
    const PrSite *site = &image->desc.sites[frame->site];
    const PrFunc *func = &image->desc.funcs[site->func];
    g_autofree char *title =
        g_strdup_printf("#%u %s at %s:%u (%s)", image->view.n_frames - 1 - index, func->name,
                        func->file, site->line, site->is_poll ? "poll" : "call");

    cmd_print_open(p, NULL, title, '{');
    if (p->json) {
        cmd_print_text(p, "function", func->name);
        cmd_print_text(p, "file", func->file);
        cmd_print_number(p, "line", site->line);
        cmd_print_text(p, "at", site->is_poll ? "poll" : "call");
        cmd_print_hex(p, "fp", frame->fp);
        cmd_print_number(p, "frame_bytes", func->frame_bytes);
        cmd_print_open(p, "variables", NULL, '[');
    }
    for (guint32 i = 0; i < site->n_vars; i++)
        show_variable(p, image, &image->desc.vars[site->first_var + i], &frame->values[i]);
    if (p->json)
        cmd_print_close(p, ']');
    cmd_print_close(p, '}');
}

static void show_frames(CmdPrinter *p, const PrImage *image)
{
    cmd_print_open(p, "frames", "frames, innermost first", '[');
    for (guint32 i = image->view.n_frames; i > 0; i--)
        show_frame(p, image, i - 1);
    cmd_print_close(p, ']');
}

static void show_files(CmdPrinter *p, const PrImage *image)
{
    cmd_print_open(p, "files", "open streams", '[');
    for (guint32 i = 0; i < image->view.n_files; i++) {
        const PrFile *file = &image->view.files[i];
        if (!p->json) {
            cmd_print_item(p, NULL);
            printf("%u \"%s\" %s offset %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT "%s%s\n",
                   file->handle, file->mode, *file->path ? file->path : "(standard)",
                   (guint64)file->offset, (guint64)file->length,
                   file->flags & PR_FILE_EOF ? " at end" : "",
                   file->flags & PR_FILE_KEPT     ? " kept"
                   : file->flags & PR_FILE_HASHED ? " hashed"
                   : file->flags & PR_FILE_ABSENT ? " absent" : "");
            continue;
        }
        cmd_print_open(p, NULL, NULL, '{');
        cmd_print_number(p, "handle", file->handle);
        cmd_print_text(p, "path", file->path);
        cmd_print_text(p, "mode", file->mode);
        cmd_print_number(p, "offset", file->offset);
        cmd_print_number(p, "length", file->length);
        cmd_print_number(p, "flags", file->flags);
        cmd_print_close(p, '}');
    }
    cmd_print_close(p, ']');
}

static void count_pool(const PrPool *pool, CmdBlocks *count)
{
    for (guint32 slot = 0; slot < pool->n_slots; slot++) {
        if (!(pool->live[slot / 8] >> slot % 8 & 1))
            continue;
        count->blocks++;
        count->elements += pool->counts ? pool->counts[slot] : pool->count;
        count->bytes += pool->slot_bytes;
    }
}

CmdBlocks *cmd_count_blocks(const PrImage *image)
{
    CmdBlocks *count = g_new0(CmdBlocks, image->desc.n_types);

    for (guint32 i = 0; i < image->view.n_pools; i++)
        count_pool(&image->view.pools[i], &count[image->view.pools[i].type]);
    return count;
}

static void show_blocks(CmdPrinter *p, const PrImage *image)
{
    g_autofree CmdBlocks *count = cmd_count_blocks(image);

    cmd_print_open(p, "blocks", "heap blocks by type", '[');
    for (guint32 i = 0; i < image->desc.n_types; i++) {
        const char *name = image->desc.types[i].name;
        if (count[i].blocks == 0)
            continue;
        if (!p->json) {
            cmd_print_item(p, NULL);
            printf("%-24s %9" G_GUINT64_FORMAT " blocks %12" G_GUINT64_FORMAT
                   " elements %12" G_GUINT64_FORMAT " bytes\n",
                   name, count[i].blocks, count[i].elements, count[i].bytes);
            continue;
        }
        cmd_print_open(p, NULL, NULL, '{');
        cmd_print_text(p, "type", name);
        cmd_print_number(p, "blocks", count[i].blocks);
        cmd_print_number(p, "elements", count[i].elements);
        cmd_print_number(p, "bytes", count[i].bytes);
        cmd_print_close(p, '}');
    }
    cmd_print_close(p, ']');
}

static void show_globals(CmdPrinter *p, const PrImage *image)
{
    cmd_print_open(p, "globals", "saved variables of the program", '[');
    for (guint32 i = 0; i < image->desc.n_symbols; i++) {
        const PrSymbol *symbol = &image->desc.symbols[i];
        guint64 bytes = image->desc.layouts[image->view.layout].size[symbol->type];

        if (symbol->kind != PR_SYM_DATA)
            continue;
        if (!p->json) {
            cmd_print_item(p, NULL);
            printf("%s at %s:%u, %" G_GUINT64_FORMAT " bytes  (%s)\n", symbol->name, symbol->file,
                   symbol->line, bytes, image->desc.types[symbol->type].name);
            continue;
        }
        cmd_print_open(p, NULL, NULL, '{');
        cmd_print_text(p, "name", symbol->name);
        cmd_print_text(p, "type", image->desc.types[symbol->type].name);
        cmd_print_number(p, "bytes", bytes);
        cmd_print_close(p, '}');
    }
    cmd_print_close(p, ']');
}

static void show(const PrImage *image, const char *path, gboolean json)
{
    CmdPrinter p;

    cmd_print_begin(&p, json);
    show_header(&p, image, path);
    show_sections(&p, image);
    show_frames(&p, image);
    show_files(&p, image);
    show_blocks(&p, image);
    show_globals(&p, image);
    cmd_print_end(&p);
}

static gboolean open_image(PrImage *image, const char *path, const char *key, GError **error)
{
    g_autofree char *content = cmd_content(path, key, error);
    PrError why = {0};

    if (!content)
        return FALSE;
    if (pr_image_open(image, content, PR_VERIFY_ALL, &why) == PR_OK)
        return TRUE;
    preaches_error_take(error, &why, path);
    return FALSE;
}

static int diff(const PrImage *before, const char *path, const char *key, gboolean json)
{
    g_autoptr(GError) error = NULL;
    PrImage after;
    int status;

    if (!open_image(&after, path, key, &error))
        return cmd_fail(error);
    status = cmd_diff(before, &after, path, json);
    pr_image_close(&after);
    return status;
}

int cmd_inspect(int argc, char **argv)
{
    g_autofree char *key = NULL;
    gboolean json = FALSE;
    const GOptionEntry options[] = {
        CMD_KEY_OPTION(key),
        {"json", 0, 0, G_OPTION_ARG_NONE, &json, "For programs, not for people", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL}};
    g_autoptr(GError) error = NULL;
    PrImage image;
    int status = 0;

    if (!cmd_parse(&argc, &argv, options, "IMAGE [LATER]",
                   "Shows what an image of any architecture holds; of two of one program, what differs."))
        return PREACHES_ERROR_USAGE;
    if (argc != 2 && argc != 3)
        return cmd_usage("inspect: one image is needed, or two");
    if (!open_image(&image, argv[1], key, &error))
        return cmd_fail(error);
    if (argc == 3)
        status = diff(&image, argv[2], key, json);
    else
        show(&image, argv[1], json);
    pr_image_close(&image);
    return status;
}
