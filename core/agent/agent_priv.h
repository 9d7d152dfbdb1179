/* What the agent's parts share. Private to core/agent.
 *
 * Threads: the main one owns the protocol and the programs (they die with the thread that started
 * them). Each peer has one that sends; each incoming connection one that receives and serves files;
 * disk work is done in two pools. They hand results over with agent_post(). */
#ifndef PREACHES_AGENT_AGENT_PRIV_H
#define PREACHES_AGENT_AGENT_PRIV_H

#include "agent.h"
#include "bundle.h"
#include "leaseguard.h"
#include "pack.h"
#include "seal.h"
#include "spool.h"
#include "tlslink.h"

typedef struct Agent Agent;

/* ---- agentspec.c: what the protocol carries about a job, unread ---- */

typedef struct AgentExe {
    char *arch, *sha256; /* hexadecimal */
    guint64 bytes;
    guint16 class_id;
} AgentExe;

typedef struct AgentSpec {
    char *program; /* name without path */
    char **args;
    char *dir, *output; /* absolute; on all workstations the same */
    GPtrArray *exes;    /* AgentExe */
    GPtrArray *classes; /* char*: name of class i's file */
    char *images;       /* "A,B": only these architectures' classes get images; NULL: all */
    AgentExe *files;    /* --files=copy: bundle of `dir` as it was when the job was submitted; else NULL */
    guint32 home;       /* with files: the node that gets what has become of them */
} AgentSpec;

AgentSpec *agent_spec_parse(const guint8 *bytes, gsize n, GError **error); /* checks everything */
char *agent_spec_text(const AgentSpec *spec);
/* From a program as it was built; its executables are copied to `exe_dir`. */
AgentSpec *agent_spec_make(const char *program, char **args, const char *dir, const char *output,
                           const char *exe_dir, GError **error);
void agent_spec_free(AgentSpec *spec);
gboolean agent_spec_images_valid(const char *images); /* known architectures, "A,B" */
const char *agent_spec_output(const AgentSpec *spec); /* relative to its folder; NULL: it is not below that */
const AgentExe *agent_spec_exe(const AgentSpec *spec, const char *arch); /* NULL: not built for it */

/* ---- agentjob.c: a job's folder ---- */

typedef struct AgentJob { /* never changes and lives as long as the agent, but for `run` */
    PpId id;
    char *hex, *dir, *program; /* SPOOL/jobs/HEX, .../exe/PROGRAM */
    char *open_dir;  /* where images are while they are worked with: `dir`, or in memory with a seal */
    const PreachesSealKey *seal; /* NULL: images at rest are as they are */
    PreachesPack pack;  /* how they are compressed before they are encrypted */
    AgentSpec *spec;
    struct { /* main thread only */
        PreachesProc *proc;
        guint control_source, end_source, tick_source;
        guint64 term, next_epoch;
        char *spool;     /* of this life */
        char *image;     /* that it was started from, opened from its seal; NULL: none */
        gint64 fence_ns;
        gboolean starting, killed, restoring, told_started;
    } run;
    gint has_exes; /* all executables have been here since the agent began; atomic */
    gint is_home; /* the files are where the job was submitted; atomic */
    gboolean fetching_result;
} AgentJob;

char *agent_id_text(PpId id);
gboolean agent_id_parse(const char *text, PpId *id);
/* Where and how its images are kept: the agent's configuration, and folder in memory. */
AgentJob *agent_job_new(const Agent *agent, PpId id, const guint8 *spec, gsize n, GError **error);
void agent_job_free(AgentJob *job);
gboolean agent_job_save(const AgentJob *job, GBytes *state, GError **error);
char *agent_job_work(const AgentJob *job, guint64 term); /* working folder of that term's life, with files */
char *agent_job_files(const AgentJob *job); /* the first bundle */
char *agent_job_result(const AgentJob *job, guint64 term); /* the last, of the term that ended it */
char *agent_job_term_dir(const AgentJob *job, guint64 term);
char *agent_job_image(const AgentJob *job, const PpImage *image); /* class image's path, in open_dir */
/* With a seal: compresses (images alone) and encrypts a file of open_dir to where it rests, durably, and takes it
 * away; and back (nothing to do when it is there). */
gboolean agent_job_seal(const AgentJob *job, const char *path, GError **error);
gboolean agent_job_unseal(const AgentJob *job, const char *path, GError **error);
void agent_job_close(const AgentJob *job, const char *path); /* takes away what was opened from its seal */
char *agent_job_sealed(const AgentJob *job, const char *path, char **name); /* where it rests; NULL: no seal */
/* Images that lie there, whole. g_array_unref. */
GArray *agent_job_scan(const AgentJob *job);
/* Reads and hashes a class image. */
gboolean agent_job_read_image(const AgentJob *job, PpImage *image, GError **error);
void agent_job_drop(const AgentJob *job, const PpImage *image, const char *arch);

/* ---- the agent ---- */

typedef struct AgentPeer {
    const PreachesPeer *config;
    Agent *agent;
    GAsyncQueue *queue; /* GBytes: messages for it */
    GThread *thread;
    gint n_incoming;    /* connections from it; atomic */
    /* heard of it; main thread only */
    gboolean known;
    guint64 incarnation;
    const char *arch;
    gint64 heard_ns;
} AgentPeer;

