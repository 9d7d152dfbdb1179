/* Programs under checkpoint, seen from the outside: start, listen, stop, kill; and the holder's work
 * on their spool (resolve, verify, commit). GLib; one GMainLoop-free, blocking interface. */
#ifndef PREACHES_AGENT_PROC_H
#define PREACHES_AGENT_PROC_H

#include "../image/image.h"
#include <glib.h>
#include <sys/types.h>

/* Takes what is made or read, piece by piece; FALSE and error: no more. */
typedef gboolean (*PreachesSink)(const guint8 *bytes, gsize n, gpointer data, GError **error);

#define PREACHES_ERROR (preaches_error_quark())
GQuark preaches_error_quark(void);
/* Exit statuses of the tools follow these. */
typedef enum PreachesErrorCode {
    PREACHES_ERROR_FAILED = 1,
    PREACHES_ERROR_USAGE = 2,
    PREACHES_ERROR_DAMAGED = 3,
    PREACHES_ERROR_REFUSED = 4 /* not possible for this architecture; exit status 1 */
} PreachesErrorCode;
/* Sets the error and returns FALSE. */
gboolean preaches_fail(GError **error, PreachesErrorCode code, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* The one adapter from the runtime's errors: damaged input -> DAMAGED, else FAILED. */
void preaches_error_take(GError **error, const PrError *from, const char *file);

/* How images are compressed, on disk or on their way (pack.h). */
typedef enum PreachesPack { PREACHES_PACK_NONE, PREACHES_PACK_ZSTD, PREACHES_PACK_LZ4 } PreachesPack;
/* "none", "zstd", "lz4"; NULL: none. FALSE: another word. */
gboolean preaches_pack_parse(const char *name, PreachesPack *method);

typedef struct PreachesSpec { /* how to start a program; zeroed fields mean "not set" */
    const char *program;      /* path of the native executable; siblings in PROGRAM.preaches/ARCH */
    const char *name;         /* what it sees as its argv[0]; NULL: `program` */
    const char *arch;         /* architecture to run as; NULL: the native one */
    const char *const *args;  /* NULL-terminated, without argv[0] */
    const char *spool, *classes;
    const char *restore;  /* native image; one that is compressed is unpacked into memory */
    const char *at_polls; /* "10,20" */
    guint64 every, epoch, break_poll;
    const char *fault; /* "write:3" */
    gboolean stop, sync, count_polls, cut_output;
    const char *incremental; /* "1", "hash" (control.h); NULL: every epoch is whole */
    const char *snapshot;    /* "fork", "inline"; NULL: fork */
    const char *restore_by;  /* "map", "read"; NULL: map */
    const char *out_path; /* standard output goes here (restore: appended); NULL: inherit */
    const char *dir;      /* working directory; NULL: inherit */
    const char *folder;   /* what below it is open is named relative to it in images; NULL: by whole paths */
    gboolean listen; /* open a control descriptor */
    int guard;          /* with guard_until_ns: pipe of leaseguard.h; the program's group is put under it */
    gint64 guard_until_ns; /* before the program is executed; 0: no guard */
} PreachesSpec;

typedef struct PreachesProc PreachesProc;

typedef struct PreachesEvent { /* one control line, or the end of the process */
    char *line;                /* without LF; NULL when the process has ended */
    char **field;              /* line split at spaces, NULL-terminated */
    int status;                /* at the end: exit status, or 128 + signal */
} PreachesEvent;

/* Architecture of this machine: its executable is PROGRAM itself. */
const char *preaches_native_arch(void);
char *preaches_exe_path(const char *program, const char *arch); /* g_free */
/* argv to run `program` as `arch`, through qemu-user where it is foreign. g_strfreev;
 * NULL when the architecture is unknown. */
char **preaches_exe_argv(const char *program, const char *arch, const char *const *args);

/* Starts the program in a process group of its own. It dies with the calling *thread* (Linux's
 * parent-death signal), so start, wait and free from threads that live as long. Thread-safe. */
PreachesProc *preaches_proc_start(const PreachesSpec *spec, GError **error);
/* Waits for the next line or the end; timeout_ms < 0: for ever. FALSE on time-out
 * (G_IO_ERROR_TIMED_OUT) or error. The end is told when the program and all its children are gone.
 * Event is cleared by the caller with preaches_event_clear(). After the end it keeps answering with
 * the same status. */
gboolean preaches_proc_next(PreachesProc *proc, gint64 timeout_ms, PreachesEvent *event,
                            GError **error);
void preaches_event_clear(PreachesEvent *event);
void preaches_proc_go_on(PreachesProc *proc); /* answers a break or fault with a byte */
void preaches_proc_kill(
    PreachesProc *proc); /* SIGKILL to the whole group: the node's death; reaps */
pid_t preaches_proc_pid(const PreachesProc *proc);
/* What becomes readable when there is something to take with preaches_proc_next(); -1: none. Borrowed. */
void preaches_proc_fds(const PreachesProc *proc, int *control, int *end);
void preaches_proc_free(PreachesProc *proc); /* kills what still runs */

/* Symbol addresses of an executable of any architecture (section preaches_syms, read by libelf) and
 * its description. */
guint64 *preaches_exe_symbols(const char *exe, guint *n, GError **error);
gboolean preaches_exe_desc(const char *exe, guint8 **blob, gsize *bytes, GError **error);

/* The holder's commit for one architecture: verify the class image whole, resolve it against the
 * architecture's executable, write SPOOL/epoch-N/ARCH.img durably (temporary, fsync, rename). */
gboolean preaches_hold(const char *program, const char *spool, guint64 epoch, const char *arch,
                       guint64 *image_bytes, GError **error);
/* Commits the epoch: holds every architecture that has a class image, then writes epoch-N/commit
 * (see holder.c) durably. With `pack` its images lie there compressed, under the same names.
 * Returns how many architectures, -1 on error. */
int preaches_commit(const char *program, const char *spool, guint64 epoch, PreachesPack pack, GError **error);
/* Newest committed epoch whose image for `arch` verifies; older ones are tried in turn and each
 * damaged one is named in *note (g_free, may be NULL). g_free the path; NULL and error when none. */
char *preaches_newest(const char *spool, const char *arch, guint64 *epoch, char **note,
                      GError **error);

/* ---- the parts of the above, for tools ---- */

char *preaches_epoch_dir(const char *spool, guint64 epoch); /* g_free */
/* Number of an epoch's folder by its name without path; FALSE when it is none. */
gboolean preaches_epoch_parse(const char *name, guint64 *epoch);
/* Epoch numbers in a spool, newest first, committed or not. g_array_unref. */
GArray *preaches_epochs(const char *spool, GError **error);

typedef struct PreachesHeld { /* one line of a commit file */
    const char *arch;
    guint64 bytes;
    char hash[33], exe_hash[33]; /* XXH3-128 of the image and of the executable, hexadecimal */
} PreachesHeld;
/* Lines of the epoch's commit file. NULL: G_FILE_ERROR_NOENT when it was never committed,
 * PREACHES_ERROR_DAMAGED when the file is damaged, which counts as not committed. */
GArray *preaches_commit_read(const char *spool, guint64 epoch, GError **error);
/* Path of that epoch's image for `arch` if it is still what was committed. g_free. */
char *preaches_held_image(const char *spool, guint64 epoch, const char *arch, GError **error);
/* Whether `program` (its executable for the image's architecture) is the very build that the native
 * image belongs to; *arch (g_free) is that architecture. */
gboolean preaches_exe_check(const char *program, const char *image, char **arch, GError **error);
/* Strategy L: converts a class image, at the time of recovery, to a class image for `arch`, or, when
 * `program` is not NULL, to a native image for that program's executable. Written durably, compressed by `pack`.
 * *note (g_free, may be NULL) tells of dangling pointers. */
gboolean preaches_convert(const char *image, const char *arch, const char *program,
                          const char *out_path, PreachesPack pack, char **note, GError **error);
/* Deletes the epochs that are not among the `keep` newest committed ones of any architecture: one
 * whose newer images were refused keeps its old ones. At least one is kept. */
gboolean preaches_prune(const char *spool, guint keep, GError **error);
/* Removes a folder and all below it; follows no symbolic links; silent about what is not there. */
void preaches_tree_remove(const char *path);

#endif
