/* What stands in the program's files.
 *
 * A restart makes the writes since the checkpoint once more, so a file that is only written ends right, whatever
 * stands in it meanwhile. What the program reads has to be what it was:
 *
 *   open for reading and writing   kept in the image, and put back; beyond KEPT_BYTES in all, a hash of it
 *   open for reading only          a hash: an input that somebody has changed is refused
 *   closed, read and written       as if it were open for both
 *   closed, written                kept, OWN_BYTES in all: it may be read later
 *
 * What is kept is read before the fork, since the program may write to it right behind. Hashes are made in the
 * child: nobody writes to an input; of a file too large to be kept, its status tells whether the program has
 * written to it meanwhile, and then there is no checkpoint. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define XXH_INLINE_ALL
#include "../image/image_format.h"
#include "files.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

enum {
    KEPT_BYTES = 16 << 20,   /* of all files together */
    OWN_BYTES = 1 << 20,     /* of files that are closed and were only written, together */
    HASHED_BYTES = 16 << 20, /* of all inputs together; what is beyond it is sampled */
    N_SAMPLES = 64,
    SAMPLE_BYTES = 1 << 14,
    STEP_BYTES = 1 << 16
};
enum { READS = 1, WRITES = 2 };

typedef struct Content {
    dev_t device;
    ino_t inode;
    int access;              /* of all that is open of this file; 0: another entry stands for it, or nothing to do */
    int fd;                  /* one that can be read, if any can */
    struct timespec changed; /* st_ctim */
    bool watched;            /* and a change from now on would show in it */
    bool own_fd;             /* opened here */
    uint8_t *kept;
} Content;
static Content contents[RT_MAX_FILES];
static uint32_t n_contents;
static uint8_t step[STEP_BYTES];

/* ---- checkpoint, in the program ---- */

static int access_of(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || (flags & O_PATH))
        return 0;
    return (flags & O_ACCMODE) == O_RDWR ? READS | WRITES : (flags & O_ACCMODE) == O_RDONLY ? READS : WRITES;
}

/* One entry stands for all that is open of a file. */
static void look(uint32_t i, uint32_t n, int fd)
{
    Content *own = &contents[i];
    struct stat at;

    if (fstat(fd, &at) != 0)
        return;
    *own = (Content){.device = at.st_dev, .inode = at.st_ino, .fd = fd, .changed = at.st_ctim};
    own->access = access_of(fd);
    for (uint32_t k = 0; k < n; k++) {
        Content *other = &contents[k];

        if (k == i || !other->access || other->device != own->device || other->inode != own->inode)
            continue;
        if (!(other->access & READS))
            other->fd = fd;
        other->access |= own->access;
        own->access = 0;
    }
}

/* The open entry that stands for the file, or NULL. */
static Content *opened_as(const struct stat *at, uint32_t n_open)
{
    for (uint32_t k = 0; k < n_open; k++)
        if (contents[k].access && contents[k].device == at->st_dev && contents[k].inode == at->st_ino)
            return &contents[k];
    return NULL;
}

