/* Showing diagnostics: as text with the source line and a caret, coloured on a terminal, or as JSON. */
#include "diag.h"
#include "message.h"

#include <string.h>
#include <unistd.h>

struct CcReporter {
    const CcPolicy *policy;
    FILE *to;
    gboolean colors;
    GHashTable *shown;  /* what was shown */
    GHashTable *files;  /* path -> lines (GStrv), or NULL for a file that cannot be read */
};

enum { MAX_FILE_BYTES = 32 << 20, MAX_SHOWN_COLUMNS = 400 };

typedef struct Look { const char *name, *color; } Look;
static const Look looks[] = {[CC_NOTE] = {"note", "\033[01;36m"},
                             [CC_WARNING] = {"warning", "\033[01;35m"},
                             [CC_ERROR] = {"error", "\033[01;31m"}};
#define BOLD "\033[01m"
#define PLAIN "\033[m"

static void free_lines(gpointer lines)
{
    g_strfreev(lines);
}

CcReporter *cc_reporter_new(const CcPolicy *policy, FILE *to)
{
    CcReporter *reporter = g_new0(CcReporter, 1);
    *reporter = (CcReporter){.policy = policy, .to = to};
    const char *term = g_getenv("TERM");
    gboolean terminal = isatty(fileno(to)) && term && strcmp(term, "dumb") != 0;
    reporter->colors = !policy->json && (policy->color == CC_COLOR_ALWAYS ||
                                         (policy->color == CC_COLOR_AUTO && terminal));
    reporter->shown = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    reporter->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_lines);
    return reporter;
}

void cc_reporter_free(CcReporter *reporter)
{
    if (!reporter)
        return;
    g_hash_table_unref(reporter->shown);
    g_hash_table_unref(reporter->files);
    g_free(reporter);
}

gboolean cc_reporter_colors(const CcReporter *reporter)
{
    return reporter->colors;
}

/* ---- text ---- */

static char **lines_of(CcReporter *reporter, const char *file)
{
    gpointer lines = NULL;
    if (g_hash_table_lookup_extended(reporter->files, file, NULL, &lines))
        return lines;
    g_autofree char *text = NULL;
    gsize n;
    if (g_file_test(file, G_FILE_TEST_IS_REGULAR) && g_file_get_contents(file, &text, &n, NULL) &&
        n < MAX_FILE_BYTES)
        lines = g_strsplit(text, "\n", -1);
    g_hash_table_insert(reporter->files, g_strdup(file), lines);
    return lines;
}

/* The line and a caret under column `col`. Columns are those of the preprocessed text: where a macro
 * was expanded before them they lie elsewhere, and then there is no caret. */
static void show_source(CcReporter *reporter, const CcMessage *m)
{
    char **lines = m->line && *m->file ? lines_of(reporter, m->file) : NULL;
    guint n = 0;
    while (lines && lines[n] && n < m->line)
        n++;
    if (!lines || n < m->line)
        return;
    g_autofree char *line = g_utf8_make_valid(lines[m->line - 1], -1);
    gsize bytes = strlen(line);
    if (bytes && line[bytes - 1] == '\r')
        line[--bytes] = '\0';
    if (bytes == 0 || bytes > MAX_SHOWN_COLUMNS)
        return;
    fprintf(reporter->to, "%5u | %s\n", m->line, line);
    if (m->col == 0 || m->col > bytes || g_ascii_isspace(line[m->col - 1]))
        return;
    fputs("      | ", reporter->to);
    for (guint i = 0; i + 1 < m->col; i++)
        if (((guchar)line[i] & 0xc0) != 0x80)
            fputc(line[i] == '\t' ? '\t' : ' ', reporter->to);
    fprintf(reporter->to, "%s^%s\n", reporter->colors ? looks[m->severity].color : "",
            reporter->colors ? PLAIN : "");
}

static void show_text(CcReporter *reporter, const CcMessage *m)
{
    FILE *to = reporter->to;
    if (m->severity == CC_RAW) {
        fputs(m->text, to);
        if (!g_str_has_suffix(m->text, "\n"))
            fputc('\n', to);
        return;
    }
    const Look *look = &looks[m->severity];
    const char *bold = reporter->colors ? BOLD : "", *plain = reporter->colors ? PLAIN : "";
    fprintf(to, "%s%s:", bold, *m->file ? m->file : "preaches-cc");
    if (m->line)
        fprintf(to, "%u:", m->line);
    if (m->line && m->col)
        fprintf(to, "%u:", m->col);
    fprintf(to, "%s %s%s:%s %s", plain, reporter->colors ? look->color : "", look->name, plain, m->text);
    if (*m->option)
        fprintf(to, " [%s-W%s%s]", reporter->colors ? look->color : "", m->option, plain);
    fputc('\n', to);
    show_source(reporter, m);
    for (guint i = 0; i < m->notes->len; i++)
        show_text(reporter, m->notes->pdata[i]);
}

