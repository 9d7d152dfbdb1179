/* Images at rest, encrypted (core/agent/seal.h) or compressed (core/agent/pack.h), for the commands that read images. */
#define _GNU_SOURCE
#include "cmd.h"

#include "../agent/pack.h"
#include "../agent/seal.h"
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Also for a program that is started. */
static char *name_of(int memory) { return g_strdup_printf("/proc/%d/fd/%d", (int)getpid(), memory); }

static char *unsealed(const char *path, const char *key_path, GError **error)
{
    PreachesSealKey key;
    int fd;

    if (!preaches_is_sealed(path))
        return g_strdup(path);
    if (!key_path) {
        preaches_fail(error, PREACHES_ERROR_USAGE, "%s: encrypted: --key=KEYS/NAME.seal of its workstation is needed",
                      path);
        return NULL;
    }
    if (!preaches_seal_key_load(&key, key_path, error))
        return NULL;
    fd = memfd_create("image", MFD_CLOEXEC);
    if (fd < 0 || !preaches_unseal_to(&key, path, NULL, fd, error)) {
        if (fd >= 0)
            close(fd);
        else
            preaches_fail(error, PREACHES_ERROR_FAILED, "%s: no memory for it", path);
        return NULL;
    }
    return name_of(fd);
}

char *cmd_content(const char *path, const char *key_path, GError **error)
{
    g_autofree char *content = unsealed(path, key_path, error);
    int memory;

    if (!content || !preaches_packed(content))
        return g_steal_pointer(&content);
    memory = preaches_unpack_memory(content, PR_VERIFY_ALL, error);
    if (memory < 0 && strcmp(content, path) != 0)
        g_prefix_error(error, "%s: ", path);
    return memory < 0 ? NULL : name_of(memory);
}
