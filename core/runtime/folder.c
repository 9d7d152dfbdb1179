/* A working folder that may stand somewhere else the next time (PREACHES_FOLDER): in images, paths below it
 * begin with "//work". A restore puts the folder of its own process there, or the one it was started in. */
#define _GNU_SOURCE
#include "records.h"
#include "runtime.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char virtual_folder[] = "//work";
enum { VIRTUAL_BYTES = sizeof virtual_folder - 1 };

/* What follows the folder in the path: "" or "/..."; NULL: it is not below it. */
static const char *below(const char *path, const char *folder, size_t bytes)
{
    return !strncmp(path, folder, bytes) && (path[bytes] == '/' || !path[bytes]) ? path + bytes : NULL;
}

static char *joined(const char *folder, const char *rest)
{
    char *path = malloc(strlen(folder) + strlen(rest) + 1);

    return path ? strcat(strcpy(path, folder), rest) : NULL;
}

char *rt_folder_out(const char *path)
{
    const char *rest = rt_config.folder ? below(path, rt_config.folder, strlen(rt_config.folder)) : NULL;

    if (rest)
        return joined(virtual_folder, rest);
    while (path[0] == '/' && path[1] == '/') /* no path of the program's looks like one of ours */
        path++;
    return strdup(path);
}

char *rt_folder_in(const char *path)
{
    const char *rest = below(path, virtual_folder, VIRTUAL_BYTES);

    return rest ? joined(rt_config.folder ? rt_config.folder : rt_config.started_in, rest) : strdup(path);
}

void rt_folder_init(void)
{
    char *real = rt_config.folder ? realpath(rt_config.folder, NULL) : NULL;

    if (rt_config.folder && !real)
        rt_die(RT_EXIT_FAILED, "PREACHES_FOLDER: %s: %s", rt_config.folder, strerror(errno));
    free(rt_config.folder);
    rt_config.folder = real;
    rt_config.started_in = getcwd(NULL, 0);
    if (!rt_config.started_in)
        rt_config.started_in = strdup("/");
}
