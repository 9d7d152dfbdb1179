/* Streams as programs see them. They hold handles (addresses at PR_HANDLE_BASE that are never touched); the FILE
 * behind each is this process's own. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include "files.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

RtStream rt_streams[PR_N_HANDLES];
uint32_t rt_end_handle = RT_N_STD;

void rt_streams_init(void)
{
    rt_streams[0] = (RtStream){.file = stdin, .mode = "r"};
    rt_streams[1] = (RtStream){.file = stdout, .mode = "w"};
    rt_streams[2] = (RtStream){.file = stderr, .mode = "w"};
    rt_descriptors_init();
}

static RtStream *find(const void *handle)
{
    uint64_t offset = (uint64_t)(uintptr_t)handle - PR_HANDLE_BASE;

    return offset < PR_N_HANDLES * PR_HANDLE_BYTES ? &rt_streams[offset / PR_HANDLE_BYTES] : NULL;
}

void *preaches_stream(void *handle)
{
    const RtStream *s = find(handle);

    return s ? (void *)s->file : handle;
}

/* ---- opening and closing ---- */

static uint32_t free_handle(void)
{
    uint32_t i = RT_N_STD;

    while (i < PR_N_HANDLES && rt_streams[i].file)
        i++;
    if (i == PR_N_HANDLES)
        errno = EMFILE;
    return i;
}

void *rt_stream_handle(uint32_t i) { return (void *)(uintptr_t)(PR_HANDLE_BASE + i * PR_HANDLE_BYTES); }

void *rt_stream_take(uint32_t i, FILE *file, const char *path, const char *mode, bool temporary)
{
    rt_streams[i] = (RtStream){.file = file, .path = strdup(path), .temporary = temporary};
    strcpy(rt_streams[i].mode, mode);
    rt_end_handle = i + 1 > rt_end_handle ? i + 1 : rt_end_handle;
    return rt_stream_handle(i);
}

void *preaches_fopen(const char *path, const char *mode)
{
    uint32_t i = free_handle();
    char *whole;
    FILE *file;

    if (i == PR_N_HANDLES || strlen(mode) >= RT_MODE_BYTES) {
        errno = i == PR_N_HANDLES ? EMFILE : EINVAL;
        return NULL;
    }
    whole = rt_absolute(path);
    file = whole ? fopen(path, mode) : NULL;
    if (!file) {
        free(whole);
        return NULL;
    }
    rt_stream_take(i, file, whole, mode, false);
    if (rt_descriptor_add(fileno(file), whole) < 0) {
        preaches_fclose(rt_stream_handle(i));
        errno = EMFILE;
        return NULL;
    }
    return rt_stream_handle(i);
}

void *preaches_fdopen(int fd, const char *mode)
{
    uint32_t i = free_handle();
    FILE *file;

    if (i == PR_N_HANDLES || strlen(mode) >= RT_MODE_BYTES)
        return NULL;
    file = fdopen(fd, mode);
    if (!file)
        return NULL;
    return rt_stream_take(i, file, fd < RT_N_DESCRIPTORS && rt_opened[fd].path ? rt_opened[fd].path : "", mode,
                false);
}

void *preaches_tmpfile(void)
{
    static const char name[] = "/preaches-XXXXXX";
    const char *folder = getenv("TMPDIR");
    uint32_t i = free_handle();
    char *path = i < PR_N_HANDLES ? rt_absolute(folder && *folder ? folder : "/tmp") : NULL, *grown;
    int fd;
    FILE *file;

    grown = path ? realloc(path, strlen(path) + sizeof name) : NULL;
    if (!grown) {
        free(path);
        return NULL;
    }
    path = strcat(grown, name);
    fd = mkostemp(path, O_CLOEXEC);
    file = fd < 0 ? NULL : fdopen(fd, "w+");
    if (!file) {
        free(path);
        return NULL;
    }
    rt_stream_take(i, file, path, "w+", true);
    if (rt_descriptor_add(fd, path) < 0) {
        preaches_fclose(rt_stream_handle(i));
        return NULL;
    }
    return rt_stream_handle(i);
}

void *preaches_popen(const char *command, const char *mode)
{
    uint32_t i = free_handle();
    FILE *file = i < PR_N_HANDLES && strlen(mode) < RT_MODE_BYTES ? popen(command, mode) : NULL;

    if (!file)
        return NULL;
    rt_stream_take(i, file, command, mode, false);
    rt_streams[i].command = true;
    return rt_stream_handle(i);
}

int preaches_pclose(void *handle)
{
    RtStream *s = find(handle), closing;

    if (!s || !s->file || !s->command) {
        errno = EINVAL;
        return -1;
    }
    closing = *s;
    *s = (RtStream){0};
    free(closing.path);
    return pclose(closing.file);
}

int preaches_fclose(void *handle)
{
    RtStream *s = find(handle), closing;

    if (!s)
        return handle ? fclose(handle) : EOF;
    closing = *s;
    *s = (RtStream){0};
    if (!closing.file) {
        errno = EBADF;
        return EOF;
    }
    rt_descriptor_drop(fileno(closing.file));
    if (closing.temporary) {
        unlink(closing.path);
        rt_path_forget(closing.path);
    }
    free(closing.path);
    return fclose(closing.file);
}

/* The same handle, another file. A stream that cannot be opened is closed, as the standard says. */
void *preaches_freopen(const char *path, const char *mode, void *handle)
{
    RtStream *s = find(handle);
    char *whole, *own;
    FILE *file;

    if (!s || !s->file || !path || strlen(mode) >= RT_MODE_BYTES) {
        errno = EINVAL;
        return NULL;
    }
    whole = rt_absolute(path);
    own = whole ? strdup(whole) : NULL;
    rt_descriptor_drop(fileno(s->file));
    if (s->temporary)
        unlink(s->path);
    file = own ? freopen(path, mode, s->file) : NULL;
    free(s->path);
    *s = (RtStream){.file = file, .path = own};
    strcpy(s->mode, mode);
    if (!file) {
        free(whole);
        free(own);
        *s = (RtStream){0};
        return NULL;
    }
    rt_descriptor_add(fileno(file), whole);
    return handle;
}

int preaches_fileno(void *handle) { return fileno(preaches_stream(handle)); }

int preaches_setvbuf(void *handle, char *buffer, int mode, __SIZE_TYPE__ bytes)
{
    RtStream *s = find(handle);
    int failed = setvbuf(preaches_stream(handle), buffer, mode, bytes);

    if (s && !failed)
        s->buffering = mode + 1;
    return failed;
}

void preaches_setbuf(void *handle, char *buffer)
{
    preaches_setvbuf(handle, buffer, buffer ? _IOFBF : _IONBF, BUFSIZ);
}

void preaches_setbuffer(void *handle, char *buffer, __SIZE_TYPE__ bytes)
{
    preaches_setvbuf(handle, buffer, buffer ? _IOFBF : _IONBF, bytes);
}

void preaches_setlinebuf(void *handle) { preaches_setvbuf(handle, NULL, _IOLBF, 0); }

int preaches_fcloseall(void)
{
    for (uint32_t i = 0; i < rt_end_handle; i++)
        if (rt_streams[i].file)
            preaches_fclose(rt_stream_handle(i));
    return 0;
}

/* Temporary files go with the program; those of one that is killed are needed by its restart. */
void rt_streams_finish(void)
{
    for (uint32_t i = RT_N_STD; i < rt_end_handle; i++)
        if (rt_streams[i].file && rt_streams[i].temporary)
            unlink(rt_streams[i].path);
}
