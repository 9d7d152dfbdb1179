/* Kept sizes and numbers, compared between architectures. */
#include "ast.h"
#include <string.h>

/* Columns may differ, behind macros: the how-manieth of its line. */
static char *key_of(const CcModel *m, guint i)
{
    const CcSize *size = &g_array_index(m->sizes, CcSize, i);
    guint nth = 0;
    for (guint k = 0; k < i; k++) {
        const CcSize *other = &g_array_index(m->sizes, CcSize, k);
        nth += other->line == size->line && strcmp(other->file, size->file) == 0 &&
            strcmp(other->kept, size->kept) == 0 ? 1 : 0;
    }
    return g_strdup_printf("%s:%u %s %u", size->file, size->line, size->kept, nth);
}

char *cc_model_sizes(const CcModel *m)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < m->sizes->len; i++) {
        const CcSize *size = &g_array_index(m->sizes, CcSize, i);
        g_autofree char *key = key_of(m, i);
        g_string_append_printf(text, "%s\t%" G_GUINT64_FORMAT "\n", key, size->value);
    }
    return g_string_free(text, FALSE);
}

static char *message_of(const CcSize *size, const char *there, const char *arch)
{
    switch (size->what) {
    case CC_WORD_BITS:
        return g_strdup_printf("bits are placed by a number that is %" G_GUINT64_FORMAT " on this machine and %s on %s: "
                               "words of a fixed width (uint32_t, uint64_t) are the same on all", size->value, there, arch);
    case CC_KEPT_NUMBER:
        return g_strdup_printf("the number of an error or signal, or a mode to open files with, is kept in '%s' while "
                               "polls are met: it is another one on %s", size->kept, arch);
    case CC_BYTES_DONE:
        return g_strdup_printf("values are gone through by bytes, as many as '%s' says, while polls are met: they are of "
                               "another size or byte order on %s", size->kept, arch);
    default:
        return g_strdup_printf("memory is measured with a size that is kept in '%s' while polls are met: it is %"
                               G_GUINT64_FORMAT " on this machine and %s on %s", size->kept, size->value, there, arch);
    }
}

static void report_size(const CcSize *size, const char *there, const char *arch, CcDiag *diag)
{
    static const char *const options[] = { "-Wpreaches-sizeof", "-Wpreaches-number", "-Wpreaches-differs",
                                           "-Wpreaches-sizeof" };
    static const char *const uses[] = { "and used on memory here", "and used here", NULL, "by this loop" };
    g_autofree char *text = message_of(size, there, arch);
    diag->n_errors++;
    diag->report(diag, TRUE, size->file, size->line, size->col, options[size->what], text);
    if (!diag->note || !uses[size->what])
        return;
    g_autofree char *kept = g_strdup_printf("'%s' is kept here", size->kept);
    diag->note(diag, size->kept_file, size->kept_line, size->kept_col, kept);
    diag->note(diag, size->used_file, size->used_line, size->used_col, uses[size->what]);
}

gboolean cc_model_sizes_agree(const CcModel *m, const char *theirs, const char *their_arch, CcDiag *diag)
{
    g_auto(GStrv) lines = g_strsplit(theirs, "\n", -1);
    g_autoptr(GHashTable) values = g_hash_table_new(g_str_hash, g_str_equal);
    gboolean agree = TRUE;
    for (char **line = lines; *line; line++) {
        char *tab = strrchr(*line, '\t');
        if (!tab)
            continue;
        *tab = 0;
        g_hash_table_insert(values, *line, tab + 1);
    }
    for (guint i = 0; i < m->sizes->len; i++) {
        const CcSize *size = &g_array_index(m->sizes, CcSize, i);
        g_autofree char *key = key_of(m, i), *here = g_strdup_printf("%" G_GUINT64_FORMAT, size->value);
        const char *there = g_hash_table_lookup(values, key);
        if (there && strcmp(here, there) == 0)
            continue;
        report_size(size, there ? there : "not known", their_arch, diag);
        agree = FALSE;
    }
    return agree;
}
