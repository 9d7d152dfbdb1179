/* A program under the tool's eyes: its epochs are committed as it reports them, requests are sent at
 * intervals, signals are passed on, and its exit status is ours. */
#define _GNU_SOURCE
#include "cmd.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TICK_MS      200  /* how soon a signal's consequences are seen to */
#define TERMINATE_MS 3000 /* a program that ignores a passed-on signal for so long is killed */

/* ---- options ---- */

gboolean cmd_interval(const char *text, gint64 *ns)
{
    static const struct {
        const char *unit;
        gint64 ns;
    } units[] = {{"us", 1000},
                 {"ms", 1000000},
                 {"s", 1000000000},
                 {"min", 60000000000},
                 {"h", 3600000000000}};
    char *end = NULL;
    double n = g_ascii_strtod(text, &end);

    for (gsize i = 0; i < G_N_ELEMENTS(units); i++)
        if (end != text && strcmp(end, units[i].unit) == 0 && n > 0 &&
            n * (double)units[i].ns < 1e18) {
            *ns = MAX((gint64)(n * (double)units[i].ns), 1000000);
            return TRUE;
        }
    return FALSE;
}

static gboolean is_poll_list(const char *text)
{
    g_auto(GStrv) word = g_strsplit(text, ",", -1);
    guint64 n, last = 0;

    for (gsize i = 0; word[i]; i++) {
        if (!g_ascii_string_to_unsigned(word[i], 10, last + 1, G_MAXUINT64 - 1, &n, NULL))
            return FALSE;
        last = n;
    }
    return word[0] != NULL;
}

static gboolean is_one_of(const char *word, const char *a, const char *b, const char *c)
{
    return !word || strcmp(word, a) == 0 || strcmp(word, b) == 0 || (c && strcmp(word, c) == 0);
}

gboolean cmd_compress(const char *word, PreachesPack *method)
{
    return preaches_pack_parse(word, method) || (cmd_usage("--compress: none, zstd or lz4, not '%s'", word), FALSE);
}

int cmd_watch_apply(const CmdWatch *watch, PreachesSpec *spec)
{
    PreachesPack method;
    gint64 ns;

    if (watch->at_poll && !is_poll_list(watch->at_poll))
        return cmd_usage("--at-poll: '%s' is not an ascending list of numbers", watch->at_poll);
    if (watch->interval && !cmd_interval(watch->interval, &ns))
        return cmd_usage("--interval: '%s' is not a time; a number and us, ms, s, min or h",
                         watch->interval);
    if (watch->every < 0 || watch->break_poll < 0)
        return cmd_usage("--every: not a positive number");
    if (watch->restarts < 0)
        return cmd_usage("--restarts: a number, 0 for none");
    if (watch->keep < 1 || watch->keep > G_MAXINT)
        return cmd_usage("--keep: at least one epoch is kept");
    if (!spec->spool && (watch->at_poll || watch->every || watch->interval || watch->stop))
        return cmd_usage("checkpoints need a place: --spool=DIR");
    if (watch->stop && !watch->at_poll && !watch->every && !watch->interval)
        return cmd_usage("--stop: when? --at-poll, --every or --interval");
    spec->at_polls = watch->at_poll;
    spec->every = (guint64)watch->every;
    spec->break_poll = (guint64)watch->break_poll;
    spec->fault = watch->fault;
    spec->classes = watch->classes;
    spec->out_path = watch->output;
    spec->stop = watch->stop;
    spec->sync = watch->sync;
    if (!is_one_of(watch->snapshot, "fork", "inline", NULL))
        return cmd_usage("--snapshot: fork or inline, not '%s'", watch->snapshot);
    if (!is_one_of(watch->restore_by, "auto", "map", "read"))
        return cmd_usage("--restore: auto, map or read, not '%s'", watch->restore_by);
    if (!cmd_compress(watch->compress, &method))
        return PREACHES_ERROR_USAGE;
    spec->snapshot = watch->snapshot;
    spec->incremental = watch->track ? watch->track : watch->incremental ? "1" : NULL;
    spec->count_polls = watch->count_polls;
    spec->listen = TRUE;
    return 0;
}

