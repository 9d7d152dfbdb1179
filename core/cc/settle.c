#define _GNU_SOURCE
#include "settle.h"
#include "macros.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Definition { /* where a macro is given its value, in a file of the user's */
    char *name, *file;
    guint line;
} Definition;

typedef struct Settle { /* one unit */
    const CcBuild *build;
    CcTextUnit *unit;
    const char *source;
    char *const *deps;
    GHashTable *macros[PR_N_ARCHES]; /* by architecture of the command; [0] is native */
    GPtrArray *expressions;          /* char *, each once */
    guint64 *truth[PR_N_ARCHES];     /* [expressions]; NULL: not known */
    CcMessages *messages;
} Settle;

static const PrArch *arch_of(const Settle *settle, guint i)
{
    return settle->build->command->arches[i];
}

static void error_at(Settle *settle, const char *file, guint line, const char *format, ...) G_GNUC_PRINTF(4, 5);
static void error_at(Settle *settle, const char *file, guint line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    settle->messages->diag.report(&settle->messages->diag, TRUE, file, line, 0, "-Wpreaches-config", text);
}

/* ---- what is true ---- */

static guint64 truth_of(const Settle *settle, guint i, const CcMacro *macro, gboolean *known)
{
    guint at;
    *known = settle->truth[i] &&
             g_ptr_array_find_with_equal_func(settle->expressions, macro->expression, g_str_equal, &at);
    return *known ? settle->truth[i][at] : 0;
}

/* Is the macro's value wrong on architecture i? Values that cannot be compared are not. */
static gboolean is_wrong(const Settle *settle, guint i, const CcMacro *macro)
{
    gboolean known, plain;
    guint64 truth = truth_of(settle, i, macro, &known);
    return known && !cc_macro_agrees(macro, truth, &plain) && plain;
}

static gboolean is_right(const Settle *settle, guint i, const CcMacro *macro)
{
    gboolean known, plain;
    guint64 truth = truth_of(settle, i, macro, &known);
    return known && cc_macro_agrees(macro, truth, &plain) && plain;
}

static void ask_compilers(Settle *settle)
{
    guint n = settle->build->command->n_arches;
    for (guint i = 0; i < n; i++) {
        GHashTableIter iter;
        gpointer value;
        g_hash_table_iter_init(&iter, settle->macros[i]);
        while (g_hash_table_iter_next(&iter, NULL, &value)) {
            CcMacro *macro = value;
            if (!g_ptr_array_find_with_equal_func(settle->expressions, macro->expression, g_str_equal, NULL))
                cc_argv_add(settle->expressions, macro->expression);
        }
    }
    for (guint i = 0; settle->expressions->len && i < n; i++) {
        settle->truth[i] = g_new0(guint64, settle->expressions->len);
        if (!cc_macros_truth(settle->build, arch_of(settle, i), settle->expressions, settle->truth[i]))
            g_clear_pointer(&settle->truth[i], g_free);
    }
}

/* ---- what is to be changed ---- */

static const CcSetting *setting_of(const GPtrArray *settings, const char *name)
{
    for (guint i = 0; settings && i < settings->len; i++)
        if (strcmp(((CcSetting *)settings->pdata[i])->name, name) == 0)
            return settings->pdata[i];
    return NULL;
}

static char *shown(const CcMacro *macro)
{
    return !macro->value ? g_strdup("not defined") : *macro->value ? g_strdup(macro->value) : g_strdup("defined");
}

/* One that is right here and wrong there. */
static void settle_macro(Settle *settle, guint i, const CcMacro *macro, GPtrArray *changes)
{
    gboolean known;
    guint64 truth = truth_of(settle, i, macro, &known);
    g_autofree char *value = shown(macro);
    if (macro->claim != CC_CLAIM_GUESS) {
        char *right = macro->claim == CC_CLAIM_NUMBER ? g_strdup_printf("%" G_GUINT64_FORMAT, truth)
                      : truth                         ? g_strdup("1") : NULL;
        g_ptr_array_add(changes, cc_setting_new(macro->name, right));
        if (settle->build->command->verbose)
            cc_tell(settle->build->reporter, CC_NOTE, macro->file, NULL, "%s is %s on %s, and %s on %s",
                    macro->name, value, arch_of(settle, 0)->name, right ? right : "not defined",
                    arch_of(settle, i)->name);
        g_free(right);
        return;
    }
    error_at(settle, macro->file, macro->line, "%s is %s, as on %s; on %s it seems to be otherwise: say which "
             "by --config-for=%s:FILE", macro->name, value, arch_of(settle, 0)->name,
             arch_of(settle, i)->name, arch_of(settle, i)->name);
}

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static GPtrArray *changes_for(Settle *settle, guint i)
{
    const GPtrArray *said = settle->build->command->settings[i];
    GPtrArray *changes = g_ptr_array_new_with_free_func(cc_setting_free);
    guint n;
    g_autofree char **names = (char **)g_hash_table_get_keys_as_array(settle->macros[i], &n);
    if (n)
        qsort(names, n, sizeof *names, by_name);
    for (guint k = 0; said && k < said->len; k++) {
        const CcSetting *setting = said->pdata[k];
        g_ptr_array_add(changes, cc_setting_new(setting->name, setting->value));
    }
    for (guint k = 0; k < n; k++) {
        const CcMacro *there = g_hash_table_lookup(settle->macros[i], names[k]);
        const CcMacro *here = g_hash_table_lookup(settle->macros[0], names[k]);
        if (here && is_right(settle, 0, here) && is_wrong(settle, i, there) && !setting_of(said, names[k]))
            settle_macro(settle, i, there, changes);
    }
    return changes;
}

