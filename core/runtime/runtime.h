/* What the runtime's files share. Names begin with rt_; nothing here is seen by programs (those see
 * gen.h) or by supervisors (control.h). One process, one thread: state is file-static, and the
 * functions below are the only ways to it. C11 + libc only.
 *
 * Messages: a library function answers with PrStatus; only start.c, restore.c and the checks of
 * frames.c end the process, through rt_die(). */
#ifndef PREACHES_RUNTIME_RUNTIME_H
#define PREACHES_RUNTIME_RUNTIME_H

#include "../convert/convert.h"
#include "gen.h"
#include <stdarg.h>
#include <stdio.h>

/* ---- what the build half defines in every executable ---- */
extern const unsigned char preaches_desc[];
extern const unsigned long preaches_desc_bytes;
extern const char preaches_arch[];
extern const int preaches_main_reaches;
int preaches_call_main(int argc, char **argv);
int preaches_call_main_clone(int argc, char **argv);
extern const int preaches_flag_sites; /* frames return by themselves when preaches_unwinding is set */
void preaches_unwound(int *on);       /* cleanup around main: every frame below it is saved */
extern const struct preaches_symrec __start_preaches_syms[], __stop_preaches_syms[];

/* ---- environment (environment.c) ---- */
typedef struct RtConfig {
    char *spool, *classes, *restore, *record; /* NULL: not set */
    char *folder;     /* real path; NULL: not set */
    char *started_in; /* this process's first working directory */
    uint64_t *at_polls;              /* ascending, ended by UINT64_MAX; NULL: none */
    uint64_t every, epoch, break_poll, heap_bytes; /* 0: not set */
    bool stop, sync, count, cut;
    enum { RT_TRACK_NONE, RT_TRACK_ANY, RT_TRACK_HASH } incremental;
    enum { RT_SNAPSHOT_FORK, RT_SNAPSHOT_INLINE } snapshot;
    enum { RT_RESTORE_MAP, RT_RESTORE_READ } restore_by;
    int ctl;         /* descriptor or -1 */
    int signal;      /* 0: none */
    char fault[16];  /* fault point, "" when none */
    uint64_t fault_k, fault_epoch; /* epoch 0: any */
} RtConfig;
extern RtConfig rt_config;
/* Reads the PREACHES_ variables and takes them out of the environment, so that programs started
 * by this one do not write into its spool. */
void rt_config_read(void);

/* ---- a working folder that may stand elsewhere (folder.c) ---- */
void rt_folder_init(void);
/* The path as images have it, and as it is here. free(); NULL: no memory. */
char *rt_folder_out(const char *path);
char *rt_folder_in(const char *path);

/* ---- the program (start.c) ---- */
extern PrDesc rt_desc;
extern uint32_t rt_layout; /* index of this machine's layout */
enum { RT_EXIT_FAILED = 1, RT_EXIT_DAMAGED = 3 };
/* "preaches: ..." on standard error, control line "exit", then _exit(status). */
void rt_die(int status, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));
void rt_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
uint64_t rt_now_ns(void);
/* PR_E_IO from errno; `path` may be "". */
PrStatus rt_fail_errno(PrError *error, const char *what, const char *path);
/* An error as one line: what, why, where. */
enum { RT_REASON_BYTES = 640 };
void rt_explain(char reason[RT_REASON_BYTES], const PrError *error);
/* Number of symbols, checked against the description at start. */
const struct preaches_symrec *rt_symbols(void);

/* ---- control descriptor (control.c) ---- */
void rt_control_init(void);
void rt_control_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void rt_control_wait(void); /* for one byte */
/* Passes the named fault point (control.h). Passings are counted over program and children. */
void rt_fault(const char *point);
void rt_fault_hook(const char *point, uint64_t count); /* a PrFaultHook */
/* Epoch whose "checkpoint" line has been said, for the child to keep the order of lines. */
void rt_control_said(uint64_t epoch);
void rt_control_await(uint64_t epoch);

/* ---- arena (arena.c, adopt.c, heapunits.c) ---- */
PrStatus rt_arena_map(PrError *error); /* fixed addresses, lazily backed; needs rt_desc */
/* Takes over the pools of a view; its memory has been put in place already. The view's arrays stay
 * borrowed and are copied pool by pool when a pool is first changed. */
PrStatus rt_arena_adopt(const PrView *view, PrError *error);
uint32_t rt_arena_pools(PrPool *pools); /* at most one for each unit in use; returns the number */
uint64_t rt_arena_heap_bytes(void);     /* up to the end of the last unit in use */
uint64_t rt_arena_live_bytes(void);     /* of slots in use */
/* First unit at or after `unit` of a live pool whose blocks do not fit their type, or UINT32_MAX. */
uint32_t rt_arena_misfit(uint32_t unit);
void rt_arena_set_misfit(uint32_t unit);
const PrPool *rt_arena_pool(uint32_t unit);

