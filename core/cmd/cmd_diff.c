/* preaches inspect IMAGE LATER: what differs between two images of one program. Values are compared as
 * the frames hold them, the same on every architecture; a native image's pointers to symbols are its
 * own executable's addresses, so those of class images compare better. */
#include "cmd.h"

#include <stdio.h>
#include <string.h>

static void put_change(CmdPrinter *p, const char *name, const char *before, const char *after)
{
    if (strcmp(before, after) == 0)
        return;
    if (!p->json) {
        cmd_print_item(p, name);
        printf("%s -> %s\n", before, after);
        return;
    }
    cmd_print_open(p, NULL, NULL, '{');
    cmd_print_text(p, "name", name);
    cmd_print_text(p, "before", before);
    cmd_print_text(p, "after", after);
    cmd_print_close(p, '}');
}

static void put_number_change(CmdPrinter *p, const char *name, guint64 before, guint64 after)
{
    g_autofree char *a = g_strdup_printf("%" G_GUINT64_FORMAT, before);
    g_autofree char *b = g_strdup_printf("%" G_GUINT64_FORMAT, after);

    put_change(p, name, a, b);
}

static void diff_head(CmdPrinter *p, const PrImage *a, const PrImage *b)
{
    cmd_print_open(p, "image", "image", '[');
    put_change(p, "kind", a->is_native ? "native" : "class", b->is_native ? "native" : "class");
    put_change(p, "arch", a->desc.layouts[a->view.layout].arch->name,
               b->desc.layouts[b->view.layout].arch->name);
    put_number_change(p, "bytes", a->bytes, b->bytes);
    put_number_change(p, "epoch", a->view.epoch, b->view.epoch);
    put_number_change(p, "term", a->view.term, b->view.term);
    put_number_change(p, "polls", a->view.polls, b->view.polls);
    put_number_change(p, "stack_bytes", a->view.stack_bytes, b->view.stack_bytes);
    put_number_change(p, "heap_bytes", a->view.heap_bytes, b->view.heap_bytes);
    cmd_print_close(p, ']');
}

/* ---- frames, from main on ---- */

static char *frame_text(const PrImage *image, guint32 index)
{
    const PrSite *site;
    const PrFunc *func;

    if (index >= image->view.n_frames)
        return g_strdup("none");
    site = &image->desc.sites[image->view.frames[index].site];
    func = &image->desc.funcs[site->func];
    return g_strdup_printf("%s at %s:%u", func->name, func->file, site->line);
}

static void diff_frame(CmdPrinter *p, const PrImage *a, const PrImage *b, guint32 index)
{
    const PrFrame *before = &a->view.frames[index], *after = &b->view.frames[index];
    const PrSite *site = &a->desc.sites[before->site];
    const char *func = a->desc.funcs[site->func].name;

    if (before->site != after->site)
        return; /* other variables are live there: the place itself is the difference */
    for (guint32 i = 0; i < site->n_vars; i++) {
        const PrVar *var = &a->desc.vars[site->first_var + i];
        g_autofree char *name = g_strdup_printf("%s: %s", func, var->name);
        g_autofree char *x = cmd_value_text(a, var->type, &before->values[i]);
        g_autofree char *y = cmd_value_text(b, var->type, &after->values[i]);
        put_change(p, name, x, y);
    }
}

static void diff_frames(CmdPrinter *p, const PrImage *a, const PrImage *b)
{
    guint32 n = MAX(a->view.n_frames, b->view.n_frames);

    cmd_print_open(p, "frames", "frames, from main on", '[');
    for (guint32 i = 0; i < n; i++) {
        g_autofree char *name = g_strdup_printf("frame %u", i);
        g_autofree char *before = frame_text(a, i), *after = frame_text(b, i);
        put_change(p, name, before, after);
        if (i < a->view.n_frames && i < b->view.n_frames)
            diff_frame(p, a, b, i);
    }
    cmd_print_close(p, ']');
}

/* ---- streams, blocks ---- */

static const PrFile *find_file(const PrImage *image, guint32 handle)
{
    for (guint32 i = 0; i < image->view.n_files; i++)
        if (image->view.files[i].handle == handle)
            return &image->view.files[i];
    return NULL;
}

static char *file_text(const PrFile *file)
{
    return file ? g_strdup_printf("%s \"%s\" offset %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT,
                                  *file->path ? file->path : "(standard)", file->mode,
                                  (guint64)file->offset, (guint64)file->length)
                : g_strdup("none");
}

static void diff_file(CmdPrinter *p, guint32 handle, const PrFile *before, const PrFile *after)
{
    g_autofree char *name = g_strdup_printf("stream %u", handle);
    g_autofree char *x = file_text(before), *y = file_text(after);

    put_change(p, name, x, y);
}

static void diff_files(CmdPrinter *p, const PrImage *a, const PrImage *b)
{
    cmd_print_open(p, "files", "open streams", '[');
    for (guint32 i = 0; i < a->view.n_files; i++) {
        const PrFile *before = &a->view.files[i];
        diff_file(p, before->handle, before, find_file(b, before->handle));
    }
    for (guint32 i = 0; i < b->view.n_files; i++)
        if (!find_file(a, b->view.files[i].handle))
            diff_file(p, b->view.files[i].handle, NULL, &b->view.files[i]);
    cmd_print_close(p, ']');
}

static void diff_blocks(CmdPrinter *p, const PrImage *a, const PrImage *b)
{
    g_autofree CmdBlocks *before = cmd_count_blocks(a), *after = cmd_count_blocks(b);

    cmd_print_open(p, "blocks", "heap blocks by type", '[');
    for (guint32 i = 0; i < a->desc.n_types; i++) {
        g_autofree char *x = g_strdup_printf("%" G_GUINT64_FORMAT " blocks, %" G_GUINT64_FORMAT
                                             " elements",
                                             before[i].blocks, before[i].elements);
        g_autofree char *y = g_strdup_printf("%" G_GUINT64_FORMAT " blocks, %" G_GUINT64_FORMAT
                                             " elements",
                                             after[i].blocks, after[i].elements);
        put_change(p, a->desc.types[i].name, x, y);
    }
    cmd_print_close(p, ']');
}

int cmd_diff(const PrImage *before, const PrImage *after, const char *path, gboolean json)
{
    CmdPrinter p;

    if (memcmp(before->desc.program_id, after->desc.program_id, sizeof after->desc.program_id) != 0) {
        cmd_say("%s: desc: image belongs to another build of the program", path);
        return PREACHES_ERROR_DAMAGED;
    }
    cmd_print_begin(&p, json);
    diff_head(&p, before, after);
    diff_frames(&p, before, after);
    diff_files(&p, before, after);
    diff_blocks(&p, before, after);
    cmd_print_end(&p);
    return 0;
}
