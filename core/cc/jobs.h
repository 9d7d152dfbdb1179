/* Subprocesses: run many, a few at a time, across several worker processes.
 *
 * Workers share *tokens*: whoever computes holds one, so that all workers together keep the machine busy
 * and no busier. They are locks, which the kernel gives back when a worker dies with one. A job's output and errors are gathered, not printed. */
#ifndef PREACHES_CC_JOBS_H
#define PREACHES_CC_JOBS_H

#include <glib.h>

typedef struct CcTokens CcTokens;

typedef struct CcJob {
    GPtrArray *argv; /* owned strings; cc_jobs_run() adds the NULL */
    char *messages;  /* what it printed on either output; "" when nothing */
    int status;      /* exit status, 128 + signal, or 127; -1 before */
    int pid;         /* while it runs */
    char *log;
} CcJob;

/* As many tokens as processors (at least 2). */
CcTokens *cc_tokens_new(void);
void cc_tokens_free(CcTokens *tokens);
void cc_tokens_take(CcTokens *tokens); /* blocks */
void cc_tokens_give(CcTokens *tokens);

/* Argument lists of owned strings. */
GPtrArray *cc_argv_new(const char *first, ...) G_GNUC_NULL_TERMINATED;
void cc_argv_add(GPtrArray *argv, const char *arg);
void cc_argv_addf(GPtrArray *argv, const char *format, ...) G_GNUC_PRINTF(2, 3);
void cc_argv_append(GPtrArray *argv, const GPtrArray *more);
void cc_argv_split(GPtrArray *argv, const char *spaced); /* at spaces */

/* Takes argv. */
CcJob cc_job(GPtrArray *argv);
void cc_job_clear(CcJob *job);
/* What is known to be done already: cc_jobs_run() does not run it. */
void cc_job_done(CcJob *job);
/* Runs all; no new ones are started after a failure. Logs are written to `folder` and removed.
 * TRUE when all ended with status 0. The caller must not hold a token. */
gboolean cc_jobs_run(CcJob *jobs, guint n, CcTokens *tokens, const char *folder);

#endif
