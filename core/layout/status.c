#include "status.h"

#include <stddef.h>
#include <string.h>

static const struct {
    PrStatus status;
    const char *text;
} status_texts[] = {
#define X(name, value, text) {name, text},
    PR_STATUS_LIST(X)
#undef X
};

const char *pr_status_text(PrStatus status)
{
    for (size_t i = 0; i < sizeof status_texts / sizeof *status_texts; i++)
        if (status_texts[i].status == status)
            return status_texts[i].text;
    return "unknown status";
}

PrStatus pr_fail(PrError *error, PrStatus status, const char *what, uint64_t offset,
                 const char *path)
{
    if (!error || error->status != PR_OK)
        return status;
    size_t length = path ? strlen(path) : 0;
    if (length >= sizeof error->path)
        length = sizeof error->path - 1;
    if (length)
        memcpy(error->path, path, length);
    error->path[length] = '\0';
    error->status = status;
    error->what = what ? what : "";
    error->offset = offset;
    return status;
}
