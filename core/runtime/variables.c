/* Environment variables: those of the machine on which the program began, with the program's own
 * changes, stand in every checkpoint. What getenv() hands out is a copy in the arena; a text given
 * to putenv() is the program's own and stays what the program makes of it. */
#define _GNU_SOURCE
#include "records.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct Variable { /* a value that was handed out */
    struct Variable *next;
    char *value; /* block in the arena */
    char name[];
} Variable;
static Variable *variables;

extern char **environ;

static char **given; /* putenv()'s texts: block of the arena, NULL: no place in use */
static size_t n_given;

static char **listed; /* what the program was shown as `environ`: block of the arena */
static size_t n_listed;

static Variable *variable_add(const char *name, char *value)
{
    size_t bytes = strlen(name) + 1;
    Variable *v = malloc(sizeof *v + bytes);

    if (!v)
        return NULL;
    v->value = value;
    memcpy(v->name, name, bytes);
    v->next = variables;
    return variables = v;
}

static size_t find_given(const char *name, size_t length)
{
    size_t i = 0;

    while (i < n_given && !(given[i] && !strncmp(given[i], name, length) && given[i][length] == '='))
        i++;
    return i;
}

char *preaches_getenv(const char *name)
{
    const char *value = getenv(name);
    size_t own = find_given(name, strlen(name));
    Variable *v = variables;
    char *copy;

    if (own < n_given)
        return given[own] + strlen(name) + 1;
    while (v && strcmp(v->name, name))
        v = v->next;
    if (v && value && !strcmp(v->value, value))
        return v->value;
    copy = value ? preaches_strdup(value) : NULL;
    if (copy && !v)
        variable_add(name, copy);
    else if (copy)
        v->value = copy;
    return copy;
}

/* The library's own environment follows, since tzset() and others look into it. */
static void forget_given(const char *name, size_t length)
{
    size_t i = find_given(name, length);

    if (i < n_given)
        given[i] = NULL;
}

int preaches_setenv(const char *name, const char *value, int overwrite)
{
    int failed;

    if (!overwrite && name && preaches_getenv(name))
        return 0;
    failed = setenv(name, value, 1);
    if (!failed)
        forget_given(name, strlen(name));
    return failed;
}

int preaches_unsetenv(const char *name)
{
    int failed = unsetenv(name);

    if (!failed)
        forget_given(name, strlen(name));
    return failed;
}

int preaches_clearenv(void)
{
    n_given = 0;
    return clearenv();
}

int preaches_putenv(char *text)
{
    const char *equals = strchr(text, '=');
    size_t i, length = equals ? (size_t)(equals - text) : 0;
    char *name, **grown;
    int failed;

    if (!equals)
        return preaches_unsetenv(text);
    name = strndup(text, length);
    failed = name ? setenv(name, equals + 1, 1) : -1;
    free(name);
    if (failed)
        return failed;
    i = find_given(text, length);
    if (i == n_given)
        for (i = 0; i < n_given && given[i]; i++)
            ;
    if (i == n_given) {
        grown = preaches_realloc(given, (n_given + 1) * sizeof *given, PR_TYPE_CHARPTR, PR_NO_ALLOC);
        if (!grown) {
            errno = ENOMEM;
            return -1;
        }
        given = grown;
        n_given++;
    }
    given[i] = text;
    return 0;
}

static bool is_listed(void)
{
    size_t i = 0;

    while (i < n_listed && environ && environ[i] && strcmp(listed[i], environ[i]) == 0)
        i++;
    return listed && i == n_listed && !(environ && environ[i]);
}

/* Anew where something has changed: the program may still walk along the list that it has. */
char **preaches_environment(void)
{
    size_t n = 0, i;
    char **list;

    if (is_listed())
        return listed;
    while (environ && environ[n])
        n++;
    list = preaches_calloc(n + 1, sizeof *list, PR_TYPE_CHARPTR, PR_NO_ALLOC);
    for (i = 0; list && i < n; i++)
        if (!(list[i] = preaches_strdup(environ[i])))
            return NULL;
    listed = list;
    n_listed = list ? n : 0;
    return list;
}

void rt_variables_save(RtOut *out)
{
    uint64_t n = 0;

    for (const Variable *v = variables; v; v = v->next)
        n++;
    rt_put_number(out, (uintptr_t)given, 8);
    rt_put_number(out, n_given, 4);
    rt_put_number(out, (uintptr_t)listed, 8);
    rt_put_number(out, n_listed, 4);
    rt_put_number(out, n, 4);
    for (const Variable *v = variables; v; v = v->next) {
        rt_put_number(out, (uintptr_t)v->value, 8);
        rt_put_text(out, v->name);
    }
    for (char **e = environ; e && *e; e++)
        rt_put_text(out, *e);
}

void rt_variables_load(RtIn *in)
{
    uint64_t n;
    char *value, *text;

    given = rt_get_block(in);
    n_given = (size_t)rt_get_number(in, 4);
    in->bad |= n_given && !given;
    listed = rt_get_block(in);
    n_listed = (size_t)rt_get_number(in, 4);
    in->bad |= n_listed && !listed;
    n = rt_get_number(in, 4);
    for (uint64_t i = 0; !in->bad && i < n; i++) {
        value = rt_get_block(in);
        in->bad |= !value || !variable_add(rt_get_text(in), value);
    }
    clearenv();
    while (in->n && !in->bad) {
        text = strdup(rt_get_text(in));
        in->bad |= !text || putenv(text) != 0;
    }
}
