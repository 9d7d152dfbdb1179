/* Functions that run before main or after it: __attribute__((constructor)), ((destructor(101))).
 *
 * The C library would run them before the runtime has memory and streams for them, and once more in each process
 * that goes on from an image. So the word is overwritten with blanks, and the unit has a table of them, from which the runtime
 * calls them where a program begins and ends (core/runtime/exits.c). No checkpoint begins meanwhile: main is
 * not among what such a frame could go back to. */
#include "lower.h"
#include "parse.h"
#include <ctype.h>
#include <string.h>

enum { NO_PRIORITY = 65535 }; /* gcc's: after all that have one */

/* "constructor", "__constructor__ (101)": how long; 0 if it is not that. *priority: 0, nothing that we know. */
static guint attribute_at(const char *text, const char *name, guint *priority)
{
    gsize bars = g_str_has_prefix(text, "__") ? 2 : 0, len = strlen(name) + 2 * bars;
    const char *at = text + len;
    if (strncmp(text + bars, name, strlen(name)) != 0 || (bars && strncmp(at - 2, "__", 2) != 0))
        return 0;
    *priority = NO_PRIORITY;
    while (isspace((unsigned char)*at))
        at++;
    if (*at != '(')
        return (guint)len;
    char *end;
    *priority = (guint)g_ascii_strtoull(at + 1, &end, 0);
    end += strspn(end, " \t\n");
    if (*end != ')')
        *priority = 0;
    return (guint)(strcspn(at, ")") + 1 + (gsize)(at - text));
}

static void take(Unit *u, Func *f, guint at)
{
    static const char *const names[] = {"constructor", "destructor"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        guint priority, len = attribute_at(u->text + at, names[i], &priority);
        if (!len)
            continue;
        if (!priority)
            cc_error(u->program, f->decl->file, f->decl->line, f->decl->col, "-Wpreaches-constructor",
                     "the priority of %s '%s' is not a plain number", names[i], f->decl->name);
        for (guint k = 0; k < len; k++)
            if (u->text[at + k] != '\n')
                u->text[at + k] = ' ';
        if (at > 5 && memcmp(u->text + at - 5, "gnu::", 5) == 0) /* [[gnu::constructor]] */
            memset(u->text + at - 5, ' ', 5);
        *(i ? &f->destructor : &f->constructor) = priority;
        f->never = TRUE;
    }
}

static enum CXChildVisitResult visit_attribute(CXCursor c, CXCursor function, CXClientData data)
{
    Unit *u = data;
    CXCursor canonical = clang_getCanonicalCursor(function);
    const Decl *d = g_hash_table_lookup(u->decls, &canonical);
    Func *f = d ? cc_definition(d) : NULL;
    if (f && clang_isAttribute(clang_getCursorKind(c)))
        take(u, f, cc_offset(clang_getRangeStart(clang_getCursorExtent(c))));
    return CXChildVisit_Continue;
}

static enum CXChildVisitResult visit_function(CXCursor c, CXCursor parent, CXClientData data)
{
    (void)parent;
    if (clang_getCursorKind(c) == CXCursor_FunctionDecl && !clang_Location_isInSystemHeader(clang_getCursorLocation(c)))
        clang_visitChildren(c, visit_attribute, data);
    return CXChildVisit_Continue;
}

void cc_constructors(Program *p)
{
    for (guint i = 0; i < p->n_units; i++)
        if (strstr(p->units[i]->text, "structor"))
            clang_visitChildren(clang_getTranslationUnitCursor(p->units[i]->tu), visit_function, p->units[i]);
}

/* One table, since compilers choose the order of variables. */
void cc_emit_constructors(const Unit *u, GString *out)
{
    g_autoptr(GString) rows = g_string_new(NULL);
    for (guint i = 0; i < u->funcs->len; i++) {
        const Func *f = u->funcs->pdata[i];
        const guint priorities[] = {f->constructor, f->destructor};
        for (guint at_end = 0; at_end < G_N_ELEMENTS(priorities); at_end++)
            if (priorities[at_end])
                g_string_append_printf(rows, "{ (void (*)(void))%s, %u, %u },\n", f->decl->cname, priorities[at_end], at_end);
    }
    if (rows->len)
        g_string_append_printf(out, "static const struct preaches_hook preaches_hooks_%u[] __attribute__((section("
                               "\"preaches_hooks\"), used, aligned(sizeof(void *)))) = {\n%s};\n", u->index, rows->str);
}
