#define _GNU_SOURCE /* strchrnul */
#include "hints.h"
#include "parse.h"
#include <stdarg.h>
#include <string.h>

static const struct { const char *word; HintKind kind; } words[] = {
    { "union", HINT_TAG }, { "alloc", HINT_ALLOC }, { "raw", HINT_RAW },
    { "allocator", HINT_ALLOCATOR }, { "tail", HINT_TAIL }, { "opaque", HINT_OPAQUE }, { "never", HINT_NEVER },
    { "constant", HINT_CONSTANT }, { "stale", HINT_STALE }, { "size", HINT_SIZE }, { "bytes", HINT_BYTES },
    { "parts", HINT_PARTS }, { "overlay", HINT_OVERLAY },
};

void cc_hint_error(Program *p, const Hint *hint, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    g_autofree char *text = g_strdup_vprintf(format, ap);
    va_end(ap);
    cc_error(p, hint->file, hint->line, 1, "-Wpreaches-hint", "%s", text);
}

static void clear_case(gpointer data)
{
    g_free(((HintCase *)data)->word);
    g_free(((HintCase *)data)->member);
}

static void hint_free(gpointer data)
{
    Hint *h = data;
    g_free(h->name);
    g_free(h->field);
    g_free(h->rest);
    g_free(h->said);
    g_strfreev(h->names);
    if (h->cases)
        g_array_unref(h->cases);
    g_free(h);
}

void cc_hints_free(GPtrArray *hints)
{
    for (guint i = 0; hints && i < hints->len; i++)
        hint_free(hints->pdata[i]);
    if (hints)
        g_ptr_array_unref(hints);
}

/* ---- reading a line ---- */

typedef struct Line { /* its words, and how many are read */
    Program *p;
    Hint *hint;
    char **word;
    guint at;
    gboolean ok;
} Line;

static void wrong(Line *l, const char *what)
{
    if (l->ok)
        cc_hint_error(l->p, l->hint, "%s", what);
    l->ok = FALSE;
}

static const char *next(Line *l)
{
    return l->word[l->at] ? l->word[l->at++] : NULL;
}

static char *want(Line *l, const char *what)
{
    const char *word = next(l);
    if (!word)
        wrong(l, what);
    return g_strdup(word ? word : "");
}

static gboolean accept(Line *l, const char *word)
{
    gboolean is = l->word[l->at] && strcmp(l->word[l->at], word) == 0;
    l->at += is ? 1 : 0;
    return is;
}

static gboolean number(const char *text, guint64 *value)
{
    char *end;
    gboolean minus = *text == '-';
    if (!g_ascii_isdigit(text[minus]))
        return FALSE;
    *value = g_ascii_strtoull(text + minus, &end, 0);
    if (minus)
        *value = -*value;
    return *end == 0;
}

/* "3", "0x40-0x7f", "else", or an enumerator. */
static void add_values(Line *l, const char *values, const char *member)
{
    HintCase k = { .member = g_strdup(member) };
    char *dash = *values ? strchr(values + 1, '-') : NULL;
    g_autofree char *first = dash ? g_strndup(values, (gsize)(dash - values)) : g_strdup(values);
    if (strcmp(values, "else") == 0)
        k.high = G_MAXUINT64;
    else if (number(first, &k.low) && (!dash || number(dash + 1, &k.high)))
        k.high = dash ? k.high : k.low;
    else if (g_ascii_isalpha(*values) || *values == '_')
        k.word = g_strdup(values);
    else
        wrong(l, "a value is a number, a range, an enumerator or 'else'");
    if (k.low > k.high)
        wrong(l, "the range is empty");
    g_array_append_val(l->hint->cases, k);
}

static void read_cases(Line *l)
{
    const char *word;
    l->hint->cases = g_array_new(FALSE, TRUE, sizeof(HintCase));
    g_array_set_clear_func(l->hint->cases, clear_case);
    if (!accept(l, ":"))
        wrong(l, "':' and cases VALUES=NAME are wanted here");
    while (l->ok && (word = next(l)) != NULL) {
        const char *equals = strchr(word, '=');
        if (!equals || equals == word || !equals[1]) {
            wrong(l, "a case has the form VALUES=NAME");
            return;
        }
        g_autofree char *values = g_strndup(word, (gsize)(equals - word));
        g_auto(GStrv) parts = g_strsplit(values, ",", -1);
        for (char **part = parts; *part; part++)
            add_values(l, *part, equals + 1);
    }
    if (l->ok && !l->hint->cases->len)
        wrong(l, "there are no cases");
}

