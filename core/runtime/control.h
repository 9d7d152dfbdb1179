/* How a supervisor talks to a program under checkpoint: environment in, lines out. Used by the
 * runtime and by core/agent; nothing here is linked, it is names only.
 *
 * Environment (all optional; unset means the program runs as if nothing were there):
 *   PREACHES_SPOOL=DIR      images go to DIR/epoch-NNNNNN/CLASS.class.img (temporary name, fsync,
 *                           rename, fsync of the folder); CLASS is the class's first architecture
 *   PREACHES_CLASSES=A,B    only the layout classes of these architectures (default: all)
 *   PREACHES_AT_POLL=N,...  checkpoint at the Nth poll, counted from this process's start, ascending
 *   PREACHES_EVERY=K        checkpoint at every Kth poll
 *   PREACHES_STOP=1         leave with status 0 once the first checkpoint is complete (1 if it failed)
 *   PREACHES_SYNC=1         the program waits at each checkpoint until its images are written
 *   PREACHES_SNAPSHOT=HOW   "fork", or "inline": the program stops until its images are written, and no
 *                           memory is copied
 *   PREACHES_INCREMENTAL=1  epochs hold only what changed since the one before, in CLASS.delta.img, where
 *                           that one's CLASS.class.img stands; "hash": without the kernel's help
 *   PREACHES_EPOCH=N        number of the first epoch (default 1, or the restored image's + 1)
 *   PREACHES_COUNT=1        at exit print "preaches: N polls" on standard error
 *   PREACHES_RESTORE=FILE   go on from this native image
 *   PREACHES_RESTORE_BY=HOW "map": the heap is mapped from the image and read as it is touched; "read": it
 *                           is read at once, into huge pages, for a program that soon writes most of it
 *   PREACHES_CUT=1          on restore, cut a regular standard output back to its length at the epoch
 *   PREACHES_CTL=FD         control descriptor: lines out, single bytes in
 *   PREACHES_BREAK=N        at the Nth poll say "break N" and wait for a byte on the descriptor
 *   PREACHES_FAULT=POINT:K  at the Kth passing of fault point POINT say "fault POINT K", then wait;
 *                           POINT:K:EPOCH counts only passings in the checkpoint of that epoch
 *   PREACHES_FOLDER=DIR     images name files below DIR, and a working directory there, relative to it: the
 *                           next life may have them in another one (its PREACHES_FOLDER, or where it starts)
 *   PREACHES_RECORD=FILE    where a program built with --polls=record writes (default: PROGRAM.polls)
 *   PREACHES_HEAP=BYTES     at most so much heap: for tools that occupy part of the arena themselves
 *                           (valgrind stands at 0x58000000: 33554432 leaves it alone)
 *   PREACHES_SIGNAL=NAME    signal that requests a checkpoint (default USR2; "none")
 *
 * Lines on the control descriptor (LF-ended, fields separated by one space):
 *   hello ARCH PID
 *   restored EPOCH LOAD_NS REBUILD_NS         after PREACHES_RESTORE, at the innermost poll
 *   checkpoint EPOCH POLL PAUSE_NS STATE_BYTES WAITED_NS    WAITED: since the signal that asked, or 0
 *   image EPOCH CLASS BYTES CONVERT_NS         one class image is durable under its name
 *   dangling EPOCH CLASS COUNT PATH...         pointers to freed memory became poison; the first one
 *   refused EPOCH CLASS REASON...              that class has no image of this epoch
 *   done EPOCH IMAGES COPIED_BYTES             the child has finished; IMAGES is how many there are; COPIED:
 *                                              what the program has written meanwhile, so that there were two
 *                                              (inline: "checkpoint", with the whole pause, comes after it)
 *   failed EPOCH REASON...                     no images at all; the program goes on
 *   break POLL | fault POINT K
 *   exit STATUS POLLS
 */
#ifndef PREACHES_RUNTIME_CONTROL_H
#define PREACHES_RUNTIME_CONTROL_H

/* Fault points: name, process, where. */
#define PR_FAULT_LIST(X)                                                                           \
    X("poll", "program", "at a poll at which a checkpoint is taken, before the fork")              \
    X("forked", "child", "after the fork, before the first frame is saved")                        \
    X("unwind", "child", "at each saved frame")                                                    \
    X("convert", "child", "before each pool is converted")                                         \
    X("write", "child", "before each write of image bytes")                                        \
    X("sync", "child", "image whole, before its fsync")                                            \
    X("rename", "child", "durable under its temporary name, before the rename")                    \
    X("renamed", "child", "after the rename, before it is reported")                               \
    X("restore", "program", "image opened, before it is mapped")                                   \
    X("resume", "program", "at each re-entered frame")

#endif