struct Agent {
    const PreachesAgentConfig *config;
    void (*say)(const char *text);
    PreachesTls *tls;
    PreachesSealKey seal;
    char *memory; /* with config->encrypt: a folder of this agent's in memory */
    guint64 incarnation;
    int guard, listener, control, lock, events;
    gint stopping; /* atomic */
    GMainLoop *loop;
    PpNode *node; /* main thread only */
    guint wake_source;
    GPtrArray *peers; /* AgentPeer */
    GMutex jobs_lock;
    GPtrArray *jobs; /* AgentJob; under jobs_lock to look up, added by main */
    GThreadPool *saver, *worker;
    GThread *accept_thread, *control_thread;
    gint n_connections, n_posted; /* atomic */
    int exit_status;
};

void agent_say(Agent *agent, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* A step of a job, with its time, into the file of events (README.md lists them). Any thread. */
void agent_event(Agent *agent, const AgentJob *job, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* Runs call(agent, data) on the main thread, soon; then free_data(data). */
void agent_post(Agent *agent, void (*call)(Agent *agent, gpointer data), gpointer data,
                GDestroyNotify free_data);
/* ... and waits for it. Not from the main thread. */
void agent_call(Agent *agent, void (*call)(Agent *agent, gpointer data), gpointer data);
AgentJob *agent_find_job(Agent *agent, PpId id); /* any thread */
AgentPeer *agent_find_peer(Agent *agent, guint32 node);
AgentPeer *agent_peer_named(Agent *agent, const char *name);
/* Carries out what the protocol wants; after every call of pp_node_…(). Main thread. */
void agent_act(Agent *agent);

/* ---- agentnet.c ---- */
gboolean agent_net_start(Agent *agent, GError **error);
void agent_net_send(Agent *agent, guint32 node, GBytes *bytes);
/* Gets a file from a peer: "image HEX TERM EPOCH CLASS", "exe HEX SHA256", "spec HEX", "result HEX TERM".
 * *received (may be NULL): its bytes. Blocking. */
gboolean agent_net_get(Agent *agent, guint32 node, const char *what, const char *path, mode_t mode,
                       guint64 limit, guint64 *received, GError **error);

/* ---- agentfiles.c: the files of jobs with --files=copy ---- */

/* Size and SHA-256 of a file; sha256 is to be freed. */
gboolean agent_file_sha256(const char *path, AgentExe *file, GError **error);
/* Makes the first bundle and notes it in `spec`. */
gboolean agent_files_register(Agent *agent, AgentSpec *spec, const char *job_dir, GError **error);
/* Of the program's folder, beside the images of that epoch. */
gboolean agent_files_take(Agent *agent, const AgentJob *job, guint64 term, guint64 epoch, GError **error);
/* A fresh folder for that term's life, from `files` (epoch 0: the first bundle). */
gboolean agent_files_place(const AgentJob *job, guint64 term, const PpImage *files, GError **error);
/* The program has ended: the last bundle. */
gboolean agent_files_result(Agent *agent, const AgentJob *job, guint64 term, GError **error);
/* The job is over: gets the last bundle here, and its files to where they came from. Main thread. */
void agent_files_bring_home(Agent *agent, AgentJob *job, guint64 term);

/* ---- agentwork.c: disk work in the pools; agentrun.c: the program ---- */
void agent_work_init(Agent *agent);
void agent_work_disk(Agent *agent, AgentJob *job, const PpAction *action);
void agent_work_images(Agent *agent, AgentJob *job, guint64 epoch);
void agent_work_exes(Agent *agent, AgentJob *job);
void agent_work_result(Agent *agent, AgentJob *job, int status); /* then agent_run_over() */

void agent_run_start(Agent *agent, AgentJob *job, const PpAction *action);
/* The worker has everything ready (image NULL: from the beginning), or not. */
void agent_run_ready(Agent *agent, AgentJob *job, guint64 term, gboolean ok, const char *image);
void agent_run_fence(Agent *agent, AgentJob *job, gint64 until_ns);
void agent_run_kill(Agent *agent, AgentJob *job);
void agent_run_checkpoint(Agent *agent, AgentJob *job);
void agent_run_over(Agent *agent, AgentJob *job, guint64 term, int status); /* the last bundle is made */
void agent_run_end(AgentJob *job); /* the agent stops */

/* ---- agentctl.c: the local socket; agentops.c: what an operator asks there ---- */

typedef struct AgentQuestion { /* one command line */
    char **word;
    const char *body;
    GString *answer;
    gboolean waiting; /* no answer yet: asked again soon */
    int fd;           /* of who asks */
    gint64 until_us;  /* monotonic; 0: no bound */
    gboolean asked;   /* the protocol has it */
    gint64 silent_since_us;
} AgentQuestion;

gboolean agent_control_start(Agent *agent, GError **error);
/* Answers on the main thread, again and again while it has to wait. */
void agent_ask_main(Agent *agent, void (*answer)(Agent *agent, AgentQuestion *q), AgentQuestion *q);
const char *agent_node_name(Agent *agent, guint32 node); /* "-": unknown */
void agent_answer_submit(Agent *agent, AgentQuestion *q); /* own thread */
void agent_answer_join(Agent *agent, AgentQuestion *q);   /* own thread */
void agent_answer_wait(Agent *agent, AgentQuestion *q);
void agent_answer_checkpoint(Agent *agent, AgentQuestion *q);
void agent_answer_move(Agent *agent, AgentQuestion *q);

#endif
