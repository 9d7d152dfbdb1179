/* flip_main IMAGE SCRATCH-FILE [STEP]: opens IMAGE truncated at every length and with every byte
 * changed, one at a time. Each must be refused with the place and a reason, and none may crash. Prints a summary and
 * the first few that were accepted; exit 1 if there was one. With STEP, only every STEPth place behind
 * the sections that recovery reads at once (those are always tried whole). A compressed image is opened as
 * the commands do. */
#include "core/agent/pack.h"
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAX_SHOWN = 5 };

typedef struct Trial {
    const char *scratch;
    int fd;
    gsize head; /* bytes before the memory sections */
    gsize step;
    PrStatus (*open)(PrImage *, const char *, PrVerify, PrError *); /* whole, delta or compressed */
    guint64 opens, accepted, unnamed;
} Trial;

static void stop_errno(const char *what)
{
    fprintf(stderr, "flip: %s: %s\n", what, g_strerror(errno));
    exit(2);
}

static PrStatus open_packed(PrImage *image, const char *path, PrVerify how, PrError *error)
{
    g_autoptr(GError) why = NULL;
    g_autofree char *content = NULL;
    PrStatus status;
    int memory;

    if (preaches_packed(path) == PREACHES_PACK_NONE)
        return pr_image_open(image, path, how, error);
    memory = preaches_unpack_memory(path, how, &why);
    if (memory < 0) {
        const char *place = why->message + strlen(path) + 2; /* PATH: section NAME: reason */
        return pr_fail(error, PR_E_CHECKSUM, g_str_has_prefix(place, "section ") ? "section" : place, 0, place);
    }
    content = g_strdup_printf("/proc/self/fd/%d", memory);
    status = pr_image_open(image, content, how, error);
    close(memory);
    return status;
}

/* "section NAME", "header" or "file". */
static gboolean names_place(const PrError *error)
{
    const char *what = error->what ? error->what : "";

    return g_str_has_prefix(what, "section") || g_str_has_prefix(what, "header") || g_str_has_prefix(what, "file");
}

/* The file as it now is must be refused, by the full check; recovery's own check must survive it. */
static void expect_refused(Trial *trial, const char *what, guint64 at)
{
    PrImage image;
    PrError error = {0};

    trial->opens++;
    if (trial->open(&image, trial->scratch, PR_VERIFY_ALL, &error) == PR_OK) {
        pr_image_close(&image);
        if (trial->accepted++ < MAX_SHOWN)
            printf("accepted: %s %" G_GUINT64_FORMAT "\n", what, at);
    } else if (!names_place(&error)) {
        if (trial->unnamed++ < MAX_SHOWN)
            printf("no place: %s %" G_GUINT64_FORMAT "\n", what, at);
    }
    if (at >= trial->head)
        return;
    memset(&error, 0, sizeof error);
    if (trial->open(&image, trial->scratch, PR_VERIFY_HEAD, &error) == PR_OK)
        pr_image_close(&image);
}

static void put(Trial *trial, const guint8 *from, gsize bytes, off_t at)
{
    if (pwrite(trial->fd, from, bytes, at) != (ssize_t)bytes)
        stop_errno(trial->scratch);
}

static gboolean is_left_out(const Trial *trial, gsize at, gsize last)
{
    return at >= trial->head && at % trial->step && at != last;
}

static void truncate_each(Trial *trial, const guint8 *bytes, gsize n)
{
    for (gsize length = n; length-- > 0;) {
        if (is_left_out(trial, length, n - 1))
            continue;
        if (ftruncate(trial->fd, (off_t)length))
            stop_errno(trial->scratch);
        expect_refused(trial, "truncated to", length);
    }
    put(trial, bytes, n, 0);
    put(trial, (const guint8 *)"", 1, (off_t)n); /* one byte too many is no image either */
    expect_refused(trial, "lengthened to", n + 1);
    if (ftruncate(trial->fd, (off_t)n))
        stop_errno(trial->scratch);
}

static void flip_each(Trial *trial, const guint8 *bytes, gsize n)
{
    for (gsize at = 0; at < n; at++) {
        guint8 changed = (guint8)(bytes[at] ^ (1u << at % 8));

        if (is_left_out(trial, at, n - 1))
            continue;
        put(trial, &changed, 1, (off_t)at);
        expect_refused(trial, "byte changed at", at);
        put(trial, &bytes[at], 1, (off_t)at);
    }
}

/* The file as it was must be an image. */
static void expect_accepted(Trial *trial)
{
    PrImage image;
    PrError error = {0};

    if (trial->open(&image, trial->scratch, PR_VERIFY_ALL, &error) != PR_OK) {
        fprintf(stderr, "flip: the image itself is refused: %s\n", error.what);
        exit(2);
    }
    trial->head = image.offset[PR_SEC_GLOBALS];
    pr_image_close(&image);
}

int main(int argc, char **argv)
{
    Trial trial = {.step = 1, .open = pr_image_open};
    g_autofree char *contents = NULL;
    gsize n;

    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: flip_main IMAGE SCRATCH-FILE [STEP]\n");
        return 2;
    }
    if (g_str_has_suffix(argv[1], ".delta.img"))
        trial.open = pr_image_open_delta;
    else if (preaches_packed(argv[1]) != PREACHES_PACK_NONE)
        trial.open = open_packed;
    if (argc == 4)
        trial.step = MAX(1, (gsize)g_ascii_strtoull(argv[3], NULL, 10));
    if (!g_file_get_contents(argv[1], &contents, &n, NULL))
        stop_errno(argv[1]);
    trial.scratch = argv[2];
    trial.fd = open(argv[2], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (trial.fd < 0)
        stop_errno(argv[2]);
    put(&trial, (const guint8 *)contents, n, 0);
    expect_accepted(&trial);
    truncate_each(&trial, (const guint8 *)contents, n);
    flip_each(&trial, (const guint8 *)contents, n);
    expect_accepted(&trial);
    printf("%" G_GUINT64_FORMAT " opens, %" G_GSIZE_FORMAT " bytes, every %" G_GSIZE_FORMAT
           ". behind byte %" G_GSIZE_FORMAT ": %" G_GUINT64_FORMAT " accepted, %" G_GUINT64_FORMAT
           " without a place\n",
           trial.opens, n, trial.step, trial.head, trial.accepted, trial.unnamed);
    unlink(argv[2]);
    return trial.accepted || trial.unnamed;
}
