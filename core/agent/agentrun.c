/* The program of a job on this workstation: start, listen, fence, kill. Main thread only. */
#include "agent_priv.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>

enum { TICK_MS = 2 };

static void tell(Agent *agent, AgentJob *job, PpEventKind kind, int status, gboolean by_signal)
{
    PpEvent event = {.kind = kind,
                     .job = job->id,
                     .term = job->run.term,
                     .status = status,
                     .by_signal = by_signal};

    pp_node_event(agent->node, preaches_clock_ns(), &event);
}

static void remove_source(guint *source)
{
    if (*source)
        g_source_remove(*source);
    *source = 0;
}

/* The program has it mapped, or is gone. */
static void close_image(AgentJob *job)
{
    if (job->run.image)
        agent_job_close(job, job->run.image);
    g_clear_pointer(&job->run.image, g_free);
}

static void forget(AgentJob *job)
{
    remove_source(&job->run.control_source);
    remove_source(&job->run.end_source);
    remove_source(&job->run.tick_source);
    g_clear_pointer(&job->run.proc, preaches_proc_free);
    g_clear_pointer(&job->run.spool, g_free);
    close_image(job);
    job->run.starting = job->run.killed = job->run.told_started = FALSE;
    job->run.restoring = FALSE;
    job->run.fence_ns = 0;
}

/* ---- what the program says ---- */

static void take_line(Agent *agent, AgentJob *job, const PreachesEvent *event)
{
    const char *word = event->field[0];
    guint n = g_strv_length(event->field);
    guint64 epoch = 0;

    agent_event(agent, job, "says %" G_GUINT64_FORMAT " %s", job->run.term, event->line);
    if (n >= 2)
        (void)g_ascii_string_to_unsigned(event->field[1], 10, 1, G_MAXUINT64, &epoch, NULL);
    if (strcmp(word, "done") == 0 && n >= 3 && epoch) {
        agent_work_images(agent, job, epoch);
    } else if (strcmp(word, "failed") == 0) {
        agent_say(agent, "job %.8s: %s", job->hex, event->line);
        tell(agent, job, PP_EVENT_NO_IMAGES, 0, FALSE);
    } else if (strcmp(word, "refused") == 0) {
        agent_say(agent, "job %.8s: %s", job->hex, event->line);
    } else if (strcmp(word, job->run.restoring ? "restored" : "hello") == 0 &&
               !job->run.told_started) {
        job->run.told_started = TRUE;
        close_image(job);
        tell(agent, job, PP_EVENT_STARTED, 0, FALSE);
    }
}

static void take_end(Agent *agent, AgentJob *job, int status)
{
    gboolean by_signal = status > 128;
    gboolean began = job->run.told_started || job->run.killed || by_signal;

    preaches_guard_order(agent->guard, preaches_proc_pid(job->run.proc), 0);
    agent_say(agent, "job %.8s: the program of term %" G_GUINT64_FORMAT " ended: status %d",
              job->hex, job->run.term, status);
    if (began && !by_signal && !job->run.killed && job->spec->files) {
        forget(job);
        agent_work_result(agent, job, status); /* the end is told when its files are safe */
        return;
    }
    forget(job);
    tell(agent, job, began ? PP_EVENT_ENDED : PP_EVENT_NO_START,
         by_signal ? status - 128 : status, by_signal);
}

void agent_run_over(Agent *agent, AgentJob *job, guint64 term, int status)
{
    if (job->run.term == term)
        tell(agent, job, PP_EVENT_ENDED, status, FALSE);
}

typedef struct Watched {
    Agent *agent;
    AgentJob *job;
} Watched;

/* FALSE: it has ended. */
static gboolean drain(Agent *agent, AgentJob *job)
{
    gboolean going = TRUE;

    while (going && job->run.proc) {
        PreachesEvent event;
        g_autoptr(GError) error = NULL;
        if (!preaches_proc_next(job->run.proc, 0, &event, &error))
            break;
        if (event.line) {
            take_line(agent, job, &event);
        } else {
            take_end(agent, job, event.status);
            going = FALSE;
        }
        preaches_event_clear(&event);
    }
    agent_act(agent);
    return going && job->run.proc;
}

static gboolean on_tick(gpointer data)
{
    const Watched *w = data;

    return drain(w->agent, w->job); /* when FALSE the source is gone already */
}

static gboolean on_control(gint fd, GIOCondition condition, gpointer data)
{
    const Watched *w = data;
    int control, end;

    (void)fd;
    (void)condition;
    if (!drain(w->agent, w->job))
        return G_SOURCE_REMOVE;
    preaches_proc_fds(w->job->run.proc, &control, &end);
    if (control >= 0)
        return G_SOURCE_CONTINUE;
    w->job->run.control_source = 0;
    return G_SOURCE_REMOVE;
}

