/* Checkpoint and restore of what is open. A checkpoint notes path, mode, position, length, descriptor, buffering and
 * what was pushed back; a restore opens the files again under the same handles and numbers. Output that is still in a
 * buffer is written out at the checkpoint; input that was read ahead is read again. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include "files.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PUSHED_BYTES = 64 };

/* What a checkpoint notes; filled in the program, read in its child. */
typedef struct Detail {
    uint32_t fd, opening, flags, temporary, buffering, n_pushed; /* flags: rt_descriptor_flags() */
    unsigned char pushed[PUSHED_BYTES]; /* next to be read first */
} Detail;
static PrFile noted[RT_MAX_FILES];
static char *named[RT_MAX_FILES]; /* their paths as the image has them */
static Detail details[PR_N_HANDLES];
static const char *lost[RT_MAX_FILES]; /* why it cannot be carried over, or NULL */
static uint32_t n_noted, n_open; /* the open ones come first */

/* ---- checkpoint ---- */

enum { IN_BACKUP = 0x100 }; /* glibc's _flags: reads what was pushed back */

/* What of the stream's input would be lost. A terminal's next line can be typed again; what a pipe
 * gave is gone. */
static const char *input_lost(uint32_t handle, FILE *file, const struct stat *at)
{
    if (S_ISREG(at->st_mode) || feof(file))
        return NULL;
    if (S_ISCHR(at->st_mode))
        return file->_IO_read_ptr < file->_IO_read_end ? "input from a device" : NULL;
    if (handle == 0 && rt_input_read && !rt_input_ended)
        return "input from a pipe";
    return __freading(file) && __fbufsize(file) > 0 ? "input from a pipe" : NULL;
}

/* Characters that were pushed back and are not those before the position: glibc keeps them apart,
 * and the stream's own place meanwhile in the fields _IO_save_. */
static bool note_pushed(FILE *file, Detail *d, int64_t *offset)
{
    size_t n = (size_t)(file->_IO_read_end - file->_IO_read_ptr);

    d->n_pushed = 0;
    if (!(file->_flags & IN_BACKUP))
        return true;
    if (n > PUSHED_BYTES)
        return false;
    memcpy(d->pushed, file->_IO_read_ptr, n);
    d->n_pushed = (uint32_t)n;
    *offset = (int64_t)lseek(fileno(file), 0, SEEK_CUR) - (file->_IO_save_end - file->_IO_save_base);
    return true;
}

/* Whether the stream's buffer holds other bytes than the file, since they were written over by another way, or the
 * descriptor was moved: the program would still read the old ones, and its restart the new ones. */
static bool read_stale(const FILE *file, int fd)
{
    bool backup = file->_flags & IN_BACKUP;
    const char *at = backup ? file->_IO_save_base : file->_IO_read_base;
    const char *end = backup ? file->_IO_save_end : file->_IO_read_end;
    off_t offset = lseek(fd, 0, SEEK_CUR) - (end - at);
    char there[4096];

    while (at < end && offset >= 0) {
        size_t bytes = (size_t)(end - at) < sizeof there ? (size_t)(end - at) : sizeof there;

        if (pread(fd, there, bytes, offset) != (ssize_t)bytes || memcmp(there, at, bytes) != 0)
            return true;
        at += bytes;
        offset += (off_t)bytes;
    }
    return false;
}

/* dup2() puts another file below a stream, and takes it away again. */
static bool is_standard(uint32_t handle, uint32_t opening)
{
    return handle < RT_N_STD && (opening ? opening == handle + 1 : !rt_streams[handle].path);
}