static void read_union(Line *l)
{
    Hint *h = l->hint;
    h->name = want(l, "the union's name is wanted");
    if (accept(l, "always")) {
        h->kind = HINT_ALWAYS;
        h->field = want(l, "a member is wanted behind 'always'");
        return;
    }
    if (!accept(l, "tag"))
        wrong(l, "'tag' or 'always' is wanted behind the union's name");
    h->field = want(l, "the tag's name is wanted");
    h->mask = G_MAXUINT64;
    if (accept(l, "here"))
        h->here = TRUE;
    else if (accept(l, "&")) {
        g_autofree char *mask = want(l, "a mask is wanted behind '&'");
        if (!number(mask, &h->mask))
            wrong(l, "a mask is a number");
    }
    read_cases(l);
}

/* FUNCTION or FUNCTION#N */
static void read_place(Line *l)
{
    char *name = want(l, "a function's name is wanted");
    if (!strchr(name, '#') && l->word[l->at] && *l->word[l->at] == '#') { /* "f #2" is "f#2" */
        char *both = g_strconcat(name, next(l), NULL);
        g_free(name);
        name = both;
    }
    l->hint->name = name;
    char *hash = strchr(name, '#');
    guint64 nth = 0;
    if (hash && (!number(hash + 1, &nth) || nth == 0 || nth > G_MAXINT))
        wrong(l, "allocations are numbered from 1");
    l->hint->nth = (guint)nth;
    if (hash)
        *hash = 0;
}

static char *rest(Line *l)
{
    char *text = g_strjoinv(" ", l->word + l->at);
    while (l->word[l->at])
        l->at++;
    return text;
}

static void read_alloc(Line *l)
{
    read_place(l);
    if (accept(l, "by")) {
        l->hint->kind = HINT_ALLOC_BY;
        l->hint->field = want(l, "a parameter's name is wanted behind 'by'");
        read_cases(l);
        return;
    }
    l->hint->field = rest(l);
    if (g_str_has_suffix(l->hint->field, " and room")) {
        l->hint->room = TRUE;
        l->hint->field[strlen(l->hint->field) - strlen(" and room")] = 0;
    }
    if (!*l->hint->field)
        wrong(l, "a type is wanted");
}

static void read_tail(Line *l)
{
    l->hint->name = want(l, "STRUCT.MEMBER is wanted");
    l->hint->field = want(l, "the member that counts the elements is wanted");
    l->hint->rest = rest(l);
    if (!*l->hint->rest || !strchr(l->hint->name, '.'))
        wrong(l, "a tail has the form STRUCT.MEMBER COUNTER TYPE");
}

/* All words that are left. */
static void read_names(Line *l, const char *what)
{
    if (!l->word[l->at])
        wrong(l, what);
    l->hint->names = g_strdupv(l->word + l->at);
    while (l->word[l->at])
        l->at++;
}

static void read_never(Line *l)
{
    l->hint->name = want(l, "a function's name is wanted");
    if (accept(l, "but"))
        read_names(l, "functions are wanted behind 'but'");
}

static void read_overlay(Line *l)
{
    l->hint->name = want(l, "a function's name is wanted");
    read_names(l, "an overlay has the form FUNCTION POINTER ...");
}

static void read_constant(Line *l)
{
    g_autofree char *text = rest(l);
    g_auto(GStrv) sides = g_strsplit(text, " = ", 2);
    if (!sides[0] || !*sides[0] || !sides[1]) {
        wrong(l, "a constant has the form TEXT = TEXT");
        return;
    }
    l->hint->name = g_strdup(sides[0]);
    l->hint->field = g_strdup(sides[1]);
}

static void read_parts(Line *l)
{
    static const char *const types[] = { "short", "unsigned short", "int", "unsigned int", NULL };
    l->hint->name = rest(l);
    if (!g_strv_contains(types, l->hint->name))
        wrong(l, "parts are of type 'short', 'unsigned short', 'int' or 'unsigned int'");
}

static void read_kind(Line *l)
{
    switch (l->hint->kind) {
    case HINT_TAG: read_union(l); break;
    case HINT_ALLOC: read_alloc(l); break;
    case HINT_RAW: read_place(l); break;
    case HINT_ALLOCATOR:
        read_place(l);
        if (accept(l, "in"))
            l->hint->field = want(l, "STRUCT.MEMBER is wanted behind 'in'");
        break;
    case HINT_TAIL: read_tail(l); break;
    case HINT_CONSTANT: read_constant(l); break;
    case HINT_PARTS: read_parts(l); break;
    case HINT_NEVER: read_never(l); break;
    case HINT_OVERLAY: read_overlay(l); break;
    default: l->hint->name = want(l, "a name is wanted"); break;
    }
    if (l->ok && l->word[l->at]) {
        g_autofree char *what = g_strdup_printf("'%s' is not expected here", l->word[l->at]);
        wrong(l, what);
    }
}

