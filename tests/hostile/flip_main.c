/* flip_main IMAGE SCRATCH-FILE: opens IMAGE truncated at every length and with every byte changed,
 * one at a time. Each must be refused with a reason, and none may crash. Prints a summary and the
 * first few that were accepted; exit 1 if there was one. A large image is stepped through outside of
 * its head, so that the whole stays within a limit of opens. */
#include "core/image/image.h"
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAX_OPENS = 60000, MAX_SHOWN = 5 };

typedef struct Trial {
    const char *scratch;
    int fd;
    guint64 opens, accepted, unnamed;
} Trial;

static void stop_errno(const char *what)
{
    fprintf(stderr, "flip: %s: %s\n", what, g_strerror(errno));
    exit(2);
}

/* The file as it now is must be refused, by the full check; recovery's own check must survive it. */
static void expect_refused(Trial *trial, const char *what, guint64 at)
{
    PrImage image;
    PrError error = {0};

    trial->opens++;
    if (pr_image_open(&image, trial->scratch, PR_VERIFY_ALL, &error) == PR_OK) {
        pr_image_close(&image);
        if (trial->accepted++ < MAX_SHOWN)
            printf("accepted: %s %" G_GUINT64_FORMAT "\n", what, at);
    } else if (!error.what || !error.what[0]) {
        if (trial->unnamed++ < MAX_SHOWN)
            printf("no reason: %s %" G_GUINT64_FORMAT "\n", what, at);
    }
    memset(&error, 0, sizeof error);
    if (pr_image_open(&image, trial->scratch, PR_VERIFY_HEAD, &error) == PR_OK)
        pr_image_close(&image);
}

static void put(Trial *trial, const guint8 *from, gsize bytes, off_t at)
{
    if (pwrite(trial->fd, from, bytes, at) != (ssize_t)bytes)
        stop_errno(trial->scratch);
}

static void truncate_each(Trial *trial, const guint8 *bytes, gsize n, gsize dense, gsize step)
{
    for (gsize length = n; length-- > 0;) {
        if (length > dense && length % step && length + 1 != n)
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

static void flip_each(Trial *trial, const guint8 *bytes, gsize n, gsize dense, gsize step)
{
    for (gsize at = 0; at < n; at++) {
        guint8 changed = (guint8)(bytes[at] ^ (1u << at % 8));

        if (at > dense && at % step && at + 1 != n)
            continue;
        put(trial, &changed, 1, (off_t)at);
        expect_refused(trial, "byte changed at", at);
        put(trial, &bytes[at], 1, (off_t)at);
    }
}

int main(int argc, char **argv)
{
    Trial trial = {0};
    PrImage image;
    PrError failure = {0};
    g_autofree char *contents = NULL;
    gsize n, dense, step;

    if (argc != 3) {
        fprintf(stderr, "usage: flip_main IMAGE SCRATCH-FILE\n");
        return 2;
    }
    if (!g_file_get_contents(argv[1], &contents, &n, NULL))
        stop_errno(argv[1]);
    trial.scratch = argv[2];
    trial.fd = open(argv[2], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (trial.fd < 0)
        stop_errno(argv[2]);
    put(&trial, (const guint8 *)contents, n, 0);
    if (pr_image_open(&image, argv[2], PR_VERIFY_ALL, &failure) != PR_OK) {
        fprintf(stderr, "flip: the image itself is refused: %s\n", failure.what);
        return 2;
    }
    dense = image.offset[PR_SEC_EXTREFS]; /* everything before it is structure */
    pr_image_close(&image);
    dense = MIN(dense, MAX_OPENS / 4);
    step = (n - MIN(dense, n)) / (MAX_OPENS / 4) * 2 + 1; /* odd: no byte of a word is left out */

    truncate_each(&trial, (const guint8 *)contents, n, dense, step);
    flip_each(&trial, (const guint8 *)contents, n, dense, step);
    if (pr_image_open(&image, argv[2], PR_VERIFY_ALL, &failure) != PR_OK) {
        fprintf(stderr, "flip: the restored image is refused: %s\n", failure.what);
        return 2;
    }
    pr_image_close(&image);
    printf("%" G_GUINT64_FORMAT " opens of %" G_GSIZE_FORMAT " bytes, every %" G_GSIZE_FORMAT
           ". behind byte %" G_GSIZE_FORMAT ": %" G_GUINT64_FORMAT " accepted, %" G_GUINT64_FORMAT
           " without a reason\n",
           trial.opens, n, step, dense, trial.accepted, trial.unnamed);
    unlink(argv[2]);
    return trial.accepted || trial.unnamed;
}