static PrFile note(uint32_t handle, const char **why)
{
    const RtStream *s = &rt_streams[handle];
    Detail *d = &details[handle];
    PrFile f = {.handle = handle, .mode = s->mode, .path = s->path ? s->path : ""};
    struct stat at = {0};
    int fd = fileno(s->file);
    int64_t offset;

    uint32_t opening = fd >= 0 && fd < RT_N_DESCRIPTORS ? rt_opened[fd].opening : 0;

    *d = (Detail){.fd = (uint32_t)fd, .opening = opening, .flags = rt_descriptor_flags(fd),
                  .temporary = s->temporary, .buffering = (uint32_t)s->buffering};
    f.flags = is_standard(handle, opening) ? PR_FILE_STD : 0;
    if (opening && !s->command)
        f.path = rt_opened[fd].path ? rt_opened[fd].path : "";
    f.flags |= feof(s->file) ? PR_FILE_EOF : 0;
    f.flags |= ferror(s->file) ? PR_FILE_ERROR : 0;
    if (fstat(fd, &at) == 0 && S_ISREG(at.st_mode)) {
        offset = ftello(s->file);
        if (!note_pushed(s->file, d, &offset))
            *why = "more characters pushed back than can be carried over";
        else if (read_stale(s->file, fd))
            *why = "file was changed where the stream had read ahead (fflush or setvbuf before reading on)";
        f.flags |= PR_FILE_REGULAR;
        f.offset = offset > 0 ? (uint64_t)offset : 0;
        f.length = (uint64_t)at.st_size;
    } else if (s->file->_flags & IN_BACKUP) {
        *why = "a character that was pushed back";
    }
    if (s->command)
        *why = "a command that was started with popen";
    if (!*why)
        *why = input_lost(handle, s->file, &at);
    return f;
}

/* A standard stream keeps its FILE, which can only be what it was: input, or output. */
static bool turned(const PrFile *f)
{
    return f->handle < RT_N_STD && (strchr(f->mode, '+') || (f->handle == 0) != (f->mode[0] == 'r'));
}

static int fd_of(const PrFile *f)
{
    return f->flags & PR_FILE_DESCRIPTOR ? (int)(f->handle - PR_N_HANDLES) : (int)details[f->handle].fd;
}

static const char *lost_file(const PrFile *f)
{
    bool plain = f->flags & PR_FILE_DESCRIPTOR;

    if (f->flags & PR_FILE_STD)
        return NULL;
    if (!plain && turned(f))
        return "a standard stream that was reopened for the other direction";
    if (!plain && details[f->handle].opening == 0)
        return "a stream over a descriptor that the program did not open";
    return rt_descriptor_lost(f, fd_of(f));
}

void rt_streams_note(void)
{
    bool below[RT_N_DESCRIPTORS] = {false};

    fflush(NULL); /* all output; input streams are left alone */
    memset(lost, 0, sizeof lost);
    n_noted = 0;
    for (uint32_t i = 0; i < rt_end_handle; i++)
        if (rt_streams[i].file) {
            noted[n_noted] = note(i, &lost[n_noted]);
            n_noted++;
            if (details[i].fd < RT_N_DESCRIPTORS)
                below[details[i].fd] = true;
        }
    n_open = n_noted + rt_descriptors_note(noted + n_noted, below);
    for (uint32_t i = 0; i < n_open; i++)
        if (!lost[i])
            lost[i] = lost_file(&noted[i]);
    n_noted = n_open + rt_paths_note(noted + n_open);
    rt_contents_note(noted, n_noted, n_open, fd_of);
}

static PrStatus check(PrFile *f, const char *why, PrError *error)
{
    bool plain = f->flags & PR_FILE_DESCRIPTOR;
    int fd = fd_of(f);
    char text[sizeof error->path], *path;

    if (f->flags & PR_FILE_STD) {
        path = f->handle == 0 && (f->flags & PR_FILE_REGULAR) ? rt_path_of(fd) : NULL;
        f->path = path ? path : f->path;
    }
    if (!why)
        return PR_OK;
    if (plain)
        snprintf(text, sizeof text, "descriptor %d%s%.200s", fd, f->path[0] ? ": " : "", f->path);
    else
        snprintf(text, sizeof text, "%.240s", f->path);
    return pr_fail(error, PR_E_STATE, why, f->handle, text);
}

