/* Texts that library functions make: in the arena, so that pointers to them can be carried over.
 * What the library keeps itself (strerror's messages, names of signals and time zones) is copied
 * once and kept; what belongs to the program (strdup, asprintf, getline) is an ordinary block. */
#define _GNU_SOURCE
#include "records.h"
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *copy_bytes(const char *from, size_t n)
{
    char *copy = preaches_malloc(n + 1, PR_TYPE_CHAR, PR_NO_ALLOC);

    if (!copy) {
        errno = ENOMEM;
        return NULL;
    }
    memcpy(copy, from, n);
    copy[n] = 0;
    return copy;
}

char *preaches_strdup(const char *text) { return copy_bytes(text, strlen(text)); }
char *preaches_strndup(const char *text, __SIZE_TYPE__ n) { return copy_bytes(text, strnlen(text, n)); }

/* ---- the library's own texts ---- */

static char **kept; /* malloc'ed list of blocks */
static size_t n_kept;

static bool keep(char *block)
{
    char **grown = realloc(kept, (n_kept + 1) * sizeof *kept);

    if (!grown)
        return false;
    kept = grown;
    kept[n_kept++] = block;
    return true;
}

char *rt_intern(const char *text)
{
    char *copy;

    for (size_t i = 0; i < n_kept; i++)
        if (!strcmp(kept[i], text))
            return kept[i];
    copy = preaches_strdup(text);
    return copy && keep(copy) ? copy : NULL;
}

void rt_texts_save(RtOut *out)
{
    for (size_t i = 0; i < n_kept; i++)
        rt_put_number(out, (uintptr_t)kept[i], 8);
}

void rt_texts_load(RtIn *in)
{
    while (in->n && !in->bad)
        in->bad |= !keep(rt_get_block(in));
}

char *preaches_library_text(const char *text) { return text ? rt_intern(text) : NULL; }

/* These give back a part of their argument, or a text of the library's. */
static char *part_or_text(char *result, const char *path, size_t bytes)
{
    return path && result >= path && result <= path + bytes ? result : rt_intern(result);
}

char *preaches_dirname(char *path)
{
    size_t bytes = path ? strlen(path) : 0;

    return part_or_text(dirname(path), path, bytes);
}

char *preaches_xpg_basename(char *path)
{
    size_t bytes = path ? strlen(path) : 0;

    return part_or_text(__xpg_basename(path), path, bytes);
}

/* ---- made for the program ---- */

int preaches_vasprintf(char **to, const char *format, __builtin_va_list arguments)
{
    char *text, *copy;
    int n = vasprintf(&text, format, arguments);

    if (n < 0)
        return n;
    copy = copy_bytes(text, (size_t)n);
    free(text);
    if (!copy)
        return -1;
    *to = copy;
    return n;
}

int preaches_asprintf(char **to, const char *format, ...)
{
    va_list arguments;
    int n;

    va_start(arguments, format);
    n = preaches_vasprintf(to, format, arguments);
    va_end(arguments);
    return n;
}

/* What a library call has allocated, as a block of the arena. */
static char *move_in(char *text)
{
    char *copy = text ? preaches_strdup(text) : NULL;

    free(text);
    return copy;
}

char *preaches_realpath(const char *path, char *to)
{
    return to ? realpath(path, to) : move_in(realpath(path, NULL));
}

char *preaches_getcwd(char *to, __SIZE_TYPE__ bytes)
{
    return to ? getcwd(to, bytes) : move_in(getcwd(NULL, bytes));
}

char *preaches_get_current_dir_name(void)
{
    return move_in(get_current_dir_name());
}

/* ---- getline ---- */

static bool grow_line(char **line, size_t *bytes, size_t needed)
{
    enum { LEAST = 120 }; /* as glibc */
    size_t wanted = *bytes > SIZE_MAX / 2 ? SIZE_MAX : 2 * *bytes;
    char *grown;

    if (needed <= *bytes && *line)
        return true;
    wanted = needed > wanted ? needed : wanted;
    wanted = wanted < LEAST ? LEAST : wanted;
    grown = preaches_realloc(*line, wanted, PR_TYPE_CHAR, PR_NO_ALLOC);
    if (!grown)
        return false;
    *line = grown;
    *bytes = wanted;
    return true;
}

long preaches_getdelim(char **line, __SIZE_TYPE__ *bytes, int end, void *stream)
{
    static char *part; /* the C library's, which knows buffers; copied from here */
    static size_t part_bytes;
    ssize_t n;

    if (!line || !bytes) {
        errno = EINVAL;
        return -1;
    }
    if (!*line)
        *bytes = 0;
    n = getdelim(&part, &part_bytes, end, preaches_stream(stream));
    if (!grow_line(line, bytes, n < 0 ? 1 : (size_t)n + 1)) {
        errno = ENOMEM;
        return -1;
    }
    if (n >= 0)
        memcpy(*line, part, (size_t)n + 1);
    return (long)n;
}

long preaches_getline(char **line, __SIZE_TYPE__ *bytes, void *stream)
{
    return preaches_getdelim(line, bytes, '\n', stream);
}

/* ---- strtok: its place is the program's pointer ---- */

char *preaches_strtok(char *text, const char *ends)
{
    char **place = rt_root(RT_ROOT_STRTOK);

    return strtok_r(text, ends, place);
}
