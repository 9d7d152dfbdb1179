/* Loaded into a compiler (LD_PRELOAD): files that PREACHES_OVERLAY names are read elsewhere. The list is
 * a file of pairs of lines: real path, path of what is read instead. That is how a header gets other
 * values for another architecture without being touched. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

int open(const char *path, int flags, ...);
int open64(const char *path, int flags, ...);

static int pass(const char *name, const char *path, int flags, mode_t mode)
{
    int (*real)(const char *, int, ...);
    void *symbol = dlsym(RTLD_NEXT, name);
    memcpy(&real, &symbol, sizeof real);
    return real(path, flags, mode);
}

/* What is to be read for `path`: itself, or what the list says, in `buffer`. */
static const char *look_up(const char *path, char *buffer)
{
    static __thread int busy; /* fopen() below may come here */
    const char *list = getenv("PREACHES_OVERLAY");
    char real[PATH_MAX], line[PATH_MAX];
    if (busy || !list || !realpath(path, real))
        return path;
    busy = 1;
    FILE *file = fopen(list, "re");
    const char *found = path;
    while (file && found == path && fgets(line, sizeof line, file) && fgets(buffer, PATH_MAX, file)) {
        line[strcspn(line, "\n")] = 0;
        buffer[strcspn(buffer, "\n")] = 0;
        if (strcmp(line, real) == 0)
            found = buffer;
    }
    if (file)
        fclose(file);
    busy = 0;
    return found;
}

static int open_one(const char *name, const char *path, int flags, mode_t mode)
{
    char buffer[PATH_MAX];
    return pass(name, (flags & O_ACCMODE) == O_RDONLY ? look_up(path, buffer) : path, flags, mode);
}

static mode_t mode_in(int flags, va_list args)
{
    return flags & (O_CREAT | O_TMPFILE) ? (mode_t)va_arg(args, unsigned) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = mode_in(flags, args);
    va_end(args);
    return open_one("open", path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = mode_in(flags, args);
    va_end(args);
    return open_one("open64", path, flags, mode);
}