void cmd_watch_clear(CmdWatch *watch)
{
    g_free(watch->at_poll);
    g_free(watch->interval);
    g_free(watch->fault);
    g_free(watch->classes);
    g_free(watch->output);
    g_free(watch->track);
    g_free(watch->snapshot);
    g_free(watch->restore_by);
    g_free(watch->compress);
}

/* ---- signals ---- */

static volatile sig_atomic_t caught; /* number of the first one */
static volatile pid_t watched;       /* group that gets them too */

static void on_signal(int number)
{
    if (!caught)
        caught = number;
    if (watched > 0)
        kill(-watched, number);
}

static void on_large_file(int number) { (void)number; }

static void catch_signals(void)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

    sigemptyset(&action.sa_mask);
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
        sigaction(numbers[i], &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    /* An image beyond the limit of file size is an error like any other. Caught, not ignored: the program
     * must not inherit that. */
    action.sa_handler = on_large_file;
    sigaction(SIGXFSZ, &action, NULL);
}

/* The program reads the terminal, if we may: it is in a group of its own. TRUE when it was given. */
static gboolean lend_terminal(pid_t group)
{
    if (!isatty(STDIN_FILENO) || tcgetpgrp(STDIN_FILENO) != getpgrp())
        return FALSE;
    signal(SIGTTOU, SIG_IGN); /* or taking it back would stop us */
    if (tcsetpgrp(STDIN_FILENO, group) != 0)
        return FALSE;
    kill(-group, SIGCONT); /* it may have asked too early */
    return TRUE;
}

/* ---- events ---- */

typedef struct Supervision {
    const CmdWatch *watch;
    const PreachesSpec *spec;
    PreachesPack pack; /* how its images lie in the spool */
    PreachesProc *proc;
    gint64 interval_ms, next_request_ms; /* 0: none */
    int trouble; /* exit status to give when the program itself ended well */
    gboolean killed_here;   /* by us, at a break or a fault point */
    guint64 crash_epoch;    /* that the last life began from */
    gint64 n_crashes;       /* since then */
    guint64 state_bytes;    /* at the last checkpoint */
    guint64 longest_pause_ns, most_copied;
    guint n_checkpoints;
    guint64 first_epoch;    /* of this command */
    gint64 out_length, out_offset; /* of a regular standard output, when the command began */
    gboolean cuts_first;    /* whether the first life was to cut it */
} Supervision;

static gint64 now_ms(void) { return g_get_monotonic_time() / 1000; }

/* ---- what checkpoints cost, and how recovery is to read the heap ---- */

/* Beside the images: "COPIED STATE", bytes that the program wrote while they were made, and that it had. */
static void note_written(Supervision *s, guint64 epoch, guint64 copied)
{
    g_autofree char *path =
        g_strdup_printf("%s/epoch-%06" G_GUINT64_FORMAT "/written", s->spec->spool, epoch);
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n", copied,
                                            s->state_bytes);

    s->most_copied = MAX(s->most_copied, copied);
    g_file_set_contents(path, text, -1, NULL); /* a hint: recovery does without */
}

/* A program that wrote this share of its state while it was being written out will soon have written
 * all of it; from about here on reading at once is quicker than a fault for each page. */
static const char *restore_by(const char *wanted, const char *image)
{
    enum { SMALL_BYTES = 16 << 20, SHARE_PERCENT = 40 };
    g_autofree char *folder = g_path_get_dirname(image), *text = NULL;
    g_autofree char *path = g_build_filename(folder, "written", NULL);
    guint64 copied, state;

    if (wanted && strcmp(wanted, "auto") != 0)
        return wanted;
    if (!g_file_get_contents(path, &text, NULL, NULL) ||
        sscanf(text, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, &copied, &state) != 2)
        return NULL;
    return state > SMALL_BYTES && copied / SHARE_PERCENT > state / 100 ? "read" : NULL;
}

static void say_report(const Supervision *s)
{
    if (s->watch->report)
        cmd_say("%u checkpoints; longest pause %.3f ms; at most %.1f MiB copied while one was written",
                s->n_checkpoints, (double)s->longest_pause_ns / 1e6,
                (double)s->most_copied / (1 << 20));
}