const char *cc_hint_bare(const char *name)
{
    static const char *const tags[] = { "struct ", "union ", "enum " };
    for (guint i = 0; i < G_N_ELEMENTS(tags); i++)
        if (g_str_has_prefix(name, tags[i]))
            return name + strlen(tags[i]);
    return name;
}

static GPtrArray *split(const char *text)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) parts = g_strsplit_set(text, " \t\r", -1);
    for (char **part = parts; *part; part++)
        if (**part)
            g_ptr_array_add(list, g_strdup(*part));
    g_ptr_array_add(list, NULL);
    return list;
}

static void read_line(Program *p, const char *text, const char *file, guint line)
{
    g_autoptr(GPtrArray) list = split(text);
    if (list->len == 1)
        return;
    Hint *h = g_new0(Hint, 1);
    h->file = file;
    h->line = line;
    h->kind = HINT_N_KINDS;
    Line l = { .p = p, .hint = h, .word = (char **)list->pdata, .ok = TRUE };
    const char *word = next(&l);
    for (guint i = 0; i < G_N_ELEMENTS(words); i++)
        if (strcmp(words[i].word, word) == 0)
            h->kind = words[i].kind;
    if (h->kind == HINT_N_KINDS) {
        const char *known[G_N_ELEMENTS(words)];
        for (guint i = 0; i < G_N_ELEMENTS(words); i++)
            known[i] = words[i].word;
        cc_hint_error(p, h, "there are no hints '%s'; did you mean '%s'?", word,
                      cc_nearest(word, known, G_N_ELEMENTS(known)));
        hint_free(h);
        return;
    }
    read_kind(&l);
    h->said = list->len > 3 ? g_strjoinv(" ", (char **)list->pdata + 2) : g_strdup("");
    if (l.ok)
        g_ptr_array_add(p->hints, h);
    else
        hint_free(h);
}

/* '#' begins a comment where it stands first or behind a blank and no digit follows; '\' at the end continues a line. */
static void read_text(Program *p, const char *text, gsize bytes, const char *file)
{
    g_autofree char *copy = g_strndup(text, bytes);
    g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);
    GString *whole = g_string_new(NULL);
    guint begin = 1;
    for (guint i = 0; lines[i]; i++) {
        char *line = g_strchomp(lines[i]);
        for (char *hash = line; (hash = strchr(hash, '#')) != NULL; hash++)
            if (hash == line || (g_ascii_isspace(hash[-1]) && !g_ascii_isdigit(hash[1]))) {
                *hash = 0;
                break;
            }
        if (!whole->len)
            begin = i + 1;
        g_string_append(whole, line);
        if (whole->len && whole->str[whole->len - 1] == '\\') {
            whole->str[whole->len - 1] = ' ';
            continue;
        }
        read_line(p, whole->str, file, begin);
        g_string_truncate(whole, 0);
    }
    if (whole->len)
        read_line(p, whole->str, file, begin);
    g_string_free(whole, TRUE);
}

void cc_hints_read(Program *p, const CcSource *files, guint n_files)
{
    for (guint i = 0; i < n_files; i++)
        read_text(p, files[i].text, files[i].bytes, cc_keep(p, g_strdup(files[i].name)));
}

/* ---- in the source ---- */

#define MARK "\"preaches: "

void cc_hints_scan(Program *p, Unit *u)
{
    for (const char *at = u->text; (at = strstr(at, MARK)) != NULL;) {
        GString *text = g_string_new(NULL);
        guint from = (guint)(at - u->text);
        at += sizeof MARK - 1;
        for (; *at && *at != '"'; at++)
            g_string_append_c(text, *at);
        at += *at == '"';
        while (*at && *at != ')') { /* adjacent strings, with line markers between them */
            if (*at == '#')
                at = strchrnul(at, '\n');
            else if (*at == '"')
                for (at++; *at && *at != '"'; at++)
                    g_string_append_c(text, *at);
            if (*at)
                at++;
        }
        CXSourceLocation loc = clang_getLocationForOffset(u->tu, u->file, from);
        const char *file;
        guint line, col;
        cc_presumed(u, loc, &file, &line, &col);
        read_line(p, text->str, file, line);
        g_string_free(text, TRUE);
        const Hint *last = p->hints->len ? p->hints->pdata[p->hints->len - 1] : NULL;
        if (last && last->kind == HINT_CONSTANT && last->file == file && last->line == line)
            cc_hint_error(p, last, "'constant' stands in a hints file, which is read before the sources");
    }
}