/* ---- where it is defined ---- */

static void clear_definition(gpointer data)
{
    g_free(((Definition *)data)->name);
    g_free(((Definition *)data)->file);
}

/* Every definition stands, in the order of the text, in what -dD prints. */
static gboolean locate(const Settle *settle, guint i, const GPtrArray *changes, GArray *found)
{
    g_autofree char *out = g_strdup_printf("%s/defined-%s.i", settle->build->scratch, arch_of(settle, i)->name);
    g_autofree char *text = NULL;
    GPtrArray *argv = cc_preprocess_argv(settle->build, arch_of(settle, i), settle->source, out, NULL);
    cc_argv_add(argv, "-dD");
    CcJob job = cc_job(argv);
    gboolean ok = cc_jobs_run(&job, 1, settle->build->tokens, settle->build->scratch);
    cc_job_clear(&job);
    if (!ok || !g_file_get_contents(out, &text, NULL, NULL))
        return FALSE;
    CcPlace place = {NULL, 0, FALSE};
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        const char *name = *line + strlen("#define ");
        if (cc_place_marker(&place, *line, strlen(*line)))
            continue;
        if (g_str_has_prefix(*line, "#define ") && !place.system && place.file && place.file[0] != '<') {
            g_autofree char *word = g_strndup(name, strcspn(name, " ("));
            if (setting_of(changes, word)) {
                Definition definition = {g_steal_pointer(&word), g_strdup(place.file), place.line};
                g_array_append_val(found, definition);
            }
        }
        place.line++;
    }
    g_free(place.file);
    return TRUE;
}

/* ---- another text of a header ---- */

/* The line that defines `name`, and those it continues on, become what is wanted; others keep their
 * numbers. */
static gboolean rewrite_line(char **lines, guint at, const CcSetting *setting)
{
    if (at == 0 || at > g_strv_length(lines) || !strstr(lines[at - 1], "define") ||
        !strstr(lines[at - 1], setting->name))
        return FALSE;
    gboolean more = TRUE;
    for (guint k = at - 1; more && lines[k]; k++) {
        more = g_str_has_suffix(lines[k], "\\");
        g_free(lines[k]);
        lines[k] = k == at - 1 && setting->value ? g_strdup_printf("#define %s %s", setting->name, setting->value)
                                                 : g_strdup("");
    }
    return TRUE;
}

/* Adds one header's rewritten text to the list for the overlay. */
static gboolean rewrite_file(const Settle *settle, const GArray *found, const char *file,
                             const GPtrArray *changes, GString *list, guint number)
{
    g_autofree char *text = NULL, *real = realpath(file, NULL);
    g_autofree char *copy = g_strdup_printf("%s/overlay-%u.h", settle->build->scratch, number);
    if (!real || strchr(real, '\n') || !g_file_get_contents(file, &text, NULL, NULL))
        return FALSE;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; i < found->len; i++) {
        const Definition *d = &g_array_index(found, Definition, i);
        if (strcmp(d->file, file) == 0 && !rewrite_line(lines, d->line, setting_of(changes, d->name)))
            return FALSE;
    }
    g_autofree char *all = g_strjoinv("\n", lines);
    g_string_append_printf(list, "%s\n%s\n", real, copy);
    return g_file_set_contents(copy, all, -1, NULL);
}

static gboolean rewrite_files(const Settle *settle, const GArray *found, const GPtrArray *changes,
                              const char *list_path)
{
    g_autoptr(GHashTable) done = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GString) list = g_string_new(NULL);
    static guint number;
    for (guint i = 0; i < found->len; i++) {
        const Definition *d = &g_array_index(found, Definition, i);
        if (g_hash_table_add(done, d->file) &&
            !rewrite_file(settle, found, d->file, changes, list, number++))
            return FALSE;
    }
    return g_file_set_contents(list_path, list->str, (gssize)list->len, NULL);
}

static gboolean is_defined_in_file(const GArray *found, const char *name)
{
    for (guint i = 0; i < found->len; i++)
        if (strcmp(g_array_index(found, Definition, i).name, name) == 0)
            return TRUE;
    return FALSE;
}

