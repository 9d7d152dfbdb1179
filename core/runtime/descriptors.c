/* Descriptors: regular files and harmless devices by path, flags, position and length, under the
 * number that the program knows. Whatever else is open is refused at the checkpoint. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include "files.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

RtOpened rt_opened[RT_N_DESCRIPTORS];
bool rt_input_read, rt_input_ended;
static uint32_t last_opening = RT_N_STD;
static int highest = RT_N_STD - 1; /* no number above it is in use */
static int held[RT_N_STD];         /* restore: the standard descriptors as this process got them */
static char modes[RT_N_DESCRIPTORS][64];
enum { STANDARD_OUTPUT = 1 + 1 }; /* its opening */

static const struct {
    int flag;
    const char *name;
} flag_names[] = { /* numbers differ between architectures */
    {O_APPEND, ",append"}, {O_NONBLOCK, ",nonblock"}, {O_SYNC, ",sync"}, {O_DSYNC, ",dsync"},
    {O_NOATIME, ",noatime"},
};
enum { N_FLAG_NAMES = sizeof flag_names / sizeof *flag_names };

static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random",
                                      "/dev/urandom", "/dev/tty"};

void rt_descriptors_init(void)
{
    for (uint32_t i = 0; i < RT_N_STD; i++)
        rt_opened[i].opening = fcntl((int)i, F_GETFD) >= 0 ? i + 1 : 0;
}

static bool known(int fd) { return fd >= 0 && fd < RT_N_DESCRIPTORS && rt_opened[fd].opening; }

char *rt_absolute(const char *path)
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

char *rt_path_of(int fd)
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

bool rt_same_file(const char *path, int fd)
{
    struct stat by_name, open_one;

    return stat(path, &by_name) == 0 && fstat(fd, &open_one) == 0 &&
           by_name.st_dev == open_one.st_dev && by_name.st_ino == open_one.st_ino;
}

static void set_opened(int fd, char *path, uint32_t opening)
{
    rt_opened[fd] = (RtOpened){.path = path, .opening = opening};
    highest = fd > highest ? fd : highest;
}

int rt_descriptor_add(int fd, char *path)
{
    if (fd >= 0 && fd < RT_N_DESCRIPTORS && path) {
        rt_descriptor_drop(fd);
        set_opened(fd, path, ++last_opening);
        rt_path_opened(path, fd);
        return fd;
    }
    free(path);
    if (fd >= 0) {
        close(fd);
        errno = EMFILE;
    }
    return -1;
}

void rt_descriptor_drop(int fd)
{
    if (!known(fd))
        return;
    free(rt_opened[fd].path);
    rt_opened[fd] = (RtOpened){0};
}

/* ---- what programs call ---- */

static int open_at(int at, const char *path, int flags, mode_t mode)
{
    char *whole = at == AT_FDCWD || path[0] == '/' ? rt_absolute(path) : NULL;

    if (!whole && at != AT_FDCWD && path[0] != '/') {
        char *folder = rt_path_of(at);
        if (folder && asprintf(&whole, "%s/%s", folder, path) < 0)
            whole = NULL;
        free(folder);
    }
    if (!whole)
        return -1;
    return rt_descriptor_add(openat(at, path, flags, mode), whole);
}

static bool takes_mode(int flags) { return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE; }

int preaches_open(const char *path, int flags, ...)
{
    va_list arguments;
    unsigned mode = 0;

    va_start(arguments, flags);
    if (takes_mode(flags))
        mode = va_arg(arguments, unsigned);
    va_end(arguments);
    return open_at(AT_FDCWD, path, flags, (mode_t)mode);
}

int preaches_openat(int at, const char *path, int flags, ...)
{
    va_list arguments;
    unsigned mode = 0;

    va_start(arguments, flags);
    if (takes_mode(flags))
        mode = va_arg(arguments, unsigned);
    va_end(arguments);
    return open_at(at, path, flags, (mode_t)mode);
}

int preaches_creat(const char *path, unsigned mode)
{
    return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, (mode_t)mode);
}

int preaches_mkstemp(char *path)
{
    int fd = mkstemp(path);

    return fd < 0 ? -1 : rt_descriptor_add(fd, rt_absolute(path));
}

int preaches_close(int fd)
{
    int failed = close(fd);

    if (!failed || errno != EBADF)
        rt_descriptor_drop(fd);
    return failed;
}

