/* The agent of one workstation: carries out core/protocol over TLS, with real disks and processes. */
#ifndef PREACHES_AGENT_AGENT_H
#define PREACHES_AGENT_AGENT_H

#include "../protocol/protocol.h"
#include "proc.h"

typedef struct PreachesPeer { /* a [peer NAME] of the configuration */
    char *name, *address;
    guint32 node;
} PreachesPeer;

typedef struct PreachesAgentConfig {
    char *name, *address, *spool, *keys;
    guint64 files_bytes; /* of a job's working folder with --files=copy, at most */
    gboolean encrypt;    /* images at rest, with KEYS/NAME.seal */
    PreachesPack compress; /* what it sends, and with encryption what it keeps */
    char *memory;        /* with encryption: where images are while they are open; on a tmpfs */
    char *events; /* file that gets a line for each step of each job; NULL: none */
    const char *arch; /* of pr_arch_find() */
    guint32 node;
    PpConfig timing;
    GPtrArray *peers; /* PreachesPeer */
} PreachesAgentConfig;

/* INI: [agent] name= node= address=HOST:PORT spool= keys= arch= events= files= (MiB) encrypt= memory= compress= ;
 * [timing] heartbeat= detect= lease=
 * (ms), phi= ; [peer NAME] node= address= . Strict. */
gboolean preaches_agent_config_load(PreachesAgentConfig *config, const char *path, GError **error);
void preaches_agent_config_clear(PreachesAgentConfig *config);

/* Runs until SIGTERM or SIGINT; `say` gets a line for each thing of note (any thread). Returns the
 * exit status, or -1 and an error when it cannot begin. */
int preaches_agent_run(const PreachesAgentConfig *config, void (*say)(const char *text),
                       GError **error);

/* ---- the agent's local socket, SPOOL/control ---- */

/* Sends one command line ("status", "submit BYTES", "wait ID", "checkpoint ID", "move ID NODE SECONDS",
 * "join ID SECONDS"), with `body` after a submit, and returns the whole answer (g_free); NULL and error when the agent says
 * "error ..." or is not there. */
char *preaches_agent_ask(const char *spool, const char *command, const char *body, GError **error);

typedef struct PreachesSubmission {
    const char *program, *dir, *output; /* absolute paths, on all workstations the same */
    const char *const *args;
    gint64 interval_ns;          /* of checkpoints; 0: only when asked */
    gboolean copy_files;         /* dir and output need not be the same everywhere: they are propagated */
    guint replicas, keep;
    const char *const *images;   /* architectures whose layout classes get images; NULL: all */
    const char *const *targets;  /* architectures that may carry it on; NULL: all. The workstations of
                                    others vote and hold. The first to run it is the agent asked. */
} PreachesSubmission;
/* Its number, and how many workstations are its members. */
gboolean preaches_agent_submit(const char *spool, const PreachesSubmission *job, char id[33],
                               guint *n_members, GError **error);

#endif