/* The program has ended, its children perhaps not: looked after until they have. */
static gboolean on_end(gint fd, GIOCondition condition, gpointer data)
{
    const Watched *w = data;
    AgentJob *job = w->job;

    (void)fd;
    (void)condition;
    job->run.end_source = 0;
    job->run.tick_source = g_timeout_add_full(G_PRIORITY_DEFAULT, TICK_MS, on_tick,
                                              g_memdup2(w, sizeof *w), g_free);
    return G_SOURCE_REMOVE;
}

/* ---- start ---- */

void agent_run_start(Agent *agent, AgentJob *job, const PpAction *action)
{
    gint64 fence_ns = job->run.fence_ns; /* told before the start */

    agent_event(agent, job, "start %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %d", action->term,
                action->image.epoch, action->convert);
    forget(job); /* there is none: the protocol starts one at a time */
    job->run.term = action->term;
    job->run.next_epoch = action->next_epoch;
    job->run.starting = TRUE;
    job->run.fence_ns = fence_ns;
    agent_work_disk(agent, job, action);
}

static gboolean launch(Agent *agent, AgentJob *job, const char *image, GError **error)
{
    g_autofree char *work = job->spec->files ? agent_job_work(job, job->run.term) : NULL;
    g_autofree char *output = work ? g_build_filename(work, agent_spec_output(job->spec), NULL) : NULL;
    PreachesSpec spec = {.program = job->program,
                         .arch = agent->config->arch,
                         .args = (const char *const *)job->spec->args,
                         .spool = job->run.spool,
                         .classes = job->spec->images,
                         .restore = image,
                         .epoch = job->run.next_epoch,
                         .cut_output = image != NULL,
                         .out_path = output ? output : job->spec->output,
                         .dir = work ? work : job->spec->dir,
                         .folder = work,
                         .listen = TRUE,
                         .guard = agent->guard,
                         .guard_until_ns = job->run.fence_ns};
    Watched w = {agent, job};
    int control, end;

    if (g_mkdir_with_parents(job->run.spool, 0700) != 0)
        return preaches_fail_errno(error, job->run.spool);
    job->run.proc = preaches_proc_start(&spec, error);
    if (!job->run.proc)
        return FALSE;
    preaches_proc_fds(job->run.proc, &control, &end);
    job->run.control_source = g_unix_fd_add_full(G_PRIORITY_DEFAULT, control, G_IO_IN | G_IO_HUP,
                                                 on_control, g_memdup2(&w, sizeof w), g_free);
    job->run.end_source = g_unix_fd_add_full(G_PRIORITY_DEFAULT, end, G_IO_IN, on_end,
                                             g_memdup2(&w, sizeof w), g_free);
    return TRUE;
}

void agent_run_ready(Agent *agent, AgentJob *job, guint64 term, gboolean ok, const char *image)
{
    g_autoptr(GError) error = NULL;

    if (!job->run.starting || job->run.term != term)
        return;
    job->run.starting = FALSE;
    if (job->run.killed || job->run.fence_ns <= preaches_clock_ns()) {
        tell(agent, job, PP_EVENT_ENDED, SIGKILL, TRUE); /* its lease is over: it never began */
        return;
    }
    job->run.spool = agent_job_term_dir(job, term);
    job->run.restoring = image != NULL;
    job->run.image = g_strdup(image);
    if (ok)
        agent_event(agent, job, "launch %" G_GUINT64_FORMAT, term);
    if (ok && launch(agent, job, image, &error)) {
        agent_say(agent, "job %.8s: the program of term %" G_GUINT64_FORMAT " runs, from %s",
                  job->hex, term, image ? image : "its beginning");
        return;
    }
    if (error)
        agent_say(agent, "job %.8s: %s", job->hex, error->message);
    tell(agent, job, PP_EVENT_NO_START, 0, FALSE);
}

/* ---- while it runs ---- */

void agent_run_fence(Agent *agent, AgentJob *job, gint64 until_ns)
{
    job->run.fence_ns = until_ns;
    if (job->run.proc)
        preaches_guard_order(agent->guard, preaches_proc_pid(job->run.proc), until_ns);
}

void agent_run_kill(Agent *agent, AgentJob *job)
{
    (void)agent;
    job->run.killed = TRUE;
    if (job->run.proc)
        kill(-preaches_proc_pid(job->run.proc), SIGKILL);
}

void agent_run_checkpoint(Agent *agent, AgentJob *job)
{
    (void)agent;
    if (job->run.proc)
        kill(preaches_proc_pid(job->run.proc), SIGUSR2);
}

void agent_run_end(AgentJob *job) { forget(job); }