static bool name_for_image(uint32_t i)
{
    if (noted[i].path == named[i])
        return true;
    free(named[i]); /* of the checkpoint before, when this process made that itself */
    noted[i].path = named[i] = rt_folder_out(noted[i].path);
    return named[i] != NULL;
}

PrStatus rt_streams_view(const PrFile **files, uint32_t *n, PrError *error)
{
    if (rt_paths_forgotten())
        return pr_fail(error, PR_E_LIMIT, "files that the program has read and written", RT_MAX_PATHS, NULL);
    for (uint32_t i = 0; i < n_open; i++)
        if (check(&noted[i], lost[i], error) != PR_OK)
            return error->status;
    if (rt_contents_view(noted, n_noted, error) != PR_OK)
        return error->status;
    for (uint32_t i = 0; i < n_noted; i++)
        if (!name_for_image(i))
            return pr_fail(error, PR_E_NOMEM, "FILES", 0, NULL);
    *files = noted;
    *n = n_noted;
    return PR_OK;
}

/* What the list of files has no place for: one row for each open file, in its order. */
void rt_streams_save(RtOut *out)
{
    for (uint32_t i = 0; i < n_open; i++) {
        bool plain = noted[i].flags & PR_FILE_DESCRIPTOR;
        uint32_t fd = noted[i].handle - (uint32_t)PR_N_HANDLES;
        Detail own = plain ? (Detail){.fd = fd, .opening = rt_opened[fd].opening}
                           : details[noted[i].handle];

        rt_put_number(out, own.fd, 4);
        rt_put_number(out, own.opening, 4);
        rt_put_number(out, own.flags, 4);
        rt_put_number(out, own.temporary, 4);
        rt_put_number(out, own.buffering, 4);
        rt_put_number(out, own.n_pushed, 4);
        rt_put(out, own.pushed, own.n_pushed);
    }
}

/* ---- restore ---- */

static Detail wanted[RT_MAX_FILES];
static uint32_t n_wanted; /* the open ones */

void rt_streams_load(RtIn *in)
{
    while (in->n && !in->bad && n_wanted < sizeof wanted / sizeof *wanted) {
        Detail *d = &wanted[n_wanted++];

        d->fd = (uint32_t)rt_get_number(in, 4);
        d->opening = (uint32_t)rt_get_number(in, 4);
        d->flags = (uint32_t)rt_get_number(in, 4);
        d->temporary = (uint32_t)rt_get_number(in, 4);
        d->buffering = (uint32_t)rt_get_number(in, 4);
        d->n_pushed = (uint32_t)rt_get_number(in, 4);
        in->bad |= d->n_pushed > PUSHED_BYTES || d->buffering > 3;
        for (uint32_t i = 0; !in->bad && i < d->n_pushed; i++)
            d->pushed[i] = (unsigned char)rt_get_number(in, 1);
    }
}

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
    return rt_content_check(f, 0, error);
}

static PrStatus restore_file(const PrFile *f, const Detail *d, PrError *error)
{
    RtStream *s = &rt_streams[f->handle];
    int flags = rt_open_flags(d->flags) | (strchr(f->mode, 'e') ? O_CLOEXEC : 0);
    bool standard = f->handle < RT_N_STD;
    PrStatus status;

    if (!f->mode[0] || !strchr("rwa", f->mode[0]) || strlen(f->mode) >= RT_MODE_BYTES || (f->path[0] && f->path[0] != '/') ||
        (standard && d->fd != f->handle))
        return pr_fail(error, PR_E_FORMAT, "FILES", f->handle, f->path);
    status = rt_descriptor_restore(f, (int)d->fd, d->opening, flags, error);
    if (status != PR_OK)
        return status;
    if (!standard)
        s->file = fdopen((int)d->fd, f->mode);
    if (!s->file)
        return rt_fail_errno(error, "file", f->path);
    rt_stream_take(f->handle, s->file, f->path, f->mode, d->temporary);
    if (strchr(f->mode, 'a') && (f->flags & PR_FILE_REGULAR) &&
        fseeko(s->file, (off_t)f->offset, SEEK_SET) != 0) /* fdopen() went to the end */
        return rt_fail_errno(error, "file", f->path);
    return PR_OK;
}

