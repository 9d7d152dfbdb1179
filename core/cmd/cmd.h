/* What the commands of `preaches` share. Exit statuses: 0, 1 failed, 2 usage, 3 damaged input;
 * 128 + signal when stopped by one. */
#ifndef PREACHES_CMD_CMD_H
#define PREACHES_CMD_CMD_H

#include "../agent/proc.h"

/* Each takes argv[0] = its own name and returns the exit status. */
int cmd_run(int argc, char **argv);
int cmd_restart(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_inspect(int argc, char **argv);
int cmd_convert(int argc, char **argv);
int cmd_checkpoint(int argc, char **argv);
int cmd_agent(int argc, char **argv);
int cmd_keys(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_move(int argc, char **argv);
int cmd_join(int argc, char **argv);

/* Parses options up to the first plain word; `usage` is what follows the command's name. On failure
 * says so and returns FALSE: exit status 2. The rest of argv follows argv[0]. */
gboolean cmd_parse(int *argc, char ***argv, const GOptionEntry *options, const char *usage,
                   const char *summary);
/* Prints "preaches: ..." on standard error. */
void cmd_say(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* Says the error, returns its exit status. */
int cmd_fail(const GError *error);
int cmd_usage(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* ---- a supervised program: cmd_supervise.c ---- */

typedef struct CmdWatch { /* options that `run` and `restart` share */
    char *at_poll, *interval, *fault, *classes, *output, *track, *snapshot, *restore_by, *compress;
    gint64 every, keep, break_poll, restarts;
    gboolean stop, count_polls, sync, incremental, report;
} CmdWatch;

#define CMD_WATCH_DEFAULTS                                                                         \
    {                                                                                              \
        .keep = 3, .restarts = 3                                                                   \
    }
#define CMD_COMPRESS_HELP "Images lie compressed: none (default), zstd or lz4"
/* The option's word; FALSE: it is none, and that is said. */
gboolean cmd_compress(const char *word, PreachesPack *method);
/* The entries of GOption for a CmdWatch. */
#define CMD_WATCH_OPTIONS(w)                                                                        \
    {"at-poll",                                                                                     \
     0,                                                                                             \
     0,                                                                                             \
     G_OPTION_ARG_STRING,                                                                           \
     &(w).at_poll,                                                                                  \
     "Checkpoint at these polls, counted from here",                                                \
     "N,…"},                                                                                        \
        {"every", 0, 0, G_OPTION_ARG_INT64, &(w).every, "Checkpoint at every Kth poll", "K"},       \
        {"interval",                                                                                \
         0,                                                                                         \
         0,                                                                                         \
         G_OPTION_ARG_STRING,                                                                       \
         &(w).interval,                                                                             \
         "Checkpoint this often (500ms, 10s, 5min)",                                                \
         "TIME"},                                                                                   \
        {"stop", 0, 0, G_OPTION_ARG_NONE, &(w).stop, "Stop after the first checkpoint", NULL},      \
        {"keep", 0, 0, G_OPTION_ARG_INT64, &(w).keep, "Committed epochs to keep (default 3)", "N"}, \
        {"restarts",                                                                                \
         0,                                                                                         \
         0,                                                                                         \
         G_OPTION_ARG_INT64,                                                                        \
         &(w).restarts,                                                                             \
         "After a crash go on from the newest epoch, so often without a new one (default 3)",       \
         "N"},                                                                                      \
        {"output",                                                                                  \
         'o',                                                                                       \
         0,                                                                                         \
         G_OPTION_ARG_FILENAME,                                                                     \
         &(w).output,                                                                               \
         "Standard output to this file; restart cuts it back to its length at the epoch",           \
         "FILE"},                                                                                   \
        {"count-polls",                                                                             \
         0,                                                                                         \
         0,                                                                                         \
         G_OPTION_ARG_NONE,                                                                         \
         &(w).count_polls,                                                                          \
         "Print the number of polls at the end",                                                    \
         NULL},                                                                                     \
        {"incremental",                                                                             \
         0,                                                                                         \
         0,                                                                                         \
         G_OPTION_ARG_NONE,                                                                         \
         &(w).incremental,                                                                          \
         "Convert only what has changed since the epoch before",                                    \
         NULL},                                                                                     \
        {"snapshot",                                                                                \
         0,                                                                                         \
         0,                                                                                         \
         G_OPTION_ARG_STRING,                                                                       \
         &(w).snapshot,                                                                             \
         "fork (default), or inline: stops the program until its images are written, copies "       \
         "nothing",                                                                                 \
         "HOW"},                                                                                    \
        {"restore",                                                                                 \
         0,                                                                                         \
         0,                                                                                         \
         G_OPTION_ARG_STRING,                                                                       \
         &(w).restore_by,                                                                           \
         "map: the heap is read as it is touched; read: at once; auto (default): by how much of "   \
         "it was written during the last checkpoint",                                               \
         "HOW"},                                                                                    \
        {"report",                                                                                  \
         0,                                                                                         \
         0,                                                                                         \
         G_OPTION_ARG_NONE,                                                                         \
         &(w).report,                                                                               \
         "Say at the end what the checkpoints cost: longest pause, most memory copied",             \
         NULL},                                                                                     \
        {"compress", 0, 0, G_OPTION_ARG_STRING, &(w).compress, CMD_COMPRESS_HELP, "HOW"},           \
        {"track", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &(w).track, NULL, NULL},            \
        {"sync", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &(w).sync, NULL, NULL},                \
        {"classes", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &(w).classes, NULL, NULL},        \
        {"fault", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &(w).fault, NULL, NULL},            \
    {                                                                                               \
        "break", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_INT64, &(w).break_poll, NULL, NULL           \
    }

/* Checks the options and puts them into *spec, which borrows them. 0, or the exit status. */
int cmd_watch_apply(const CmdWatch *watch, PreachesSpec *spec);
void cmd_watch_clear(CmdWatch *watch);
/* Runs the program to its end, commits each finished epoch; returns the exit status. */
int cmd_supervise(const CmdWatch *watch, const PreachesSpec *spec);

/* "500ms", "10s"; FALSE: not a time. */
gboolean cmd_interval(const char *text, gint64 *ns);

/* ---- jobs of agents: cmd_agent.c ---- */

typedef struct CmdSubmit {
    char *spool;  /* of the agent */
    char *output; /* standard output, on all workstations */
    gint64 interval_ns, replicas, keep;
    gboolean detach;
    char *files; /* "shared", "copy"; NULL: shared */
} CmdSubmit;

/* Gives the job to the agent and waits for its end; its exit status. */
int cmd_submit(const CmdSubmit *submit, const char *program, char **args);
int cmd_ask_job(const char *spool, const char *verb, const char *id, const char *more);

/* ---- SPOOL/job.ini: cmd_job.c ---- */

typedef struct CmdJob {
    char *program; /* absolute */
    char *id;      /* the description's program id, hexadecimal */
    char **arches; /* that it was built for */
    char **args;
} CmdJob;

/* Reads what the executable says. */
gboolean cmd_job_init(CmdJob *job, const char *program, const char *const *args, GError **error);
gboolean cmd_job_save(const CmdJob *job, const char *spool, GError **error);
gboolean cmd_job_load(CmdJob *job, const char *spool, GError **error);
void cmd_job_clear(CmdJob *job);

/* ---- facts for people or as JSON: cmd_print.c ---- */

typedef struct CmdPrinter { /* nesting of an object tree */
    gboolean json;
    guint depth;
    gboolean first; /* nothing has been printed at this depth yet */
} CmdPrinter;

void cmd_print_begin(CmdPrinter *p, gboolean json); /* the outermost object */
void cmd_print_end(CmdPrinter *p);
/* Begins a line of text, or a member of an object or (key NULL) of an array. */
void cmd_print_item(CmdPrinter *p, const char *key);
/* JSON shows the key, text the title. */
void cmd_print_open(CmdPrinter *p, const char *key, const char *title, char bracket);
void cmd_print_close(CmdPrinter *p, char bracket);
void cmd_print_text(CmdPrinter *p, const char *key, const char *text);
void cmd_print_number(CmdPrinter *p, const char *key, guint64 number);
void cmd_print_hex(CmdPrinter *p, const char *key, guint64 number);

/* ---- images at rest: cmd_sealed.c ---- */

/* The path itself, or, for an encrypted or compressed image, one of its content in memory, as long as this process
 * lives. g_free; NULL and error. */
char *cmd_content(const char *path, const char *key_path, GError **error);
#define CMD_KEY_OPTION(variable)                                                                               \
    {"key", 0, 0, G_OPTION_ARG_FILENAME, &(variable), "For images that an agent encrypted: its KEYS/NAME.seal", "FILE"}

/* ---- what an image holds: cmd_inspect.c, cmd_diff.c ---- */

typedef struct CmdBlocks { /* heap blocks of one element type */
    guint64 blocks, elements, bytes;
} CmdBlocks;

CmdBlocks *cmd_count_blocks(const PrImage *image); /* one a type of its description; g_free */
/* Prints what differs between two images of one program, whatever their architectures. `path` is
 * after's. 0, or 3 when they are of different builds. */
int cmd_diff(const PrImage *before, const PrImage *after, const char *path, gboolean json);

/* ---- text of values: cmd_values.c ---- */

/* Value of `type` as saved in a frame of `image`, as text: 42, 'a', 0x1p+1, &name+8, block 0x54000010. */
char *cmd_value_text(const PrImage *image, guint32 type, const PrValue *value);
/* As a JSON string with its quotes. */
char *cmd_json_string(const char *text);

#endif
