#include "diag.h"

#include <string.h>

/* The source half names options "-Wpreaches-x" or "preaches-x". */
static const char *bare(const char *option)
{
    return option && g_str_has_prefix(option, "-W") ? option + 2 : option;
}

static void report(CcDiag *self, gboolean is_error, const char *file, guint line, guint col,
                   const char *option, const char *message)
{
    CcConsole *console = (CcConsole *)self;
    const char *name = bare(option);
    if (!is_error && name && g_hash_table_contains(console->silenced, name))
        return;
    *(is_error ? &self->n_errors : &self->n_warnings) += 1;
    fprintf(console->to, "%s:", file && *file ? file : "preaches-cc");
    if (line)
        fprintf(console->to, "%u:", line);
    if (line && col)
        fprintf(console->to, "%u:", col);
    fprintf(console->to, " %s: %s", is_error ? "error" : "warning", message);
    if (name && *name)
        fprintf(console->to, " [-W%s]", name);
    fputc('\n', console->to);
}

void cc_console_init(CcConsole *console, FILE *to, GHashTable *silenced)
{
    *console = (CcConsole){.diag = {.report = report}, .to = to, .silenced = silenced};
}
