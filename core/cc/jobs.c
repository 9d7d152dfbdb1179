#define _GNU_SOURCE /* memfd_create */
#include "jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Token i is a lock on byte i of a file without a name. */
struct CcTokens {
    int file;
    guint n;
    pid_t owner;  /* who holds what `held` says: a child begins with none */
    guint64 held; /* one bit a token */
};

/* ---- tokens ---- */

CcTokens *cc_tokens_new(void)
{
    CcTokens *tokens = g_new0(CcTokens, 1);
    tokens->file = memfd_create("preaches-cc", MFD_CLOEXEC);
    if (tokens->file < 0)
        g_error("memfd_create: %s", g_strerror(errno));
    tokens->n = CLAMP(g_get_num_processors(), 2, 64);
    return tokens;
}

void cc_tokens_free(CcTokens *tokens)
{
    if (!tokens)
        return;
    close(tokens->file);
    g_free(tokens);
}

static gboolean lock(const CcTokens *tokens, guint token, short type)
{
    struct flock bytes = {.l_type = type, .l_whence = SEEK_SET, .l_start = token, .l_len = 1};
    return fcntl(tokens->file, F_SETLK, &bytes) == 0;
}

static gboolean take_now(CcTokens *tokens)
{
    if (tokens->owner != getpid()) {
        tokens->owner = getpid();
        tokens->held = 0;
    }
    for (guint i = 0; i < tokens->n; i++)
        if (!(tokens->held >> i & 1) && lock(tokens, i, F_WRLCK)) {
            tokens->held |= (guint64)1 << i;
            return TRUE;
        }
    return FALSE;
}

void cc_tokens_take(CcTokens *tokens)
{
    while (!take_now(tokens)) /* locks have no queue for "any of them" */
        g_usleep(1000);
}

void cc_tokens_give(CcTokens *tokens)
{
    for (guint i = 0; i < tokens->n; i++)
        if (tokens->held >> i & 1) {
            lock(tokens, i, F_UNLCK);
            tokens->held &= ~((guint64)1 << i);
            return;
        }
}

/* ---- argument lists ---- */

GPtrArray *cc_argv_new(const char *first, ...)
{
    GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);
    va_list args;
    va_start(args, first);
    for (const char *arg = first; arg; arg = va_arg(args, const char *))
        cc_argv_add(argv, arg);
    va_end(args);
    return argv;
}

void cc_argv_add(GPtrArray *argv, const char *arg)
{
    g_ptr_array_add(argv, g_strdup(arg));
}

void cc_argv_addf(GPtrArray *argv, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_ptr_array_add(argv, g_strdup_vprintf(format, args));
    va_end(args);
}

void cc_argv_append(GPtrArray *argv, const GPtrArray *more)
{
    for (guint i = 0; more && i < more->len; i++)
        cc_argv_add(argv, more->pdata[i]);
}

void cc_argv_split(GPtrArray *argv, const char *spaced)
{
    g_auto(GStrv) parts = g_strsplit(spaced, " ", -1);
    for (char **part = parts; *part; part++)
        if (**part)
            cc_argv_add(argv, *part);
}

/* ---- jobs ---- */

CcJob cc_job(GPtrArray *argv)
{
    return (CcJob){.argv = argv, .status = -1};
}

void cc_job_done(CcJob *job)
{
    job->status = 0;
    job->messages = g_strdup("");
}

void cc_job_clear(CcJob *job)
{
    if (job->argv)
        g_ptr_array_unref(job->argv);
    g_free(job->messages);
    g_free(job->log);
    *job = (CcJob){0};
}

static void start(CcJob *job, const char *folder, guint number)
{
    if (!job->argv) {
        job->status = 127;
        job->messages = g_strdup("a temporary file could not be written\n");
        return;
    }
    posix_spawn_file_actions_t actions;
    job->log = g_strdup_printf("%s/log-%d-%u", folder, (int)getpid(), number);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, job->log, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    g_ptr_array_add(job->argv, NULL);
    pid_t pid = 0;
    int failed = posix_spawnp(&pid, job->argv->pdata[0], &actions, NULL, (char **)job->argv->pdata,
                              environ);
    posix_spawn_file_actions_destroy(&actions);
    job->pid = failed ? 0 : pid;
    if (failed) {
        job->status = 127;
        job->messages = g_strdup_printf("%s: %s\n", (char *)job->argv->pdata[0], g_strerror(failed));
    }
}

static void finish(CcJob *job, int status)
{
    job->pid = 0;
    job->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (!g_file_get_contents(job->log, &job->messages, NULL, NULL))
        job->messages = g_strdup("");
    if (job->status > 128 && !*job->messages) {
        g_free(job->messages);
        job->messages = g_strdup_printf("%s: killed by signal %d\n", (char *)job->argv->pdata[0],
                                        job->status - 128);
    }
    unlink(job->log);
}

/* Waits for one of our running jobs. */
static void reap(CcJob *jobs, guint n)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, 0)) < 0 && errno == EINTR)
        ;
    for (guint i = 0; i < n; i++)
        if (pid > 0 && jobs[i].pid == pid)
            finish(&jobs[i], status);
}

static guint running(const CcJob *jobs, guint n)
{
    guint count = 0;
    for (guint i = 0; i < n; i++)
        count += jobs[i].pid > 0;
    return count;
}

gboolean cc_jobs_run(CcJob *jobs, guint n, CcTokens *tokens, const char *folder)
{
    gboolean ok = TRUE;
    guint next = 0, held = 0;
    while ((ok && next < n) || held) {
        if (next < n && jobs[next].status == 0) {
            next++;
        } else if (ok && next < n && (held ? take_now(tokens) : (cc_tokens_take(tokens), TRUE))) {
            held++;
            start(&jobs[next], folder, next);
            next++;
        } else {
            reap(jobs, next);
        }
        for (guint busy = running(jobs, next); held > busy; held--)
            cc_tokens_give(tokens);
        for (guint i = 0; i < next; i++)
            ok = ok && (jobs[i].pid > 0 || jobs[i].status == 0);
    }
    return ok;
}
