/* printf("%lu", x) with an x of 64 bits: right where a long has 64, as on the machine that the program was written
 * on, whose compiler says nothing; where it has 32, the library would read half of it and then the wrong arguments.
 * On those machines the format of a library's call is written with the length of what it is given; what is handed
 * to a function of the program's own, which may keep the format, becomes a long, if it fits one. */
#include "types.h"
#include <ctype.h>
#include <string.h>

/* By name: which argument is the format; whether the others are places to be written. */
static const struct { const char *name; guint format; gboolean scans; } formatted[] = {
    { "printf", 1, FALSE },   { "fprintf", 2, FALSE },  { "dprintf", 2, FALSE }, { "sprintf", 2, FALSE },
    { "snprintf", 3, FALSE }, { "asprintf", 2, FALSE }, { "err", 2, FALSE },     { "errx", 2, FALSE },
    { "warn", 1, FALSE },     { "warnx", 1, FALSE },    { "error", 3, FALSE },   { "error_at_line", 5, FALSE },
    { "syslog", 2, FALSE },   { "scanf", 1, TRUE },     { "fscanf", 2, TRUE },   { "sscanf", 2, TRUE },
};

/* What a conversion reads, on a machine where int and long have 32 bits. */
typedef enum Length { AS_INT, AS_LONG, AS_WIDE, AS_OTHER } Length;

typedef struct Conversion {
    guint modifier[2], n_modifiers; /* where 'l', 'z', … stand in the text */
    guint at;                       /* and the letter of the conversion */
    Length length;
} Conversion;

/* A literal's characters one by one: its pieces, "a" "b", may have anything between them. */
typedef struct Reader {
    const char *text;
    guint at, end;
    gboolean within;
} Reader;

static char next(Reader *r, guint *at)
{
    for (; r->at < r->end; r->at++) {
        char c = r->text[r->at];
        *at = r->at;
        if (c == '"')
            r->within = !r->within;
        else if (c == '#' && !r->within) /* a line marker */
            while (r->at + 1 < r->end && r->text[r->at + 1] != '\n')
                r->at++;
        else if (r->within) {
            r->at += c == '\\' ? 2 : 1;
            return c == '\\' ? ' ' : c;
        }
    }
    return 0;
}

static Length length_of(const char *modifiers, char letter)
{
    if (!strchr("diuxXo", letter))
        return AS_OTHER;
    if (strcmp(modifiers, "l") == 0 || strcmp(modifiers, "z") == 0 || strcmp(modifiers, "t") == 0)
        return AS_LONG;
    return strcmp(modifiers, "ll") == 0 || strcmp(modifiers, "q") == 0 || strcmp(modifiers, "j") == 0 ? AS_WIDE
           : strcmp(modifiers, "h") == 0 || strcmp(modifiers, "hh") == 0 ? AS_OTHER : AS_INT;
}

/* One conversion behind its '%'. FALSE: a form that is not followed (%1$d, %[…], the end). */
static gboolean read_conversion(Reader *r, gboolean scans, Conversion *list, guint *n)
{
    char modifiers[3] = "";
    Conversion c = {.length = AS_OTHER};
    gboolean kept = TRUE;
    char letter = next(r, &c.at);
    for (; letter && strchr("-+ #0123456789.'*", letter); letter = next(r, &c.at))
        if (letter == '*' && scans)
            kept = FALSE; /* read, and given to nobody */
        else if (letter == '*')
            list[(*n)++] = (Conversion){.at = c.at, .length = AS_OTHER};
    for (; letter && strchr("hlLqjzt", letter) && c.n_modifiers < 2; letter = next(r, &c.at)) {
        modifiers[c.n_modifiers] = letter;
        c.modifier[c.n_modifiers++] = c.at;
    }
    if (!letter || !strchr("%diuxXoeEfFgGaAcsSCpnm", letter))
        return FALSE;
    c.length = length_of(modifiers, letter);
    if (letter != '%' && letter != 'm' && kept)
        list[(*n)++] = c;
    return TRUE;
}

enum { MOST = 64 };

static gboolean read_format(const Unit *u, const Node *format, gboolean scans, Conversion *list, guint *n)
{
    Reader r = {u->text, format->begin, format->end, FALSE};
    guint at;
    *n = 0;
    for (char c; (c = next(&r, &at)) != 0;)
        if (c == '%' && (*n + 4 > MOST || !read_conversion(&r, scans, list, n)))
            return FALSE;
    return TRUE;
}

static Length length_of_type(CXType t)
{
    CXType canonical = clang_getCanonicalType(t);
    if (canonical.kind == CXType_LongLong || canonical.kind == CXType_ULongLong)
        return AS_WIDE;
    if (canonical.kind == CXType_Long || canonical.kind == CXType_ULong || cc_is_long(t))
        return AS_LONG;
    return canonical.kind == CXType_Int || canonical.kind == CXType_UInt ? AS_INT : AS_OTHER;
}

static gboolean is_signed(CXType t)
{
    enum CXTypeKind kind = clang_getCanonicalType(t).kind;
    return kind >= CXType_Char_S && kind <= CXType_Int128;
}

/* The literal's text with the lengths of some conversions put in another way. */
static void rewrite(Unit *u, Node *format, const Conversion *list, const Length *lengths, guint n)
{
    GString *s = g_string_new(NULL);
    guint at = format->begin;
    for (guint i = 0; i < n; i++) {
        if (lengths[i] == list[i].length)
            continue;
        for (guint k = 0; k < list[i].n_modifiers; k++) {
            g_string_append_len(s, u->text + at, list[i].modifier[k] - at);
            at = list[i].modifier[k] + 1;
        }
        g_string_append_len(s, u->text + at, list[i].at - at);
        g_string_append(s, lengths[i] == AS_WIDE ? "ll" : lengths[i] == AS_LONG ? "l" : "");
        at = list[i].at;
    }
    g_string_append_len(s, u->text + at, format->end - at);
    format->prefix = cc_keep(u->program, g_string_free(s, FALSE));
}

