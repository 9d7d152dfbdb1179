/* Gathering: policy, lists, their files. show.c shows them. */
#include "diag.h"
#include "message.h"

#include <string.h>

/* ---- policy ---- */

void cc_policy_init(CcPolicy *policy)
{
    *policy = (CcPolicy){.silenced = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
                         .fatal = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
                         .pardoned = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
}

void cc_policy_fini(CcPolicy *policy)
{
    g_clear_pointer(&policy->silenced, g_hash_table_unref);
    g_clear_pointer(&policy->fatal, g_hash_table_unref);
    g_clear_pointer(&policy->pardoned, g_hash_table_unref);
}

gboolean cc_policy_take(CcPolicy *policy, const char *arg)
{
    static const struct { const char *arg; gsize at; int value; } flags[] = {
        {"-Wpreaches-error", offsetof(CcPolicy, all_fatal), TRUE},
        {"-Werror=preaches", offsetof(CcPolicy, all_fatal), TRUE},
        {"-Wno-error=preaches", offsetof(CcPolicy, all_fatal), FALSE},
        {"-Wno-preaches", offsetof(CcPolicy, all_silenced), TRUE},
        {"-Wpreaches", offsetof(CcPolicy, all_silenced), FALSE},
        {"--diagnostics=json", offsetof(CcPolicy, json), TRUE},
        {"--diagnostics=text", offsetof(CcPolicy, json), FALSE}};
    for (gsize i = 0; i < G_N_ELEMENTS(flags); i++)
        if (strcmp(arg, flags[i].arg) == 0) {
            memcpy((char *)policy + flags[i].at, &flags[i].value, sizeof(gboolean));
            return TRUE;
        }
    if (g_str_has_prefix(arg, "-Wno-preaches-"))
        g_hash_table_add(policy->silenced, g_strdup(arg + strlen("-Wno-")));
    else if (g_str_has_prefix(arg, "-Werror=preaches-"))
        g_hash_table_add(policy->fatal, g_strdup(arg + strlen("-Werror=")));
    else if (g_str_has_prefix(arg, "-Wno-error=preaches-")) {
        g_hash_table_remove(policy->fatal, arg + strlen("-Wno-error="));
        g_hash_table_add(policy->pardoned, g_strdup(arg + strlen("-Wno-error=")));
    }
    else if (g_str_has_prefix(arg, "-Wpreaches-"))
        g_hash_table_remove(policy->silenced, arg + strlen("-W"));
    else
        return FALSE;
    return TRUE;
}

void cc_policy_forbid(CcPolicy *policy, const char *name)
{
    if (!g_hash_table_contains(policy->pardoned, name))
        g_hash_table_add(policy->fatal, g_strdup(name));
}

/* ---- messages ---- */

/* The source half names options "-Wpreaches-x" or "preaches-x". */
static const char *bare(const char *option)
{
    return !option ? "" : g_str_has_prefix(option, "-W") ? option + 2 : option;
}

void cc_message_free(CcMessage *message)
{
    if (!message)
        return;
    g_free(message->file);
    g_free(message->option);
    g_free(message->text);
    g_ptr_array_unref(message->notes);
    g_free(message);
}

static char *valid(const char *text)
{
    return g_utf8_make_valid(text ? text : "", -1);
}

static CcMessage *message_new(CcSeverity severity, const char *file, guint line, guint col,
                              const char *option, const char *text)
{
    CcMessage *message = g_new0(CcMessage, 1);
    *message = (CcMessage){.severity = severity, .file = valid(file), .line = line, .col = col,
                           .option = valid(bare(option)), .text = valid(text)};
    message->notes = g_ptr_array_new_with_free_func((GDestroyNotify)cc_message_free);
    return message;
}

/* What the policy makes of it; FALSE: nothing is said. */
static gboolean judge(const CcPolicy *policy, CcMessage *message)
{
    if (message->severity != CC_WARNING)
        return TRUE;
    if (g_hash_table_contains(policy->silenced, message->option))
        return FALSE;
    if (policy->all_fatal || g_hash_table_contains(policy->fatal, message->option))
        message->severity = CC_ERROR;
    return message->severity == CC_ERROR || !policy->all_silenced;
}

static void take(CcMessages *messages, CcMessage *message)
{
    messages->silent = !judge(messages->policy, message);
    if (messages->silent) {
        cc_message_free(message);
        return;
    }
    messages->diag.n_errors += message->severity == CC_ERROR;
    messages->diag.n_warnings += message->severity == CC_WARNING;
    g_ptr_array_add(messages->list, message);
}

static void report(CcDiag *self, gboolean is_error, const char *file, guint line, guint col,
                   const char *option, const char *text)
{
    take((CcMessages *)self, message_new(is_error ? CC_ERROR : CC_WARNING, file, line, col, option, text));
}

static void note(CcDiag *self, const char *file, guint line, guint col, const char *text)
{
    CcMessages *messages = (CcMessages *)self;
    if (messages->silent || !messages->list->len)
        return;
    CcMessage *last = messages->list->pdata[messages->list->len - 1];
    g_ptr_array_add(last->notes, message_new(CC_NOTE, file, line, col, NULL, text));
}

CcMessages *cc_messages_new(const CcPolicy *policy)
{
    CcMessages *messages = g_new0(CcMessages, 1);
    messages->diag = (CcDiag){.report = report, .note = note};
    messages->policy = policy;
    messages->list = g_ptr_array_new_with_free_func((GDestroyNotify)cc_message_free);
    return messages;
}

void cc_messages_free(CcMessages *messages)
{
    if (!messages)
        return;
    g_ptr_array_unref(messages->list);
    g_free(messages);
}

void cc_messages_add(CcMessages *messages, CcSeverity severity, const char *file, const char *option,
                     const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    take(messages, message_new(severity, file, 0, 0, option, text));
}

void cc_messages_raw(CcMessages *messages, const char *text)
{
    if (text && *text)
        take(messages, message_new(CC_RAW, NULL, 0, 0, NULL, text));
}

/* ---- from process to process ---- */

#define NOTES "a(suus)"
#define MESSAGE "(usuuss" NOTES ")"

gboolean cc_messages_save(const CcMessages *messages, const char *path)
{
    GVariantBuilder all, notes;
    g_variant_builder_init(&all, G_VARIANT_TYPE("a" MESSAGE));
    for (guint i = 0; i < messages->list->len; i++) {
        const CcMessage *m = messages->list->pdata[i];
        g_variant_builder_init(&notes, G_VARIANT_TYPE(NOTES));
        for (guint k = 0; k < m->notes->len; k++) {
            const CcMessage *n = m->notes->pdata[k];
            g_variant_builder_add(&notes, "(suus)", n->file, n->line, n->col, n->text);
        }
        g_variant_builder_add(&all, MESSAGE, (guint)m->severity, m->file, m->line, m->col, m->option,
                              m->text, &notes);
    }
    g_autoptr(GVariant) variant = g_variant_ref_sink(g_variant_builder_end(&all));
    return g_file_set_contents_full(path, g_variant_get_data(variant), (gssize)g_variant_get_size(variant),
                                    G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
}

gboolean cc_messages_load(CcMessages *messages, const char *path)
{
    char *bytes;
    gsize n;
    if (!g_file_get_contents(path, &bytes, &n, NULL))
        return FALSE;
    g_autoptr(GBytes) data = g_bytes_new_take(bytes, n);
    g_autoptr(GVariant) variant =
        g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE("a" MESSAGE), data, FALSE));
    if (!g_variant_is_normal_form(variant))
        return FALSE;
    GVariantIter all, *notes;
    guint severity, line, col;
    const char *file, *option, *text;
    g_variant_iter_init(&all, variant);
    while (g_variant_iter_next(&all, "(u&suu&s&s" NOTES ")", &severity, &file, &line, &col, &option, &text,
                               &notes)) {
        take(messages, message_new((CcSeverity)severity, file, line, col, option, text));
        while (g_variant_iter_next(notes, "(&suu&s)", &file, &line, &col, &text))
            note(&messages->diag, file, line, col, text);
        g_variant_iter_free(notes);
    }
    return TRUE;
}