/* The preprocessor once more, with other values: in headers by the overlay, else by -U and -D. */
static gboolean preprocess_again(Settle *settle, guint i, const GArray *found, const GPtrArray *changes)
{
    const char *scratch = settle->build->scratch, *name = arch_of(settle, i)->name;
    g_autofree char *list = g_strdup_printf("%s/overlay-%s", scratch, name);
    g_autofree char *out = g_strdup_printf("%s/again-%s.i", scratch, name);
    g_autofree char *lib = cc_lib_dir(), *preload = g_build_filename(lib, "overlay.so", NULL);
    if (!rewrite_files(settle, found, changes, list))
        return FALSE;
    g_autoptr(GPtrArray) base = cc_preprocess_argv(settle->build, arch_of(settle, i), settle->source, out,
                                                   settle->deps[i]);
    GPtrArray *argv = cc_argv_new("env", NULL);
    cc_argv_addf(argv, "LD_PRELOAD=%s", preload);
    cc_argv_addf(argv, "PREACHES_OVERLAY=%s", list);
    cc_argv_append(argv, base);
    for (guint k = 0; k < changes->len; k++) {
        const CcSetting *change = changes->pdata[k];
        if (is_defined_in_file(found, change->name))
            continue;
        cc_argv_addf(argv, "-U%s", change->name);
        if (change->value)
            cc_argv_addf(argv, "-D%s=%s", change->name, change->value);
    }
    CcJob job = cc_job(argv);
    gboolean ok = cc_jobs_run(&job, 1, settle->build->tokens, scratch);
    if (!ok)
        cc_tell_raw(settle->build->reporter, job.messages);
    cc_job_clear(&job);
    CcText *text = &g_array_index(settle->unit->texts, CcText, i);
    g_clear_pointer(&text->text, g_free);
    return ok && g_file_get_contents(out, &text->text, &text->bytes, NULL);
}

/* ---- the whole ---- */

static gboolean take_macros(Settle *settle, guint i)
{
    CcText *text = &g_array_index(settle->unit->texts, CcText, i);
    if (memchr(text->text, '\0', text->bytes)) {
        error_at(settle, settle->source, 0, "the text contains a NUL byte");
        return FALSE;
    }
    g_clear_pointer(&settle->macros[i], g_hash_table_unref);
    settle->macros[i] = cc_macros_new();
    cc_macros_take(text->text, settle->macros[i]);
    text->bytes = strlen(text->text);
    return TRUE;
}

/* What was settled must now be so; whatever kept it from being so, it is refused. */
static void check_again(Settle *settle, guint i, const GPtrArray *changes)
{
    for (guint k = 0; k < changes->len; k++) {
        const CcSetting *change = changes->pdata[k];
        const CcMacro *now = g_hash_table_lookup(settle->macros[i], change->name);
        if (now && !setting_of(settle->build->command->settings[i], change->name) && is_wrong(settle, i, now)) {
            g_autofree char *value = shown(now);
            error_at(settle, now->file, now->line, "%s is %s, as on %s; on %s it should be %s", now->name, value,
                     arch_of(settle, 0)->name, arch_of(settle, i)->name,
                     change->value ? change->value : "not defined");
        }
    }
}

static void settle_arch(Settle *settle, guint i)
{
    g_autoptr(GPtrArray) changes = changes_for(settle, i);
    if (settle->messages->diag.n_errors || !changes->len)
        return;
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(Definition));
    g_array_set_clear_func(found, clear_definition);
    if (locate(settle, i, changes, found) && preprocess_again(settle, i, found, changes)) {
        if (take_macros(settle, i))
            check_again(settle, i, changes);
        return;
    }
    error_at(settle, settle->source, 0, "%s and others have another value on %s, which could not be given to it",
             ((CcSetting *)changes->pdata[0])->name, arch_of(settle, i)->name);
}

gboolean cc_config_settle(const CcBuild *build, CcTextUnit *unit, const char *source, char *const *deps)
{
    guint n = build->command->n_arches;
    Settle settle = {.build = build, .unit = unit, .source = source, .deps = deps};
    settle.expressions = g_ptr_array_new_with_free_func(g_free);
    settle.messages = cc_messages_new(&build->command->policy);
    gboolean ok = TRUE;
    for (guint i = 0; ok && i < n; i++)
        ok = take_macros(&settle, i);
    if (ok)
        ask_compilers(&settle);
    for (guint i = 1; ok && i < n && !settle.messages->diag.n_errors; i++)
        settle_arch(&settle, i);
    ok = settle.messages->diag.n_errors == 0;
    cc_reporter_show(build->reporter, settle.messages);
    for (guint i = 0; i < n; i++) {
        g_clear_pointer(&settle.macros[i], g_hash_table_unref);
        g_free(settle.truth[i]);
    }
    g_ptr_array_unref(settle.expressions);
    cc_messages_free(settle.messages);
    return ok;
}