char *cc_hints_substitute(Program *p, const char *text, gsize *bytes)
{
    GString *s = g_string_new_len(text, (gssize)*bytes);
    for (guint i = 0; i < p->hints->len; i++) {
        Hint *h = p->hints->pdata[i];
        if (h->kind == HINT_CONSTANT)
            h->used |= g_string_replace(s, h->name, h->field, 0) > 0;
    }
    *bytes = s->len;
    return g_string_free(s, FALSE);
}

/* ---- looking up ---- */

Hint *cc_hint(Program *p, HintKind kind, const char *name)
{
    for (guint i = 0; i < p->hints->len; i++) {
        Hint *h = p->hints->pdata[i];
        if (h->kind == kind && strcmp(cc_hint_bare(h->name), cc_hint_bare(name)) == 0) {
            h->used = TRUE;
            return h;
        }
    }
    return NULL;
}

gboolean cc_hint_below(Program *p, HintKind kind, const char *name)
{
    gsize length = strlen(cc_hint_bare(name));
    gboolean found = FALSE;
    for (guint i = 0; !found && i < p->hints->len; i++) {
        const Hint *h = p->hints->pdata[i];
        found = h->kind == kind && strncmp(cc_hint_bare(h->name), cc_hint_bare(name), length) == 0 && cc_hint_bare(h->name)[length] == '.';
    }
    return found;
}

Hint *cc_hint_alloc(Program *p, HintKind kind, const char *function, guint nth)
{
    Hint *all = NULL;
    for (guint i = 0; i < p->hints->len; i++) {
        Hint *h = p->hints->pdata[i];
        if (h->kind != kind || strcmp(h->name, function) != 0 || (h->nth && h->nth != nth))
            continue;
        if (h->nth || !all)
            all = h;
        if (h->nth)
            break;
    }
    if (all)
        all->used = TRUE;
    return all;
}

gboolean cc_hint_lists(const Hint *hint, const char *name)
{
    return hint->names && g_strv_contains((const char *const *)hint->names, name);
}

Hint *cc_hint_tail(Program *p, const char *record)
{
    for (guint i = 0; i < p->hints->len; i++) {
        Hint *h = p->hints->pdata[i];
        const char *dot = h->kind == HINT_TAIL ? strrchr(h->name, '.') : NULL;
        g_autofree char *name = dot ? g_strndup(h->name, (gsize)(dot - h->name)) : NULL;
        if (name && strcmp(cc_hint_bare(name), cc_hint_bare(record)) == 0)
            return h;
    }
    return NULL;
}

typedef struct Enumerator { const char *name; guint64 value; gboolean found; } Enumerator;

static enum CXChildVisitResult find_enumerator(CXCursor c, CXCursor parent, CXClientData data)
{
    Enumerator *e = data;
    (void)parent;
    enum CXCursorKind kind = clang_getCursorKind(c);
    if (kind == CXCursor_EnumDecl || kind == CXCursor_StructDecl || kind == CXCursor_UnionDecl)
        return CXChildVisit_Recurse;
    if (kind != CXCursor_EnumConstantDecl)
        return CXChildVisit_Continue;
    CXString s = clang_getCursorSpelling(c);
    e->found = strcmp(clang_getCString(s), e->name) == 0;
    clang_disposeString(s);
    if (!e->found)
        return CXChildVisit_Continue;
    e->value = (guint64)clang_getEnumConstantDeclValue(c);
    return CXChildVisit_Break;
}

gboolean cc_hint_values(Program *p, const Hint *hint, const HintCase *k, guint64 *low, guint64 *high)
{
    *low = k->low;
    *high = k->high;
    if (!k->word)
        return TRUE;
    Enumerator e = { .name = k->word };
    for (guint i = 0; i < p->n_units && !e.found; i++)
        clang_visitChildren(clang_getTranslationUnitCursor(p->units[i]->tu), find_enumerator, &e);
    *low = *high = e.value;
    if (!e.found)
        cc_hint_error(p, hint, "'%s' is no number and no enumerator of the program", k->word);
    return e.found;
}
