/* Images that an agent keeps encrypted (core/agent/seal.h), for the commands that read images. */
#define _GNU_SOURCE
#include "cmd.h"

#include "../agent/seal.h"
#include <sys/mman.h>
#include <unistd.h>

char *cmd_unsealed(const char *path, const char *key_path, GError **error)
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
    return g_strdup_printf("/proc/%d/fd/%d", (int)getpid(), fd); /* also for a program that is started */
}
