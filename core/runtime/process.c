/* The process around the program: working directory, file mode mask, locale.
 *
 * Programs run in the locale "C" on every machine: other locales' tables are not the same everywhere,
 * and are not there for foreign architectures. setlocale() says so, and programs know what to do. */
#define _GNU_SOURCE
#include "records.h"
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *load_error;
static bool changed; /* the program has chosen its working directory */

int preaches_chdir(const char *path)
{
    int failed = chdir(path);

    changed |= !failed;
    return failed;
}

char *preaches_setlocale(int category, const char *name)
{
    (void)category;
    if (name && name[0] && strcmp(name, "C") && strcmp(name, "POSIX"))
        return NULL;
    return rt_intern("C");
}

/* ---- libraries loaded at run time ---- */

static const char no_loading[] = "libraries cannot be loaded into a program that goes to other machines";

void *preaches_dlopen(const char *path, int mode)
{
    (void)path, (void)mode;
    load_error = no_loading;
    return NULL;
}

void *preaches_dlsym(void *library, const char *name) { return preaches_dlopen(name, library != NULL); }
int preaches_dlclose(void *library) { return preaches_dlopen("", library != NULL) ? 0 : -1; }

char *preaches_dlerror(void)
{
    char *text = load_error ? rt_intern(load_error) : NULL;

    load_error = NULL;
    return text;
}

void rt_process_save(RtOut *out)
{
    char *folder = getcwd(NULL, 0), *kept;
    mode_t mask = umask(0);

    umask(mask);
    rt_put_number(out, mask, 4);
    rt_put_number(out, changed, 4);
    kept = folder ? rt_folder_out(folder) : NULL;
    rt_put_text(out, kept ? kept : "");
    free(kept);
    free(folder);
}

/* A program that never chose its working directory may go on in another one, if its own is not there. */
void rt_process_load(RtIn *in)
{
    mode_t mask = (mode_t)rt_get_number(in, 4) & 0777;
    char *folder;

    changed = rt_get_number(in, 4) != 0;
    folder = rt_folder_in(rt_get_text(in));
    in->bad |= !folder;
    if (in->bad) {
        free(folder);
        return;
    }
    umask(mask);
    if (!folder[0] || chdir(folder) == 0)
        ;
    else if (changed)
        rt_die(RT_EXIT_FAILED, "%s: the program's working directory: %s", folder, strerror(errno));
    else
        rt_warn("%s: the program's working directory: %s; going on without it", folder, strerror(errno));
    free(folder);
}
