#include "progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { BAR_CHARS = 30, BAR_PERIOD_US = 100 * 1000, LINE_PERIOD_US = 5 * 1000 * 1000 };

struct LabProgress {
    const char *what;
    guint total, done;
    gboolean quiet, terminal, bar_shown;
    gint64 started_us, shown_us;
};

LabProgress *lab_progress_new(const char *what, guint total, gboolean quiet)
{
    LabProgress *progress = g_new0(LabProgress, 1);
    progress->what = what;
    progress->total = total;
    progress->quiet = quiet;
    progress->terminal = isatty(STDERR_FILENO) == 1;
    progress->started_us = g_get_monotonic_time();
    return progress;
}

/* Time to go, from the mean of what is done: "1:05", or "" before the first step. */
static char *eta_text(const LabProgress *progress, gint64 now_us)
{
    if (progress->done == 0)
        return g_strdup("");
    gint64 passed_us = now_us - progress->started_us;
    gint64 left_s = passed_us / progress->done * (progress->total - progress->done) / 1000000;
    return g_strdup_printf(", %" G_GINT64_FORMAT ":%02" G_GINT64_FORMAT " to go", left_s / 60,
                           left_s % 60);
}

static void clear_bar(LabProgress *progress)
{
    if (progress->bar_shown)
        fputs("\r\033[K", stderr);
    progress->bar_shown = FALSE;
}

static void show(LabProgress *progress, gint64 now_us)
{
    g_autofree char *eta = eta_text(progress, now_us);
    progress->shown_us = now_us;
    if (!progress->terminal) {
        fprintf(stderr, "%s: %u of %u%s\n", progress->what, progress->done, progress->total, eta);
        return;
    }
    char bar[BAR_CHARS + 1] = {0};
    guint full = progress->total ? (guint)((guint64)BAR_CHARS * progress->done / progress->total) : 0;
    for (guint i = 0; i < BAR_CHARS; i++)
        bar[i] = i < full ? '#' : '.';
    fprintf(stderr, "\r\033[K[%s] %u of %u %s%s", bar, progress->done, progress->total,
            progress->what, eta);
    fflush(stderr);
    progress->bar_shown = TRUE;
}

void lab_progress_set(LabProgress *progress, guint done)
{
    gint64 now_us = g_get_monotonic_time();
    gint64 period_us = progress->terminal ? BAR_PERIOD_US : LINE_PERIOD_US;
    gboolean last = done == progress->total && done != progress->done;
    progress->done = done;
    if (!progress->quiet && (last || now_us - progress->shown_us >= period_us))
        show(progress, now_us);
}

void lab_progress_message(LabProgress *progress, const char *format, ...)
{
    va_list args;
    clear_bar(progress);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

void lab_progress_free(LabProgress *progress)
{
    if (!progress)
        return;
    if (progress->bar_shown)
        fputc('\n', stderr);
    g_free(progress);
}