static void wrap(Program *p, Node *arg, const char *before, gboolean located)
{
    g_autofree char *file = g_strescape(arg->file, NULL);
    arg->prefix = cc_keep(p, g_strdup(before));
    arg->suffix = cc_keep(p, located ? g_strdup_printf("), \"%s\", %u, %u)", file, arg->line, arg->col) : g_strdup(")"));
}

/* The program's own function may keep the format: the argument is made to fit it. */
static void fit_argument(Program *p, Node *arg, Length wanted)
{
    gboolean negative = is_signed(arg->conv);
    if (wanted == AS_WIDE)
        wrap(p, arg, negative ? "(long long)(" : "(unsigned long long)(", FALSE);
    else if (wanted == AS_INT)
        wrap(p, arg, "(int)(", FALSE);
    else if (wanted == AS_LONG)
        wrap(p, arg, negative ? "preaches_fit_long((" : "preaches_fit_ulong((", TRUE);
}

/* "%ld" of scanf, number `i` of its conversions: a number of 64 bits is read, and must fit. */
static void scan_wide(Unit *u, Node *arg, const Conversion *c, guint i, guint done, GString *before, GString *behind)
{
    gboolean negative = strchr("di", u->text[c->at]) != NULL;
    g_autofree char *file = g_strescape(arg->file, NULL), *pointer = cc_spell_plain(arg->conv);
    g_string_append_printf(before, "long long preaches_n%u = 0; %s preaches_p%u; ", i, pointer, i);
    arg->prefix = cc_keep(u->program, g_strdup_printf("(preaches_p%u = (", i));
    arg->suffix = cc_keep(u->program, g_strdup_printf("), &preaches_n%u)", i));
    g_string_append_printf(behind, "if (preaches_read > %u) *preaches_p%u = preaches_fit_%s((%slong long)preaches_n%u, "
                           "\"%s\", %u, %u); ", done, i, negative ? "long" : "ulong", negative ? "" : "unsigned ", i, file,
                           arg->line, arg->col);
}

static void check_scan(Unit *u, Node *call, guint at, const Conversion *list, Length *lengths, guint n)
{
    g_autoptr(GString) before = g_string_new("({ "), behind = g_string_new("; ");
    guint done = 0, wide = 0;
    for (guint i = 0; i < n; i++) {
        Node *arg = call->kid[at + 1 + i];
        if (list[i].length == AS_LONG && lengths[i] == AS_LONG) {
            scan_wide(u, arg, &list[i], i, done, before, behind);
            lengths[i] = AS_WIDE;
            wide++;
        }
        done += u->text[list[i].at] != 'n';
    }
    if (!wide)
        return;
    call->word = CC_SCAN;
    call->prefix = cc_keep(u->program, g_strconcat(before->str, "int preaches_read = ", NULL));
    call->suffix = cc_keep(u->program, g_strconcat(behind->str, "preaches_read; })", NULL));
}

static gboolean is_wider(Length a, Length b) { return (a == AS_WIDE) != (b == AS_WIDE); }

static void check_arguments(Unit *u, Node *call, guint at, gboolean library, gboolean scans)
{
    Conversion list[MOST];
    Length lengths[MOST];
    guint n;
    Node *format = call->kid[at];
    if (!read_format(u, format, scans, list, &n) || n != call->n_kids - at - 1)
        return;
    gboolean differs = FALSE;
    for (guint i = 0; i < n; i++) {
        Node *arg = call->kid[at + 1 + i];
        CXType t = arg->conv;
        Length given = length_of_type(scans ? clang_getPointeeType(clang_getCanonicalType(t)) : t);
        gboolean wrong = list[i].length != AS_OTHER && given != AS_OTHER && is_wider(given, list[i].length);
        lengths[i] = wrong && library && list[i].length != AS_INT ? given : list[i].length;
        if (wrong && !scans && lengths[i] == list[i].length)
            fit_argument(u->program, arg, list[i].length);
    }
    if (scans && !call->reach)
        check_scan(u, call, at, list, lengths, n);
    for (guint i = 0; i < n; i++)
        differs |= lengths[i] != list[i].length;
    if (differs)
        rewrite(u, format, list, lengths, n);
}

static void check_call(Unit *u, Node *call)
{
    const Decl *callee = cc_callee_decl(call);
    CXType function = callee ? clang_getCanonicalType(callee->type) : call->type;
    if (!callee || !clang_isFunctionTypeVariadic(function))
        return;
    gboolean library = !cc_definition(callee);
    for (guint i = 0; library && i < G_N_ELEMENTS(formatted); i++)
        if (strcmp(callee->name, formatted[i].name) == 0 && call->n_kids > formatted[i].format &&
            call->kid[formatted[i].format]->kind == N_STRING)
            check_arguments(u, call, formatted[i].format, TRUE, formatted[i].scans);
    int last = clang_getNumArgTypes(function); /* of the program's own: the last one that has a name */
    if (!library && last > 0 && (guint)last < call->n_kids && call->kid[last]->kind == N_STRING)
        check_arguments(u, call, (guint)last, FALSE, FALSE);
}

void cc_check_formats(Unit *u, const Func *f)
{
    for (guint i = 0; i < f->calls->len; i++)
        check_call(u, f->calls->pdata[i]);
}