static void restore_details(const PrFile *f, const Detail *d)
{
    RtStream *s = &rt_streams[f->handle];

    if (d->buffering) {
        s->buffering = (int)d->buffering;
        setvbuf(s->file, NULL, s->buffering - 1, s->buffering - 1 == _IONBF ? 0 : BUFSIZ);
    }
    else if (d->n_pushed) /* without a buffer, ftell() would not count what is pushed back */
        setvbuf(s->file, NULL, _IOFBF, BUFSIZ);
    for (uint32_t i = d->n_pushed; i-- > 0;)
        ungetc(d->pushed[i], s->file);
    set_flags(s->file, f->flags);
}

static PrStatus restore_here(const PrFile *f, const Detail *d, PrError *error)
{
    if (f->flags & PR_FILE_DESCRIPTOR)
        return f->handle < PR_N_HANDLES ? pr_fail(error, PR_E_FORMAT, "FILES", f->handle, f->path)
                                        : rt_descriptor_restore_plain(f, d->opening, error);
    if (f->handle >= PR_N_HANDLES || (f->handle >= RT_N_STD && rt_streams[f->handle].file) ||
        ((f->flags & PR_FILE_STD) && f->handle >= RT_N_STD))
        return pr_fail(error, PR_E_FORMAT, "FILES", f->handle, f->path);
    if (!(f->flags & PR_FILE_STD))
        return restore_file(f, d, error);
    return f->handle == 0 ? restore_input(f, error)
           : f->handle == 1 ? rt_output_restore(f, 1, error) : PR_OK;
}

/* Without details, what stands in it only. */
static PrStatus restore_one(const PrFile *f, const Detail *d, PrError *error)
{
    char *path = rt_folder_in(f->path);
    PrFile here = *f;
    PrStatus status;

    if (!path)
        return pr_fail(error, PR_E_NOMEM, "FILES", f->handle, f->path);
    here.path = path;
    status = d ? restore_here(&here, d, error) : rt_content_restore(&here, error);
    if (here.flags & PR_FILE_NAMED)
        rt_path_add(path, rt_path_how(&here));
    free(path);
    return status;
}

PrStatus rt_streams_restore(const PrFile *files, uint32_t n, PrError *error)
{
    bool there[RT_N_STD] = {false};
    PrStatus status = PR_OK;

    if (n < n_wanted || (n_wanted && (files[n_wanted - 1].flags & PR_FILE_NAMED)) ||
        (n > n_wanted && !(files[n_wanted].flags & PR_FILE_NAMED)))
        return pr_fail(error, PR_E_FORMAT, "FILES", n, NULL);
    for (uint32_t i = 0; i < n && status == PR_OK; i++)
        if (!(files[i].flags & PR_FILE_STD))
            status = restore_one(&files[i], NULL, error);
    rt_descriptors_begin();
    for (uint32_t i = 0; i < n_wanted && status == PR_OK; i++) {
        status = restore_one(&files[i], &wanted[i], error);
        if (files[i].flags & PR_FILE_DESCRIPTOR || status != PR_OK)
            continue;
        restore_details(&files[i], &wanted[i]);
        if (files[i].handle < RT_N_STD)
            there[files[i].handle] = true;
    }
    rt_descriptors_end();
    for (uint32_t i = 0; i < RT_N_STD && status == PR_OK; i++)
        if (!there[i])
            preaches_fclose(rt_stream_handle(i));
    return status;
}
