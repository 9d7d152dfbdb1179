/* Recovery: from a native image to the call of main's restore clone. Nothing of stack, heap and
 * large variables is read here: they are mapped, private, where they were. A program that soon writes all of its heap
 * had better have it read at once (PREACHES_RESTORE_BY=read): each page that is first written costs a
 * fault and a copy otherwise, and huge pages are out of the question.
 *
 * Order matters: memory, globals, allocator (which notes what library state refers to), library
 * state, files, and last the frames, whose arrays stay in the open image until the innermost poll. */
#define _GNU_SOURCE
#include "files.h"
#include "globals.h"
#include "heapunits.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static PrImage image; /* stays open: the pools' bitmaps are read from it until they change */
static uint64_t begin_ns, load_ns, called_ns;

/* A damaged or foreign image is one thing, a machine on which it cannot go on another. */
static void die(const char *path, const PrError *e)
{
    bool machine = e->status == PR_E_IO || e->status == PR_E_STATE || e->status == PR_E_ADDRESS ||
                   e->status == PR_E_NOMEM;
    char reason[RT_REASON_BYTES];

    rt_explain(reason, e);
    rt_die(machine ? RT_EXIT_FAILED : RT_EXIT_DAMAGED, "%s: %s", path, reason);
}

static PrStatus check(PrError *error)
{
    const PrArch *arch = image.desc.layouts[image.view.layout].arch;

    if (memcmp(image.desc.program_id, rt_desc.program_id, sizeof rt_desc.program_id))
        return pr_fail(error, PR_E_PROGRAM, "DESC", 0, NULL);
    if (!image.is_native || strcmp(arch->name, preaches_arch))
        return pr_fail(error, PR_E_ARCH, "header", 0, arch->name);
    if (image.view.stack_bytes > PR_STACK_END - PR_STACK_BASE)
        return pr_fail(error, PR_E_LIMIT, "META", 0, NULL);
    if (image.view.heap_bytes > rt_heap.bytes)
        return pr_fail(error, PR_E_NOMEM, "heap", image.view.heap_bytes, "larger than this machine's memory");
    return PR_OK;
}

/* Out of the way of the program's descriptors. */
static PrStatus move_image(PrError *error)
{
    int fd = fcntl(image.fd, F_DUPFD_CLOEXEC, RT_OWN_FD);

    if (fd < 0 || close(image.fd) != 0)
        return rt_fail_errno(error, "image", "");
    image.fd = fd;
    return PR_OK;
}

static PrStatus map_section(PrSection section, uint64_t address, uint64_t bytes, PrError *error)
{
    void *at = (void *)(uintptr_t)address;

    if (!bytes)
        return PR_OK;
    if (image.length[section] < bytes)
        return pr_fail(error, PR_E_TRUNCATED, pr_section_name(section), image.length[section], NULL);
    if (mmap64(at, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE,
               image.fd, (off64_t)image.offset[section]) != at)
        return pr_fail(error, PR_E_ADDRESS, pr_section_name(section), address, strerror(errno));
    return PR_OK;
}

static PrStatus read_range(uint64_t at, uint64_t bytes, uint64_t address, PrError *error)
{
    enum { STEP_BYTES = 64 << 20 };

    while (bytes) {
        size_t step = (size_t)(bytes < STEP_BYTES ? bytes : STEP_BYTES);
        ssize_t got = pread64(image.fd, (void *)(uintptr_t)address, step, (off64_t)at);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return rt_fail_errno(error, got ? "reading the image" : "the image has become shorter", "");
        at += (uint64_t)got;
        address += (uint64_t)got;
        bytes -= (uint64_t)got;
    }
    return PR_OK;
}

/* Whether enough of the file is holes for looking where they are: in 1 GiB without one that takes longer (each page
 * of a tmpfs is looked at) than reading what few there are. */
static bool has_holes(uint64_t bytes)
{
    struct stat64 at;

    return fstat64(image.fd, &at) != 0 || (uint64_t)at.st_blocks * 512 + bytes / 64 < (uint64_t)at.st_size;
}

/* What is a hole in the file stays untouched memory. */
static PrStatus read_section(PrSection section, uint64_t address, uint64_t bytes, PrError *error)
{
    uint64_t begin = image.offset[section], end = begin + bytes, at = begin;
    PrStatus status = PR_OK;

    if (image.length[section] < bytes)
        return pr_fail(error, PR_E_TRUNCATED, pr_section_name(section), image.length[section], NULL);
    if (!has_holes(bytes))
        return read_range(begin, bytes, address, error);
    while (at < end && status == PR_OK) {
        off64_t data = lseek64(image.fd, (off64_t)at, SEEK_DATA), hole;

        if (data < 0 && errno == ENXIO)
            break;
        data = data < 0 ? (off64_t)at : data; /* a file system that does not tell */
        hole = lseek64(image.fd, data, SEEK_HOLE);
        hole = hole < 0 || (uint64_t)hole > end ? (off64_t)end : hole;
        if ((uint64_t)data < end)
            status = read_range((uint64_t)data, (uint64_t)(hole - data),
                                address + ((uint64_t)data - begin), error);
        at = (uint64_t)hole;
    }
    return status;
}

static PrStatus put_state(PrError *error)
{
    const PrView *v = &image.view;
    PrStatus status = map_section(PR_SEC_STACK, PR_STACK_BASE, v->stack_bytes, error);

    if (status == PR_OK)
        rt_units_grow((uint32_t)(v->heap_bytes / PR_UNIT_BYTES), v->heap_bytes);
    if (status == PR_OK)
        status = (rt_config.restore_by == RT_RESTORE_READ ? read_section : map_section)(
            PR_SEC_HEAP, rt_heap.base, v->heap_bytes, error);
    if (status != PR_OK)
        return status;
    rt_globals_restore(&image);
    status = rt_arena_adopt(v, error);
    if (status == PR_OK)
        status = rt_libc_load(v->libc, v->libc_bytes, error);
    if (status == PR_OK)
        status = rt_streams_restore(v->files, v->n_files, error);
    if (status == PR_OK)
        status = rt_frames_begin(v->frames, v->n_frames, error);
    return status;
}

void rt_restore_open(const char *path)
{
    PrError error = {0};

    begin_ns = rt_now_ns();
    if (pr_image_open(&image, path, PR_VERIFY_HEAD, &error) != PR_OK ||
        check(&error) != PR_OK || move_image(&error) != PR_OK)
        die(path, &error);
    rt_fault("restore");
    if (put_state(&error) != PR_OK)
        die(path, &error);
    rt_progress.epoch = image.view.epoch + 1;
    rt_progress.term = image.view.term;
    rt_progress.polls_base = image.view.polls;
    called_ns = rt_now_ns();
    load_ns = called_ns - begin_ns;
}

void rt_restore_done(void)
{
    rt_control_say("restored %llu %llu %llu", (unsigned long long)image.view.epoch,
                   (unsigned long long)load_ns, (unsigned long long)(rt_now_ns() - called_ns));
    rt_signals_resume();
    rt_libc_put_errno();
}
