/* Open files, shared by streams.c (FILE), descriptors.c (numbers), openfiles.c, contents.c and paths.c; nothing else. Programs keep
 * their descriptors' numbers: a restore opens each file and moves it to the number that it had. */
#ifndef PREACHES_RUNTIME_FILES_H
#define PREACHES_RUNTIME_FILES_H

#include "records.h"

enum {
    RT_N_DESCRIPTORS = 1024,
    RT_OWN_FD = 512, /* the runtime's own descriptors are moved above it */
    RT_N_STD = 3,
    RT_MAX_PATHS = 1024,
    RT_MAX_FILES = PR_N_HANDLES + RT_N_DESCRIPTORS + RT_MAX_PATHS
};

/* What stands behind a number. Numbers made by dup() share one opening: position and flags. */
typedef struct RtOpened {
    char *path;       /* absolute; NULL: a standard descriptor as the program got it */
    uint32_t opening; /* 0: not in use; else unique for each opening; 1..3 the standard ones */
    bool locked;      /* a lock was taken, which nobody carries over */
} RtOpened;
extern RtOpened rt_opened[RT_N_DESCRIPTORS];

enum { RT_MODE_BYTES = 16 };
typedef struct RtStream {
    FILE *file; /* NULL: handle not in use */
    char *path; /* absolute; NULL for standard streams as the program got them */
    char mode[RT_MODE_BYTES];
    bool temporary; /* tmpfile(): removed when it is closed */
    bool command;   /* popen(): the path is the command; no checkpoint while it runs */
    int buffering;  /* 1 + setvbuf()'s mode; 0: the library's choice */
} RtStream;
extern RtStream rt_streams[PR_N_HANDLES];
extern uint32_t rt_end_handle; /* no handle from here on is in use */
void *rt_stream_handle(uint32_t i);
/* Puts a stream under handle `i`; the handle. */
void *rt_stream_take(uint32_t i, FILE *file, const char *path, const char *mode, bool temporary);

void rt_descriptors_init(void);
/* Registers a new opening under `fd`; takes over `path`. On failure closes fd, frees path, sets errno
 * and returns -1; else fd. */
int rt_descriptor_add(int fd, char *path);
void rt_descriptor_drop(int fd);
char *rt_absolute(const char *path); /* malloc'ed; NULL: errno says why */
/* Path of a descriptor as the kernel knows it, or NULL; malloc'ed. */
char *rt_path_of(int fd);
bool rt_same_file(const char *path, int fd);

/* How the descriptor is open (access, append and so on) in numbers that are the same on every
 * architecture, and these as flags of open() here. */
uint32_t rt_descriptor_flags(int fd);
int rt_open_flags(uint32_t portable);
/* Notes length and, of plain descriptors, position and flags: in the program, before the fork. */
void rt_descriptor_note(PrFile *file, int fd);
/* Before the fork, as the program may remove it behind: NULL, or why the descriptor cannot be carried over. */
const char *rt_descriptor_lost(const PrFile *file, int fd);
/* Numbers in use that are not below a stream, for the list of files; FILES handle = base + number. */
uint32_t rt_descriptors_note(PrFile *files, const bool below_stream[RT_N_DESCRIPTORS]);

/* Restore: the number `fd` as it was, opened with `flags` (or as its opening is already). */
PrStatus rt_descriptor_restore(const PrFile *file, int fd, uint32_t opening, int flags,
                               PrError *error);
/* Standard output, now at `fd`, cut back to the checkpoint's length where it is wanted. One that does not
 * reach that length is another file: left as it is. */
PrStatus rt_output_restore(const PrFile *file, int fd, PrError *error);
PrStatus rt_descriptor_restore_plain(const PrFile *file, uint32_t opening, PrError *error);
void rt_descriptors_begin(void);
void rt_descriptors_end(void);

/* ---- files by name (paths.c) ---- */

enum { RT_PATH_READ = 1, RT_PATH_WRITTEN = 2, RT_PATH_ADDED = 4 };
void rt_path_add(const char *path, unsigned how);
void rt_path_opened(const char *path, int fd);
void rt_path_forget(const char *path);
/* Behind what is open in the list of files: all names, and what a row's mode says. */
uint32_t rt_paths_note(PrFile *files);
unsigned rt_path_how(const PrFile *file);
bool rt_paths_forgotten(void); /* there were too many */

/* ---- what stands in files (contents.c) ---- */

/* In the program, before the fork: reads what is kept of the noted files, of which the first n_open are open, fd_of()
 * each, and says by flags what the others need. */
void rt_contents_note(PrFile *files, uint32_t n, uint32_t n_open, int (*fd_of)(const PrFile *));
/* In the child: the hashes. */
PrStatus rt_contents_view(PrFile *files, uint32_t n, PrError *error);
/* Before the file is opened again: what was kept is put back, what was hashed compared, what was not there removed. */
PrStatus rt_content_restore(const PrFile *file, PrError *error);
/* Whether what stands below `fd` has the file's hash, if there is one. */
PrStatus rt_content_check(const PrFile *file, int fd, PrError *error);

/* Input that came by read() from a descriptor that cannot be read again. */
extern bool rt_input_read, rt_input_ended;

#endif
