/* Structures of the C library that every architecture declares differently, and that programs hold in
 * their state: in the texts they get one shape. Who fills them is replaced too (gen.h: preaches_stat). */
#include "parse.h"
#include <string.h>

/* What stat() tells. The times come first, where preaches_stat finds them whatever they are called. */
static const char timespecs[] = "struct timespec st_atim; struct timespec st_mtim; struct timespec st_ctim;";
static const char plain_times[] = "__time_t st_atime; long st_atimensec; __time_t st_mtime; "
                                  "long st_mtimensec; __time_t st_ctime; long st_ctimensec;";
static const char members[] =
    " __dev_t st_dev; __ino%s_t st_ino; unsigned long st_nlink; __mode_t st_mode; __uid_t st_uid; "
    "__gid_t st_gid; __dev_t st_rdev; __off%s_t st_size; long st_blksize; __blkcnt%s_t st_blocks; ";

/* Where the body of NAME's declaration in a header of the C library stands; FALSE if there is none. */
static gboolean find_body(const char *text, const char *name, const char **from, const char **to)
{
    const char *at = strstr(text, "bits/struct_stat.h\"");
    gsize length = strlen(name);
    while (at && (at = strstr(at, name)) != NULL) {
        const char *after = at + length;
        while (g_ascii_isspace(*after))
            after++;
        if (*after == '{' && (at == text || at[-1] == '\n')) {
            *from = after + 1;
            *to = strchr(after, '}');
            return *to != NULL;
        }
        at += length;
    }
    return FALSE;
}

static void reshape(GString *text, const char *name, gboolean wide)
{
    const char *from, *to;
    if (!find_body(text->str, name, &from, &to))
        return;
    g_autofree char *old = g_strndup(from, (gsize)(to - from));
    if (strstr(old, "struct_stat_time64_helper"))
        return; /* 64-bit times on 32-bit machines: as it is, and refused where it is state */
    const char *bits = wide ? "64" : "";
    g_autoptr(GString) body = g_string_new(strstr(old, "st_atim;") ? timespecs : plain_times);
    g_string_append_printf(body, members, bits, bits, bits);
    for (const char *c = old; *c; c++)
        if (*c == '\n')
            g_string_append_c(body, '\n'); /* later lines keep their numbers */
    gssize at = from - text->str;
    g_string_erase(text, at, to - from);
    g_string_insert(text, at, body->str);
}

/* A set of signals: its bits are the runtime's (core/runtime/signalsets.h), in numbers of 32 bits. */
static void reshape_signals(GString *text)
{
    static const char words[] = "unsigned long int __val[(1024 / (8 * sizeof (unsigned long int)))];";
    static const char ours[] = "unsigned int preaches_signals[32] __attribute__((aligned(__alignof__(unsigned long int))));";
    const char *at = strstr(text->str, "bits/types/__sigset_t.h\"");
    if (!at || !(at = strstr(at, words)))
        return;
    gssize from = at - text->str;
    g_string_erase(text, from, sizeof words - 1);
    g_string_insert(text, from, ours);
}

GString *cc_one_shape(const char *text, gsize bytes)
{
    GString *out = g_string_new_len(text, (gssize)bytes);
    reshape(out, "struct stat", strstr(out->str, "typedef __off64_t off_t;") != NULL);
    reshape(out, "struct stat64", TRUE);
    reshape_signals(out);
    return out;
}