/* The copy belongs to the same opening. */
static int copied(int from, int to)
{
    char *path;

    if (to < 0 || to == from)
        return to;
    if (to >= RT_N_DESCRIPTORS) {
        close(to);
        errno = EMFILE;
        return -1;
    }
    rt_descriptor_drop(to);
    path = known(from) && rt_opened[from].path ? strdup(rt_opened[from].path) : NULL;
    if (known(from))
        set_opened(to, path, rt_opened[from].opening);
    return to;
}

int preaches_dup(int fd) { return copied(fd, dup(fd)); }
int preaches_dup2(int fd, int to) { return copied(fd, dup2(fd, to)); }
int preaches_dup3(int fd, int to, int flags) { return copied(fd, dup3(fd, to, flags)); }

int preaches_fcntl(int fd, int command, ...)
{
    va_list arguments;
    void *argument;

    va_start(arguments, command);
    argument = va_arg(arguments, void *); /* an int, a pointer or nothing: handed on as it is */
    va_end(arguments);
    switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        return copied(fd, fcntl(fd, command, argument));
    case F_SETLK:
    case F_SETLKW:
        if (known(fd))
            rt_opened[fd].locked = true;
        break;
    default:
        break;
    }
    return fcntl(fd, command, argument);
}

long preaches_read(int fd, void *to, __SIZE_TYPE__ bytes)
{
    ssize_t n = read(fd, to, bytes);

    if (fd == 0 && n >= 0) {
        rt_input_read |= n > 0;
        rt_input_ended = n == 0 && bytes > 0;
    }
    return (long)n;
}

/* ---- checkpoint ---- */

void rt_descriptor_note(PrFile *file, int fd)
{
    struct stat at;
    off_t offset;

    if (fstat(fd, &at) != 0 || !S_ISREG(at.st_mode))
        return;
    offset = lseek(fd, 0, SEEK_CUR);
    file->flags |= PR_FILE_REGULAR;
    file->offset = offset > 0 ? (uint64_t)offset : 0;
    file->length = (uint64_t)at.st_size;
}

uint32_t rt_descriptor_flags(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    uint32_t portable = flags < 0 ? 0 : (uint32_t)(flags & O_ACCMODE);

    for (int i = 0; i < N_FLAG_NAMES; i++)
        if (flags >= 0 && (flags & flag_names[i].flag) == flag_names[i].flag)
            portable |= 4u << i;
    return portable;
}

int rt_open_flags(uint32_t portable)
{
    int flags = (int)(portable & 3);

    for (int i = 0; i < N_FLAG_NAMES; i++)
        if (portable & 4u << i)
            flags |= flag_names[i].flag;
    return flags;
}

static const char *mode_of(int fd)
{
    static const char *const access[] = {"r", "w", "rw", "none"};
    int flags = fcntl(fd, F_GETFL), own = fcntl(fd, F_GETFD);

    strcpy(modes[fd], access[flags < 0 ? 3 : flags & O_ACCMODE]);
    for (int i = 0; i < N_FLAG_NAMES; i++)
        if (flags >= 0 && (flags & flag_names[i].flag) == flag_names[i].flag)
            strcat(modes[fd], flag_names[i].name);
    if (own >= 0 && (own & FD_CLOEXEC))
        strcat(modes[fd], ",cloexec");
    return modes[fd];
}

uint32_t rt_descriptors_note(PrFile *files, const bool below_stream[RT_N_DESCRIPTORS])
{
    uint32_t n = 0;

    for (int fd = 0; fd <= highest; fd++) {
        const RtOpened *o = &rt_opened[fd];

        if (!o->opening || below_stream[fd] || (fd < RT_N_STD && o->opening == (uint32_t)fd + 1))
            continue;
        files[n] = (PrFile){.handle = (uint32_t)PR_N_HANDLES + (uint32_t)fd, .flags = PR_FILE_DESCRIPTOR,
                            .mode = mode_of(fd), .path = o->path ? o->path : ""};
        if (o->path || o->opening == STANDARD_OUTPUT)
            rt_descriptor_note(&files[n], fd);
        n++;
    }
    return n;
}

static const char *kind_of(mode_t mode)
{
    return S_ISDIR(mode)    ? "a directory"
           : S_ISFIFO(mode) ? "a pipe"
           : S_ISSOCK(mode) ? "a socket"
           : S_ISBLK(mode)  ? "a disk"
           : S_ISCHR(mode)  ? "a device"
                            : "neither a regular file nor a device";
}

