/* Streams. Programs hold handles (addresses at PR_HANDLE_BASE that are never touched); the FILE
 * behind each is this process's own. A checkpoint notes path, mode, position and length; a restore
 * opens the files again under the same handles. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include "runtime.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { N_STD = 3, MODE_BYTES = 16 };

typedef struct Stream {
    FILE *file; /* NULL: handle not in use */
    char *path; /* absolute; NULL for standard streams */
    char mode[MODE_BYTES];
} Stream;
static Stream streams[PR_N_HANDLES];

/* What a checkpoint notes; filled in the program, read in its child. */
static PrFile noted[PR_N_HANDLES];
static const char *lost[PR_N_HANDLES]; /* state that cannot be carried over, or NULL */
static uint32_t n_noted;

static const struct {
    char letter;
    bool plus;
    int flags;
} modes[] = {
    {'r', false, O_RDONLY}, {'r', true, O_RDWR},
    {'w', false, O_WRONLY}, {'w', true, O_RDWR},
    {'a', false, O_WRONLY | O_APPEND}, {'a', true, O_RDWR | O_APPEND},
};

void rt_streams_init(void)
{
    streams[0] = (Stream){.file = stdin, .mode = "r"};
    streams[1] = (Stream){.file = stdout, .mode = "w"};
    streams[2] = (Stream){.file = stderr, .mode = "w"};
}

static Stream *find(const void *handle)
{
    uint64_t offset = (uint64_t)(uintptr_t)handle - PR_HANDLE_BASE;

    return offset < PR_N_HANDLES * PR_HANDLE_BYTES ? &streams[offset / PR_HANDLE_BYTES] : NULL;
}

void *preaches_stream(void *handle)
{
    const Stream *s = find(handle);

    return s ? (void *)s->file : handle;
}

static char *absolute(const char *path)
{
    char *all, *folder;
    int n;

    if (path[0] == '/')
        return strdup(path);
    folder = getcwd(NULL, 0);
    n = folder ? asprintf(&all, "%s/%s", folder, path) : -1;
    free(folder);
    return n < 0 ? NULL : all;
}

void *preaches_fopen(const char *path, const char *mode)
{
    uint32_t i = N_STD;
    Stream s = {0};

    while (i < PR_N_HANDLES && streams[i].file)
        i++;
    if (i == PR_N_HANDLES || strlen(mode) >= MODE_BYTES) {
        errno = i == PR_N_HANDLES ? EMFILE : EINVAL;
        return NULL;
    }
    s.path = absolute(path);
    s.file = s.path ? fopen(path, mode) : NULL;
    if (!s.file) {
        free(s.path);
        return NULL;
    }
    strcpy(s.mode, mode);
    streams[i] = s;
    return (void *)(uintptr_t)(PR_HANDLE_BASE + i * PR_HANDLE_BYTES);
}

int preaches_fclose(void *handle)
{
    Stream *s = find(handle), closing;

    if (!s)
        return handle ? fclose(handle) : EOF;
    closing = *s;
    *s = (Stream){0};
    free(closing.path);
    if (!closing.file) {
        errno = EBADF;
        return EOF;
    }
    return fclose(closing.file);
}

/* ---- checkpoint ---- */

/* What of the stream's input would be lost. A terminal's next line can be typed again; what a pipe
 * gave is gone. */
static const char *input_lost(FILE *file, const struct stat *at)
{
    enum { PUSHED_BACK = 0x100 }; /* glibc: reading from another character than the file's */

    if (file->_flags & PUSHED_BACK)
        return "a character that was pushed back";
    if (S_ISREG(at->st_mode) || feof(file))
        return NULL;
    if (S_ISCHR(at->st_mode))
        return file->_IO_read_ptr < file->_IO_read_end ? "input from a device" : NULL;
    return __freading(file) && __fbufsize(file) > 0 ? "input from a pipe" : NULL;
}

