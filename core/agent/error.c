/* The tools' error domain, the one adapter from the runtime's errors, and short ways to fail. */
#include "spool.h"

#include <errno.h>

G_DEFINE_QUARK(preaches - error - quark, preaches_error)

/* Which statuses mean that the input is not to be used, as against "it could not be done". */
static gboolean is_damage(PrStatus status)
{
    switch (status) {
    case PR_E_TRUNCATED:
    case PR_E_MAGIC:
    case PR_E_VERSION:
    case PR_E_CHECKSUM:
    case PR_E_FORMAT:
    case PR_E_PROGRAM:
    case PR_E_ARCH:
    case PR_E_LIMIT:
        return TRUE;
    default:
        return FALSE;
    }
}

void preaches_error_take(GError **error, const PrError *from, const char *file)
{
    gboolean is_errno = from->status == PR_E_IO && from->offset > 0 && from->offset < 4096;
    g_autoptr(GString) text = g_string_new(NULL);

    if (file)
        g_string_append_printf(text, "%s: ", file);
    if (from->what && *from->what)
        g_string_append_printf(text, "%s: ", from->what);
    if (is_errno)
        g_string_append(text, g_strerror((int)from->offset));
    else if (from->status != PR_E_IO || !from->path[0]) /* else the path says it all */
        g_string_append(text, pr_status_text(from->status));
    if (from->offset && !is_errno)
        g_string_append_printf(text, " at byte %" G_GUINT64_FORMAT, (guint64)from->offset);
    if (from->path[0])
        g_string_append_printf(text, g_str_has_suffix(text->str, ": ") ? "%s" : " (%s)",
                               from->path);
    g_set_error_literal(error, PREACHES_ERROR,
                        is_damage(from->status) ? PREACHES_ERROR_DAMAGED : PREACHES_ERROR_FAILED,
                        text->str);
}

gboolean preaches_fail(GError **error, PreachesErrorCode code, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error_literal(error, PREACHES_ERROR, (gint)code, text);
    return FALSE;
}

gboolean preaches_fail_errno(GError **error, const char *path)
{
    int code = errno;

    return preaches_fail(error, PREACHES_ERROR_FAILED, "%s: %s", path, g_strerror(code));
}

gboolean preaches_fail_damaged(GError **error, const char *path, const char *why)
{
    return preaches_fail(error, PREACHES_ERROR_DAMAGED, "%s: %s", path, why);
}