static void commit_epoch(Supervision *s, guint64 epoch)
{
    g_autoptr(GError) error = NULL;
    int n = preaches_commit(s->spec->program, s->spec->spool, epoch, s->pack, &error);

    if (n < 0) {
        s->trouble = cmd_fail(error);
        cmd_say("epoch %" G_GUINT64_FORMAT " is not committed", epoch);
        return;
    }
    if (n == 0) {
        cmd_say("epoch %" G_GUINT64_FORMAT ": no image; not committed", epoch);
        s->trouble = PREACHES_ERROR_FAILED;
        return;
    }
    if (s->watch->stop)
        cmd_say("epoch %" G_GUINT64_FORMAT " committed for %d architectures", epoch, n);
    if (!preaches_prune(s->spec->spool, (guint)s->watch->keep, &error))
        cmd_say("%s", error->message); /* the commit stands */
}

/* FALSE when the program is to die here. */
static gboolean take_event(Supervision *s, const PreachesEvent *event)
{
    char **field = event->field;
    guint n = g_strv_length(field);
    guint64 epoch = 0;

    if (n >= 2 && !g_ascii_string_to_unsigned(field[1], 10, 1, G_MAXUINT64, &epoch, NULL))
        epoch = 0;
    if (n >= 5 && strcmp(field[0], "checkpoint") == 0) {
        s->n_checkpoints++;
        s->longest_pause_ns = MAX(s->longest_pause_ns, g_ascii_strtoull(field[3], NULL, 10));
        s->state_bytes = g_ascii_strtoull(field[4], NULL, 10);
    } else if (n >= 4 && strcmp(field[0], "done") == 0 && epoch && s->spec->spool) {
        commit_epoch(s, epoch);
        note_written(s, epoch, g_ascii_strtoull(field[3], NULL, 10));
    }
    if (n >= 2 && strcmp(field[0], "failed") == 0)
        s->trouble = PREACHES_ERROR_FAILED; /* the program has said why */
    if (n >= 1 && (strcmp(field[0], "fault") == 0 || strcmp(field[0], "break") == 0))
        return FALSE;
    return TRUE;
}

static void send_request(Supervision *s)
{
    gint64 now = now_ms();

    if (!s->interval_ms || now < s->next_request_ms)
        return;
    kill(preaches_proc_pid(s->proc), SIGUSR2);
    s->next_request_ms = now + s->interval_ms;
}

static int end_status(const Supervision *s, int status)
{
    if (caught)
        return 128 + caught;
    return status == 0 && s->watch->stop ? s->trouble : status;
}

static int listen_to_end(Supervision *s)
{
    gint64 kill_at_ms = 0;

    for (;;) {
        g_autoptr(GError) error = NULL;
        PreachesEvent event;
        gint64 wait_ms = s->interval_ms ? MIN(TICK_MS, s->interval_ms) : TICK_MS;

        if (preaches_proc_next(s->proc, wait_ms, &event, &error)) {
            int status = event.status;
            gboolean is_end = event.line == NULL, live = is_end || take_event(s, &event);
            preaches_event_clear(&event);
            if (is_end)
                return end_status(s, status);
            if (!live) {
                s->killed_here = TRUE;
                preaches_proc_kill(s->proc);
                return 128 + SIGKILL;
            }
        } else if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)) {
            return cmd_fail(error);
        }
        send_request(s);
        if (caught && !kill_at_ms)
            kill_at_ms = now_ms() + TERMINATE_MS;
        if (kill_at_ms && now_ms() >= kill_at_ms)
            preaches_proc_kill(s->proc);
    }
}

/* One start of the program to its end; its status. */
static int one_life(Supervision *s)
{
    g_autoptr(GError) error = NULL;
    gboolean lent;
    int status;

    s->proc = preaches_proc_start(s->spec, &error);
    if (!s->proc)
        return cmd_fail(error);
    watched = preaches_proc_pid(s->proc);
    if (caught) /* between catching and watching */
        kill(-watched, caught);
    lent = lend_terminal(watched);
    if (s->interval_ms)
        s->next_request_ms = now_ms() + s->interval_ms;
    status = listen_to_end(s);
    watched = 0;
    if (lent)
        tcsetpgrp(STDIN_FILENO, getpgrp());
    preaches_proc_free(s->proc);
    return status;
}