static PrFile note(uint32_t handle, const char **input)
{
    const Stream *s = &streams[handle];
    PrFile f = {.handle = handle, .mode = s->mode, .path = s->path ? s->path : ""};
    struct stat at = {0};
    off_t offset;

    f.flags = handle < N_STD ? PR_FILE_STD : 0;
    f.flags |= feof(s->file) ? PR_FILE_EOF : 0;
    f.flags |= ferror(s->file) ? PR_FILE_ERROR : 0;
    if (fstat(fileno(s->file), &at) == 0 && S_ISREG(at.st_mode)) {
        offset = ftello(s->file);
        f.flags |= PR_FILE_REGULAR;
        f.offset = offset > 0 ? (uint64_t)offset : 0;
        f.length = (uint64_t)at.st_size;
    }
    *input = input_lost(s->file, &at);
    return f;
}

void rt_streams_note(void)
{
    fflush(NULL); /* all output; input streams are left alone */
    n_noted = 0;
    for (uint32_t i = 0; i < PR_N_HANDLES; i++)
        if (streams[i].file) {
            noted[n_noted] = note(i, &lost[n_noted]);
            n_noted++;
        }
}

/* Path of an input that came by descriptor, so that a restart can open it. */
static char *path_of(int fd)
{
    char link[32], path[PATH_MAX];
    ssize_t n;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof path - 1);
    if (n <= 0 || path[0] != '/')
        return NULL;
    path[n] = 0;
    return strdup(path);
}

/* Whether the name still leads to the open file. */
static bool same_file(const char *path, int fd)
{
    struct stat by_name, open_one;

    return stat(path, &by_name) == 0 && fstat(fd, &open_one) == 0 &&
           by_name.st_dev == open_one.st_dev && by_name.st_ino == open_one.st_ino;
}

static PrStatus check(PrFile *f, const char *input, PrError *error)
{
    FILE *file = streams[f->handle].file;
    struct stat at;
    char *path;

    if (input)
        return pr_fail(error, PR_E_STATE, input, f->handle, f->path);
    if (f->flags & PR_FILE_STD) {
        path = f->handle == 0 && (f->flags & PR_FILE_REGULAR) ? path_of(fileno(file)) : NULL;
        f->path = path ? path : f->path;
        return PR_OK;
    }
    if (f->flags & PR_FILE_REGULAR) {
        if (!same_file(f->path, fileno(file)))
            return pr_fail(error, PR_E_STATE, "file was removed, renamed or replaced while open", 0,
                           f->path);
        return PR_OK;
    }
    if (fstat(fileno(file), &at) != 0 || !S_ISCHR(at.st_mode))
        return pr_fail(error, PR_E_STATE, "neither a regular file nor a device", 0, f->path);
    return PR_OK;
}

PrStatus rt_streams_view(const PrFile **files, uint32_t *n, PrError *error)
{
    for (uint32_t i = 0; i < n_noted; i++)
        if (check(&noted[i], lost[i], error) != PR_OK)
            return error->status;
    *files = noted;
    *n = n_noted;
    return PR_OK;
}

/* ---- restore ---- */

/* glibc has no call that sets these; the bits are in its public header. */
static void set_flags(FILE *file, uint32_t flags)
{
    if (flags & PR_FILE_EOF)
        file->_flags |= _IO_EOF_SEEN;
    if (flags & PR_FILE_ERROR)
        file->_flags |= _IO_ERR_SEEN;
}

static PrStatus restore_input(const PrFile *f, PrError *error)
{
    struct stat at;
    int fd;

    if (!(f->flags & PR_FILE_REGULAR))
        return PR_OK;
    if (fstat(0, &at) != 0 || !S_ISREG(at.st_mode)) {
        if (!f->offset)
            return PR_OK;
        fd = f->path[0] ? open(f->path, O_RDONLY) : (errno = ENOENT, -1);
        if (fd < 0 || (fd != 0 && (dup2(fd, 0) < 0 || close(fd) != 0)) || fstat(0, &at) != 0)
            return rt_fail_errno(error, "standard input", f->path);
    }
    if ((uint64_t)at.st_size < f->offset)
        return pr_fail(error, PR_E_STATE, "standard input is shorter than what was read of it",
                       f->offset, f->path);
    if (lseek(0, (off_t)f->offset, SEEK_SET) < 0)
        return rt_fail_errno(error, "standard input", f->path);
    return PR_OK;
}