const char *rt_descriptor_lost(const PrFile *file, int fd)
{
    struct stat at;

    if (known(fd) && rt_opened[fd].locked)
        return "a file on which a lock was taken";
    if (!file->path[0])
        return NULL; /* a copy of a standard descriptor */
    if (file->flags & PR_FILE_REGULAR)
        return rt_same_file(file->path, fd) ? NULL
                                            : "file was removed, renamed or replaced while open";
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        if (!strcmp(file->path, devices[i]))
            return NULL;
    return fstat(fd, &at) == 0 ? kind_of(at.st_mode) : "a descriptor that is not open";
}

/* ---- restore ---- */

void rt_descriptors_begin(void)
{
    for (int i = 0; i < RT_N_STD; i++)
        held[i] = fcntl(i, F_DUPFD_CLOEXEC, RT_OWN_FD);
}

void rt_descriptors_end(void)
{
    for (int i = 0; i < RT_N_STD; i++)
        if (held[i] >= 0)
            close(held[i]);
}

/* A number that already stands for this opening, or -1. */
static int opened_as(uint32_t opening)
{
    if (opening <= RT_N_STD)
        return held[opening - 1];
    for (int fd = 0; fd <= highest; fd++)
        if (rt_opened[fd].opening == opening)
            return fd;
    return -1;
}

static PrStatus move(int from, int to, const PrFile *file, PrError *error)
{
    if (from == to)
        return PR_OK;
    if (dup2(from, to) < 0 || close(from) != 0)
        return rt_fail_errno(error, "file", file->path);
    return PR_OK;
}

PrStatus rt_output_restore(const PrFile *f, int fd, PrError *error)
{
    struct stat at;

    if (!rt_config.cut || !(f->flags & PR_FILE_REGULAR) || fstat(fd, &at) != 0 || !S_ISREG(at.st_mode) ||
        (uint64_t)at.st_size < f->length)
        return PR_OK;
    if (ftruncate(fd, (off_t)f->length) != 0 || lseek(fd, (off_t)f->offset, SEEK_SET) < 0)
        return rt_fail_errno(error, "standard output", "");
    return PR_OK;
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
    if (lseek(fd, (off_t)f->offset, SEEK_SET) < 0)
        return rt_fail_errno(error, "file", f->path);
    return PR_OK;
}

PrStatus rt_descriptor_restore(const PrFile *file, int fd, uint32_t opening, int flags,
                               PrError *error)
{
    int from, now;
    char *path;

    if (fd < 0 || fd >= RT_OWN_FD || !opening || (!file->path[0] && opening > RT_N_STD))
        return pr_fail(error, PR_E_FORMAT, "FILES", file->handle, file->path);
    from = opened_as(opening);
    if (from >= 0) {
        if (dup2(from, fd) < 0)
            return rt_fail_errno(error, "file", file->path);
        if (opening == STANDARD_OUTPUT && rt_output_restore(file, fd, error) != PR_OK)
            return error->status;
    } else if (opening <= RT_N_STD) {
        return pr_fail(error, PR_E_STATE, "a standard descriptor is not open", opening - 1, NULL);
    } else {
        now = open(file->path, flags | O_NOCTTY);
        if (now < 0)
            return rt_fail_errno(error, "file", file->path);
        if (settle(file, now, flags, error) != PR_OK || move(now, fd, file, error) != PR_OK) {
            close(now);
            return error->status;
        }
    }
    path = file->path[0] ? strdup(file->path) : NULL;
    rt_descriptor_drop(fd);
    set_opened(fd, path, opening);
    if (path)
        rt_path_opened(path, fd);
    last_opening = opening > last_opening ? opening : last_opening;
    return PR_OK;
}

PrStatus rt_descriptor_restore_plain(const PrFile *file, uint32_t opening, PrError *error)
{
    int flags = !strncmp(file->mode, "rw", 2) ? O_RDWR : file->mode[0] == 'w' ? O_WRONLY : O_RDONLY;
    int fd = (int)(file->handle - PR_N_HANDLES);
    PrStatus status;

    for (int i = 0; i < N_FLAG_NAMES; i++)
        if (strstr(file->mode, flag_names[i].name))
            flags |= flag_names[i].flag;
    status = rt_descriptor_restore(file, fd, opening, flags, error);
    if (status == PR_OK && strstr(file->mode, ",cloexec") && fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return rt_fail_errno(error, "file", file->path);
    return status;
}