/* ---- JSON ---- */

static void json_string(GString *out, const char *text)
{
    g_string_append_c(out, '"');
    for (const char *c = text; *c; c++)
        if (*c == '"' || *c == '\\')
            g_string_append_printf(out, "\\%c", *c);
        else if ((guchar)*c < 0x20)
            g_string_append_printf(out, "\\u%04x", (guint)(guchar)*c);
        else
            g_string_append_c(out, *c);
    g_string_append_c(out, '"');
}

static void json_place(GString *out, const CcMessage *m)
{
    g_string_append(out, "\"file\":");
    json_string(out, m->file);
    g_string_append_printf(out, ",\"line\":%u,\"column\":%u,\"message\":", m->line, m->col);
    json_string(out, m->text);
}

static void show_object(CcReporter *reporter, const CcMessage *m)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_string_append_printf(out, "{\"severity\":\"%s\",\"option\":", looks[m->severity].name);
    g_autofree char *option = *m->option ? g_strconcat("-W", m->option, NULL) : g_strdup("");
    json_string(out, option);
    g_string_append_c(out, ',');
    json_place(out, m);
    g_string_append(out, ",\"notes\":[");
    for (guint i = 0; i < m->notes->len; i++) {
        g_string_append(out, i ? ",{" : "{");
        json_place(out, m->notes->pdata[i]);
        g_string_append_c(out, '}');
    }
    fprintf(reporter->to, "%s]}\n", out->str);
}

/* A line of gcc's or the linker's: "file:3:5: warning: text [-Wx]", "ld: file: text". */
static gboolean show_line(CcReporter *reporter, const char *line)
{
    static GRegex *regex;
    if (!regex)
        regex = g_regex_new("^(.*?):(?:(\\d+):)?(?:(\\d+):)? (?:fatal )?(error|warning|note): (.*?)"
                            "(?: \\[-W([^\\]]*)\\])?$", G_REGEX_OPTIMIZE, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    if (!g_regex_match(regex, line, 0, &match)) {
        if (!strstr(line, "ld: "))
            return FALSE;
        g_autoptr(GPtrArray) no_notes = g_ptr_array_new();
        char none_text[] = "";
        g_autofree char *said = g_utf8_make_valid(line, -1);
        CcMessage linker = {CC_NOTE, none_text, 0, 0, none_text, said, no_notes};
        show_object(reporter, &linker);
        return TRUE;
    }
    g_auto(GStrv) part = g_match_info_fetch_all(match);
    guint n = g_strv_length(part);
    CcSeverity severity = strcmp(part[4], "error") == 0 ? CC_ERROR
                          : strcmp(part[4], "note") == 0 ? CC_NOTE : CC_WARNING;
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    char empty[] = "";
    CcMessage m = {severity, part[1], (guint)g_ascii_strtoull(part[2], NULL, 10),
                   (guint)g_ascii_strtoull(part[3], NULL, 10), n > 6 ? part[6] : empty, part[5], none};
    show_object(reporter, &m);
    return TRUE;
}

static void show_json(CcReporter *reporter, const CcMessage *m)
{
    if (m->severity != CC_RAW) {
        show_object(reporter, m);
        return;
    }
    guint n = 0;
    g_auto(GStrv) lines = g_strsplit(m->text, "\n", -1);
    for (char **line = lines; *line; line++)
        n += show_line(reporter, *line) ? 1 : 0;
    if (n)
        return;
    CcMessage whole = *m; /* of no form that is known: better as a whole than lost */
    whole.severity = CC_NOTE;
    show_object(reporter, &whole);
}

/* ---- the reporter ---- */

static char *identity(const CcMessage *m)
{
    return g_strdup_printf("%d\n%s\n%u\n%u\n%s\n%s", (int)m->severity, m->file, m->line, m->col,
                           m->option, m->text);
}

guint cc_reporter_show(CcReporter *reporter, CcMessages *messages)
{
    guint n = 0;
    for (guint i = 0; i < messages->list->len; i++) {
        const CcMessage *m = messages->list->pdata[i];
        if (!g_hash_table_add(reporter->shown, identity(m)))
            continue;
        if (reporter->policy->json)
            show_json(reporter, m);
        else
            show_text(reporter, m);
        n++;
    }
    g_ptr_array_set_size(messages->list, 0);
    fflush(reporter->to);
    return n;
}

void cc_tell(CcReporter *reporter, CcSeverity severity, const char *file, const char *option,
             const char *format, ...)
{
    g_autoptr(CcMessages) one = cc_messages_new(reporter->policy);
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    cc_messages_add(one, severity, file, option, "%s", text);
    cc_reporter_show(reporter, one);
}

void cc_tell_raw(CcReporter *reporter, const char *text)
{
    g_autoptr(CcMessages) one = cc_messages_new(reporter->policy);
    cc_messages_raw(one, text);
    cc_reporter_show(reporter, one);
}