/* A standard output that does not reach the recorded length is another file: left as it is. */
static PrStatus restore_output(const PrFile *f, PrError *error)
{
    struct stat at;

    if (!rt_config.cut || !(f->flags & PR_FILE_REGULAR) || fstat(1, &at) != 0 ||
        !S_ISREG(at.st_mode) || (uint64_t)at.st_size < f->length)
        return PR_OK;
    if (ftruncate(1, (off_t)f->length) != 0 || lseek(1, (off_t)f->offset, SEEK_SET) < 0)
        return rt_fail_errno(error, "standard output", "");
    return PR_OK;
}

static int open_flags(const char *mode)
{
    bool plus = strchr(mode, '+') != NULL;

    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (modes[i].letter == mode[0] && modes[i].plus == plus)
            return modes[i].flags | (strchr(mode, 'e') ? O_CLOEXEC : 0);
    return -1;
}

/* The file as it was: there, and cut back where the program writes to it. */
static PrStatus settle(const PrFile *f, int fd, int flags, PrError *error)
{
    struct stat at;
    bool writes = (flags & O_ACCMODE) != O_RDONLY;

    if (!(f->flags & PR_FILE_REGULAR))
        return PR_OK;
    if (fstat(fd, &at) != 0)
        return rt_fail_errno(error, "file", f->path);
    if (!S_ISREG(at.st_mode) || (uint64_t)at.st_size < (writes ? f->length : f->offset))
        return pr_fail(error, PR_E_STATE, "file is shorter than at the checkpoint", f->length,
                       f->path);
    if (writes && (uint64_t)at.st_size > f->length && ftruncate(fd, (off_t)f->length) != 0)
        return rt_fail_errno(error, "file cannot be cut back", f->path);
    return PR_OK;
}

static PrStatus restore_file(const PrFile *f, PrError *error)
{
    Stream *s = &streams[f->handle];
    int flags = open_flags(f->mode), fd;

    if (flags < 0 || strlen(f->mode) >= MODE_BYTES || f->path[0] != '/')
        return pr_fail(error, PR_E_FORMAT, "FILES", f->handle, f->path);
    fd = open(f->path, flags);
    if (fd < 0)
        return rt_fail_errno(error, "file", f->path);
    if (settle(f, fd, flags, error) != PR_OK) {
        close(fd);
        return error->status;
    }
    s->file = fdopen(fd, f->mode);
    s->path = strdup(f->path);
    strcpy(s->mode, f->mode);
    if (!s->file || !s->path ||
        ((f->flags & PR_FILE_REGULAR) && fseeko(s->file, (off_t)f->offset, SEEK_SET) != 0))
        return rt_fail_errno(error, "file", f->path);
    return PR_OK;
}

PrStatus rt_streams_restore(const PrFile *files, uint32_t n, PrError *error)
{
    static PrStatus (*const restore[])(const PrFile *, PrError *) = {restore_input, restore_output};
    bool there[N_STD] = {false};

    for (uint32_t i = 0; i < n; i++) {
        const PrFile *f = &files[i];
        PrStatus status = PR_OK;

        if (f->handle >= PR_N_HANDLES || (f->handle >= N_STD && streams[f->handle].file))
            return pr_fail(error, PR_E_FORMAT, "FILES", f->handle, f->path);
        if (f->handle >= N_STD)
            status = restore_file(f, error);
        else if (f->handle < 2)
            status = restore[f->handle](f, error);
        if (status != PR_OK)
            return status;
        if (f->handle < N_STD)
            there[f->handle] = true;
        set_flags(streams[f->handle].file, f->flags);
    }
    for (uint32_t i = 0; i < N_STD; i++)
        if (!there[i])
            preaches_fclose((void *)(uintptr_t)(PR_HANDLE_BASE + i * PR_HANDLE_BYTES));
    return PR_OK;
}