/* ---- changes since the base epoch (track.c); nothing happens unless rt_config.incremental ---- */
void rt_track_init(void);               /* the heap is in place */
void rt_track_note(uint64_t epoch);     /* before the fork */
/* In the child: the view's dirty pages and the epoch they are told against, or neither: a whole image. */
void rt_track_view(PrView *view);
void rt_track_done(uint64_t epoch);     /* in the child: the images of this epoch stand */
void rt_track_remapped(uint32_t unit, uint32_t n); /* fresh zero pages were mapped */

/* ---- polls (poll.c) ---- */
typedef struct RtProgress {
    uint64_t polls;      /* this process's */
    uint64_t polls_base; /* of the processes before it */
    uint64_t epoch;      /* number of the next checkpoint */
    uint64_t term;
    int pid;             /* of the program */
    uint64_t main_frame; /* address of the real main's frame on the C stack */
    bool child;          /* this is a checkpoint child */
} RtProgress;
extern RtProgress rt_progress;
void rt_poll_init(void);
/* From here on a request by signal waits for the first poll: before the supervisor is told who we are. */
void rt_poll_listen(void);
void rt_poll_finish(void); /* waits for the checkpoint in flight */

/* ---- polls that are patched (sites.c); nothing happens in programs without any ---- */
/* NULL, or why they cannot be here. Before it, and unless it is called, they stay as they are. */
const char *rt_sites_init(void);
/* Whether polls lead to preaches_poll() from now on. For handlers too; false and errno: nothing has changed. */
bool rt_sites_patch(bool wanted);

/* ---- frames (frames.c) ---- */
/* Saves one frame, the next one out; its values, one for each of the site's variables, are to be written. */
PrValue *rt_frames_open(unsigned site);
/* The same with the values as preaches_save() has them. */
void rt_frames_save(unsigned site, va_list *ap);
PrValue rt_value_at(PrKind kind, const uint8_t *at); /* as the compiler keeps it; no alignment */
size_t rt_frames_saved(void); /* so far */
void rt_frames_discard(void); /* in the child, before the first is saved */
/* The saved frames, outermost first; borrowed. Ends the saving. */
const PrFrame *rt_frames_take(uint32_t *n);
/* Starts the re-entry: the clones take these frames one after the other. */
PrStatus rt_frames_begin(const PrFrame *frames, uint32_t n, PrError *error);
bool rt_frames_loading(void);

/* ---- streams (streams.c, openfiles.c, contents.c) ---- */
void rt_streams_init(void);
/* Before the fork: flushes all output and notes every stream's position. */
void rt_streams_note(void);
/* In the child: the noted files. Refuses what cannot be carried over. */
PrStatus rt_streams_view(const PrFile **files, uint32_t *n, PrError *error);
PrStatus rt_streams_restore(const PrFile *files, uint32_t n, PrError *error);
void rt_contents_forget(void); /* in the program, behind the fork: what was read of files for the child */
void rt_streams_finish(void); /* the program ends: temporary files are removed */

/* ---- libc state (libc_state.c) ---- */
/* errno at the poll, and its return after a restore. It travels by name: numbers differ. */
void rt_libc_note_errno(int code);
void rt_libc_put_errno(void);
/* Before the fork: what the child cannot see. At the innermost poll: what a restored program must not
 * meet earlier. */
void rt_signals_note(void);
void rt_signals_resume(void);
void rt_times_note(void);
/* What the program wants run before main; not where it goes on from an image. */
void rt_constructors_run(int argc, char **argv);
void rt_exits_run(int status); /* what is registered with atexit, then destructors */
PrStatus rt_libc_save(uint8_t **bytes, uint64_t *n); /* malloc'ed */
PrStatus rt_libc_load(const uint8_t *bytes, uint64_t n, PrError *error);

/* ---- view, checkpoint, restore ---- */
PrStatus rt_view_build(PrView *view, uint64_t stack_bytes, PrError *error);
void rt_view_free(PrView *view);
/* fork(), but the child has the program's memory, no copy of it, and the program sleeps until it has ended
 * (snapshot.c). Where that cannot be, fork(). */
int rt_fork_shared(void);
/* In a forked child: bytes of stack, heap and large variables that are no longer the program's pages too, since it, or
 * this process, has written them. 0 where the kernel does not tell. */
uint64_t rt_copied_bytes(void);
void rt_checkpoint_begin(void);                       /* in the child, at its poll */
void rt_checkpoint_run(void) __attribute__((noreturn)); /* in the child, after unwinding */

/* record.c, in programs built with --polls=record only. */
void rt_record_begin(void) __attribute__((weak));
void rt_record_end(void) __attribute__((weak));

/* unwind.c: in the child, from its poll: saves all frames by unwinding the stack, then the checkpoint. */
void rt_unwind(void) __attribute__((noreturn));
/* From a guard that has saved its frame: goes on with that. own: frames from the caller's to the last before the program's. */
void rt_leave(unsigned own) __attribute__((noreturn));
/* Reports that the epoch has no images, on all channels; leaves the child. */
void rt_checkpoint_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* Symbol's native address of a virtual address; other values come back as they are. */
uint64_t rt_native_pointer(uint64_t pointer);
void rt_restore_open(const char *path); /* everything up to the clone's call; dies on failure */
void rt_restore_done(void);             /* at the innermost poll */

#endif