/* ---- after a crash ---- */

/* A descriptor of the program's standard output, or -1. */
static int open_output(const Supervision *s)
{
    return s->spec->out_path ? open(s->spec->out_path, O_WRONLY | O_CLOEXEC)
                             : fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
}

static void note_output(Supervision *s)
{
    int fd = open_output(s);
    struct stat at;

    s->cuts_first = s->spec->cut_output;
    if (fd >= 0 && fstat(fd, &at) == 0 && S_ISREG(at.st_mode)) {
        s->out_length = at.st_size;
        s->out_offset = lseek(fd, 0, SEEK_CUR);
    }
    if (fd >= 0)
        close(fd);
}

/* Whether the program, going on from `epoch`, is to cut a regular standard output back to its length then. An
 * epoch from before this command may have had another output, whose length says nothing of this one: what was
 * written by this command is taken back here, and then it is as it was when the command began. */
static gboolean cuts_output(const Supervision *s, guint64 epoch)
{
    int fd = epoch < s->first_epoch ? open_output(s) : -1;
    struct stat at;

    if (fd >= 0 && fstat(fd, &at) == 0 && S_ISREG(at.st_mode) && at.st_size > s->out_length &&
        ftruncate(fd, s->out_length) == 0)
        lseek(fd, s->out_offset, SEEK_SET);
    if (fd >= 0)
        close(fd);
    return epoch < s->first_epoch ? s->cuts_first : TRUE;
}

/* The program died by a signal that nobody sent through us, and there is an epoch to go on from: puts
 * that into *next, which then refers to *image. A program that dies again and again without a new
 * epoch is left dead. */
static gboolean goes_on(Supervision *s, int status, PreachesSpec *next, char **image)
{
    const char *arch = next->arch ? next->arch : preaches_native_arch();
    g_autofree char *found = NULL;
    g_autoptr(GArray) epochs = NULL;
    guint64 epoch = 0;

    if (status <= 128 || status > 128 + SIGRTMAX || caught || s->killed_here || !next->spool ||
        s->watch->stop || s->watch->restarts == 0)
        return FALSE;
    found = preaches_newest(next->spool, arch, &epoch, NULL, NULL);
    epochs = found ? preaches_epochs(next->spool, NULL) : NULL;
    if (!epochs || epochs->len == 0)
        return FALSE;
    s->n_crashes = epoch == s->crash_epoch ? s->n_crashes + 1 : 1;
    s->crash_epoch = epoch;
    if (s->n_crashes > s->watch->restarts)
        return FALSE;
    cmd_say("the program died by signal %d; it goes on from epoch %" G_GUINT64_FORMAT, status - 128,
            epoch);
    g_free(*image);
    *image = g_steal_pointer(&found);
    next->restore = *image;
    next->restore_by = restore_by(s->watch->restore_by, *image);
    next->epoch = g_array_index(epochs, guint64, 0) + 1;
    next->cut_output = cuts_output(s, epoch);
    next->at_polls = NULL;   /* they were counted from the beginning */
    return TRUE;
}

int cmd_supervise(const CmdWatch *watch, const PreachesSpec *spec)
{
    PreachesSpec next = *spec;
    Supervision s = {.watch = watch, .spec = &next};
    g_autofree char *image = NULL;
    gint64 interval_ns = 0;
    int status;

    catch_signals();
    preaches_pack_parse(watch->compress, &s.pack);
    s.first_epoch = spec->epoch;
    note_output(&s);
    if (next.restore)
        next.restore_by = restore_by(watch->restore_by, next.restore);
    if (watch->interval && cmd_interval(watch->interval, &interval_ns))
        s.interval_ms = interval_ns / 1000000;
    do
        status = one_life(&s);
    while (goes_on(&s, status, &next, &image));
    say_report(&s);
    return status;
}