/* A name whose file the program has written: an entry for it, or what it adds to that of an open one. */
static void look_at_name(PrFile *f, uint32_t i, uint32_t n_open)
{
    unsigned how = rt_path_how(f);
    bool reads = how & RT_PATH_READ;
    Content *c = &contents[i];
    struct stat at;

    if (how == RT_PATH_READ || how == RT_PATH_ADDED)
        return;
    if (stat(f->path, &at) != 0 || !S_ISREG(at.st_mode)) {
        f->flags |= lstat(f->path, &at) != 0 && errno == ENOENT ? PR_FILE_ABSENT : 0;
        return;
    }
    if (opened_as(&at, n_open)) {
        c = opened_as(&at, n_open);
        if (!reads || (c->access & READS))
            return;
    } else {
        f->flags |= PR_FILE_REGULAR;
        f->length = (uint64_t)at.st_size;
        *c = (Content){.device = at.st_dev, .inode = at.st_ino, .changed = at.st_ctim, .access = WRITES};
    }
    c->access |= reads ? READS : 0;
    c->fd = open(f->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    c->own_fd = c->fd >= 0;
}

/* From 0 to `length`, or NULL: it cannot be read, or not kept. */
static uint8_t *read_content(int fd, uint64_t length)
{
    uint8_t *bytes = malloc((size_t)length + 1);
    uint64_t at = 0;
    ssize_t n = 1;

    while (bytes && at < length && n > 0) {
        n = pread(fd, bytes + at, (size_t)(length - at), (off_t)at);
        at += n > 0 ? (uint64_t)n : 0;
        if (n < 0 && errno == EINTR)
            n = 1;
    }
    if (at == length)
        return bytes;
    free(bytes);
    return NULL;
}

/* Waits until a write would change st_ctim: that has the grain of the clock's ticks, or of whole seconds. */
static bool watch(const struct timespec *changed)
{
    static const struct timespec pause = {.tv_nsec = 1000000};
    enum { TRIES = 100, COARSE_SECONDS = 3 };
    struct timespec now;

    for (int i = 0; i < TRIES; i++) {
        if (clock_gettime(CLOCK_REALTIME_COARSE, &now) != 0)
            return false;
        if (now.tv_sec >= changed->tv_sec + COARSE_SECONDS)
            return true;
        if (changed->tv_nsec && (now.tv_sec > changed->tv_sec ||
                                 (now.tv_sec == changed->tv_sec && now.tv_nsec > changed->tv_nsec)))
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

/* A file that the program can read and write. */
static bool keep(PrFile *f, Content *c, uint64_t *room)
{
    struct stat at;

    c->kept = f->length <= *room ? read_content(c->fd, f->length) : NULL;
    if (!c->kept)
        return false;
    *room -= f->length;
    f->flags |= PR_FILE_KEPT;
    f->content = c->kept;
    f->permissions = fstat(c->fd, &at) == 0 ? (uint32_t)at.st_mode & 0777 : 0600;
    return true;
}

static void plan(PrFile *f, Content *c, bool is_open, uint64_t room[3])
{
    if (c->access == (READS | WRITES) && !keep(f, c, &room[0])) {
        f->flags |= PR_FILE_HASHED;
        c->watched = watch(&c->changed);
    } else if (c->access == WRITES && !is_open) {
        keep(f, c, &room[1]);
    } else if (c->access == READS) {
        f->flags |= PR_FILE_HASHED | (f->length > room[2] ? PR_FILE_SAMPLED : 0);
        room[2] -= f->length > room[2] ? 0 : f->length;
    }
}

void rt_contents_note(PrFile *files, uint32_t n, uint32_t n_open, int (*fd_of)(const PrFile *))
{
    uint64_t room[] = {KEPT_BYTES, OWN_BYTES, HASHED_BYTES};

    memset(contents, 0, n * sizeof *contents);
    n_contents = n;
    for (uint32_t i = 0; i < n_open; i++)
        if ((files[i].flags & (PR_FILE_REGULAR | PR_FILE_STD)) == PR_FILE_REGULAR)
            look(i, i, fd_of(&files[i]));
    /* Last, so that another entry stands for the file: standard input need not be the same one at a restart. */
    if (n && files[0].handle == 0 && (files[0].flags & PR_FILE_STD) && (files[0].flags & PR_FILE_REGULAR))
        look(0, n_open, fd_of(&files[0]));
    for (uint32_t i = n_open; i < n; i++)
        look_at_name(&files[i], i, n_open);
    for (uint32_t i = 0; i < n; i++)
        plan(&files[i], &contents[i], i < n_open, room);
}

void rt_contents_forget(void)
{
    for (uint32_t i = 0; i < n_contents; i++) {
        free(contents[i].kept);
        contents[i].kept = NULL;
        if (contents[i].own_fd)
            close(contents[i].fd);
        contents[i].own_fd = false;
    }
}

/* ---- hashes ---- */

static bool hash_range(XXH3_state_t *state, int fd, uint64_t at, uint64_t bytes)
{
    while (bytes) {
        ssize_t n = pread(fd, step, bytes < STEP_BYTES ? (size_t)bytes : STEP_BYTES, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        XXH3_128bits_update(state, step, (size_t)n);
        at += (uint64_t)n;
        bytes -= (uint64_t)n;
    }
    return true;
}

/* Of the file's first `length` bytes; false: they are not there. */
static bool hash_content(const PrFile *f, int fd, uint64_t hash[2])
{
    XXH3_state_t *state = XXH3_createState();
    bool sampled = f->flags & PR_FILE_SAMPLED && f->length > (uint64_t)N_SAMPLES * SAMPLE_BYTES, ok = state != NULL;
    XXH128_hash_t digest;

    if (!state)
        return false;
    XXH3_128bits_reset(state);
    if (!sampled)
        ok = hash_range(state, fd, 0, f->length);
    for (uint64_t i = 0; sampled && ok && i < N_SAMPLES; i++)
        ok = hash_range(state, fd, (f->length - SAMPLE_BYTES) / (N_SAMPLES - 1) * i, SAMPLE_BYTES);
    digest = XXH3_128bits_digest(state);
    XXH3_freeState(state);
    hash[0] = digest.low64;
    hash[1] = digest.high64;
    return ok;
}

static bool untouched(const Content *c)
{
    struct stat at;

    return c->watched && fstat(c->fd, &at) == 0 && at.st_ctim.tv_sec == c->changed.tv_sec &&
           at.st_ctim.tv_nsec == c->changed.tv_nsec;
}

PrStatus rt_contents_view(PrFile *files, uint32_t n, PrError *error)
{
    for (uint32_t i = 0; i < n; i++) {
        PrFile *f = &files[i];

        if (!(f->flags & PR_FILE_HASHED))
            continue;
        if (!hash_content(f, contents[i].fd, f->hash))
            return pr_fail(error, PR_E_STATE, "file cannot be read to its end", f->length, f->path);
        if ((contents[i].access & WRITES) && !untouched(&contents[i]))
            return pr_fail(error, PR_E_STATE, "file that is read and written is too large to be kept, and was "
                           "written while the checkpoint was made (--snapshot=inline waits)", f->length, f->path);
    }
    return PR_OK;
}

/* ---- restore ---- */

PrStatus rt_content_check(const PrFile *f, int fd, PrError *error)
{
    uint64_t hash[2];

    if (!(f->flags & PR_FILE_HASHED) || (hash_content(f, fd, hash) && hash[0] == f->hash[0] && hash[1] == f->hash[1]))
        return PR_OK;
    return pr_fail(error, PR_E_STATE, "file is not what it was at the checkpoint", f->length, f->path);
}

static bool holds(const PrFile *f, int fd)
{
    struct stat at;

    if (fstat(fd, &at) != 0 || (uint64_t)at.st_size != f->length)
        return false;
    for (uint64_t i = 0; i < f->length; i += STEP_BYTES) {
        uint64_t left = f->length - i, bytes = left < STEP_BYTES ? left : STEP_BYTES;
        ssize_t n = pread(fd, step, (size_t)bytes, (off_t)i);

        if (n < 0 || (uint64_t)n < bytes || memcmp(step, f->content + i, (size_t)bytes) != 0)
            return false;
    }
    return true;
}

/* The kept file, to be written; one that has vanished is made again. */
static int open_kept(const PrFile *f)
{
    int fd = open(f->path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    if (fd >= 0 || errno != ENOENT)
        return fd;
    fd = open(f->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0 && fchmod(fd, (mode_t)f->permissions) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* A file of the program's that was not there. */
static PrStatus remove_made_since(const PrFile *f, PrError *error)
{
    struct stat at;

    if (lstat(f->path, &at) == 0 && S_ISREG(at.st_mode) && unlink(f->path) != 0)
        return rt_fail_errno(error, "file", f->path);
    return PR_OK;
}

static PrStatus put_back(const PrFile *f, PrError *error)
{
    int fd = open_kept(f);
    PrStatus status = PR_OK;

    if (fd < 0)
        return rt_fail_errno(error, "file cannot be put back", f->path);
    if (!pr_write_at(fd, f->content, f->length, 0) || ftruncate(fd, (off_t)f->length) != 0)
        status = rt_fail_errno(error, "file cannot be put back", f->path);
    if (close(fd) != 0 && status == PR_OK)
        status = rt_fail_errno(error, "file cannot be put back", f->path);
    return status;
}

/* A result that the program has left, and somebody has taken since. */
static bool only_made(const PrFile *f) { return (f->flags & PR_FILE_NAMED) && !(rt_path_how(f) & RT_PATH_READ); }

/* What stands there is left alone where it is what it was: it need not be writable. */
PrStatus rt_content_restore(const PrFile *f, PrError *error)
{
    PrStatus status;
    struct stat at;
    int fd;

    if (f->flags & PR_FILE_ABSENT)
        return remove_made_since(f, error);
    if (!(f->flags & (PR_FILE_KEPT | PR_FILE_HASHED)))
        return PR_OK;
    if (stat(f->path, &at) != 0 && errno == ENOENT && only_made(f))
        return PR_OK;
    if (stat(f->path, &at) == 0 && !S_ISREG(at.st_mode))
        return pr_fail(error, PR_E_STATE, "it is no regular file any more", 0, f->path);
    fd = open(f->path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
    if (f->flags & PR_FILE_KEPT)
        status = fd >= 0 && holds(f, fd) ? PR_OK : put_back(f, error);
    else
        status = fd < 0 ? rt_fail_errno(error, "file", f->path) : rt_content_check(f, fd, error);
    if (fd >= 0)
        close(fd);
    return status;
}
