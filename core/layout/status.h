/* Status codes of everything that is linked into user programs (layout, convert, image, runtime).
 *
 * One X-macro list: name, value, what it means. 0 is success, every error is negative. The first
 * error wins; `PrError` carries constant text, the section or field it concerns and an offset.
 * C11 + libc only. */
#ifndef PREACHES_LAYOUT_STATUS_H
#define PREACHES_LAYOUT_STATUS_H

#include <stdint.h>

#define PR_STATUS_LIST(X)                                                                          \
    X(PR_OK, 0, "success")                                                                         \
    X(PR_E_IO, -1, "a system call failed (see errno in PrError.detail)")                           \
    X(PR_E_NOMEM, -2, "out of memory")                                                             \
    X(PR_E_TRUNCATED, -3, "file or section ends too early")                                        \
    X(PR_E_MAGIC, -4, "not a PREACHES image")                                                      \
    X(PR_E_VERSION, -5, "image of an unknown format version")                                      \
    X(PR_E_CHECKSUM, -6, "checksum mismatch")                                                      \
    X(PR_E_FORMAT, -7, "field out of range or inconsistent")                                       \
    X(PR_E_PROGRAM, -8, "image belongs to another program or build")                               \
    X(PR_E_ARCH, -9, "architecture not present in this program or image")                          \
    X(PR_E_NARROW, -10, "value does not fit the target's type")                                    \
    X(PR_E_POINTER, -11, "pointer to memory that is not tracked")                                  \
    X(PR_E_ADDRESS, -12, "common address range could not be mapped")                               \
    X(PR_E_LIMIT, -13, "a declared limit was exceeded")                                            \
    X(PR_E_STATE, -14, "resource that cannot be carried over")                                     \
    X(PR_E_UNTYPED, -15, "contents that do not fit their type")

typedef enum PrStatus {
#define X(name, value, text) name = (value),
    PR_STATUS_LIST(X)
#undef X
} PrStatus;

/* Where and why. `what` is constant text (section name, variable path in `path`), never freed. */
typedef struct PrError {
    PrStatus status;
    const char *what; /* constant text: section, field, or reason */
    uint64_t offset;  /* byte offset in the file or section, or 0 */
    char path[256];   /* variable path, file name or value, "" when none; always NUL-terminated */
} PrError;

/* Constant text of a status. Never NULL. */
const char *pr_status_text(PrStatus status);

/* Sets *error if it holds no error yet (the first error wins); returns status. error may be NULL.
 * path may be NULL; it is cut to fit. */
PrStatus pr_fail(PrError *error, PrStatus status, const char *what, uint64_t offset,
                 const char *path);

#endif
