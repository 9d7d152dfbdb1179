/* The files that the program has opened, by name: what it wrote and closed, it may read later. A checkpoint lists
 * them behind what is open, and so the next life knows them too. One that the program only adds to and never reads,
 * as a log of several programs, is left alone. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include "files.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

typedef struct Path {
    char *path; /* absolute */
    unsigned how;
} Path;
static Path paths[RT_MAX_PATHS];
static uint32_t n_paths;
static bool forgotten; /* more files read and written than there is room for */

/* In images, as the mode. */
static const char *const modes[] = {"-", "r", "w", "rw", "a", "ra", "wa", "rwa"};
enum { N_MODES = sizeof modes / sizeof *modes };

/* What the program may read, and does not only add to, has to be what it was. */
static bool matters(unsigned how) { return (how & RT_PATH_READ) && (how & (RT_PATH_WRITTEN | RT_PATH_ADDED)); }

/* The entry of the path; a new one, or that of a file that matters less. */
static Path *entry(const char *path)
{
    Path *free_one = NULL;

    for (uint32_t i = 0; i < n_paths; i++) {
        if (!strcmp(paths[i].path, path))
            return &paths[i];
        free_one = matters(paths[i].how) ? free_one : &paths[i];
    }
    if (n_paths < RT_MAX_PATHS)
        free_one = &paths[n_paths++];
    if (!free_one) {
        forgotten = true;
        return NULL;
    }
    free(free_one->path);
    *free_one = (Path){.path = strdup(path)};
    if (free_one->path)
        return free_one;
    *free_one = paths[--n_paths];
    forgotten = true;
    return NULL;
}

void rt_path_add(const char *path, unsigned how)
{
    Path *p = how ? entry(path) : NULL;

    if (p)
        p->how |= how;
}

void rt_path_opened(const char *path, int fd)
{
    int flags = fcntl(fd, F_GETFL);
    unsigned writes = flags & O_APPEND ? RT_PATH_ADDED : RT_PATH_WRITTEN;

    if (flags < 0 || (flags & O_PATH))
        return;
    rt_path_add(path, ((flags & O_ACCMODE) != O_WRONLY ? RT_PATH_READ : 0) |
                          ((flags & O_ACCMODE) != O_RDONLY ? writes : 0));
}

void rt_path_forget(const char *path)
{
    for (uint32_t i = 0; i < n_paths; i++)
        if (!strcmp(paths[i].path, path)) {
            free(paths[i].path);
            paths[i] = paths[--n_paths];
            return;
        }
}

unsigned rt_path_how(const PrFile *f)
{
    for (unsigned how = 0; how < N_MODES; how++)
        if (!strcmp(f->mode, modes[how]))
            return how;
    return 0;
}

uint32_t rt_paths_note(PrFile *files)
{
    for (uint32_t i = 0; i < n_paths; i++)
        files[i] = (PrFile){.handle = (uint32_t)PR_NAMED_HANDLES + i, .flags = PR_FILE_NAMED,
                            .mode = modes[paths[i].how], .path = paths[i].path};
    return n_paths;
}

bool rt_paths_forgotten(void) { return forgotten; }

/* The old name has no file now, and the new one another. */
int preaches_rename(const char *from, const char *to)
{
    char *old = rt_absolute(from), *new = rt_absolute(to);
    int failed = old && new ? rename(from, to) : -1, code = errno;

    if (!failed) {
        rt_path_add(old, RT_PATH_WRITTEN);
        rt_path_add(new, RT_PATH_WRITTEN);
    }
    free(old);
    free(new);
    errno = code;
    return failed;
}
