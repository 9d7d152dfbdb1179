/* What a program may say to PREACHES. All of it is optional: a program without a single call is
 * checkpointed at the places that preaches-cc chooses. */
#ifndef PREACHES_H
#define PREACHES_H

/* A poll: a place where a checkpoint may be taken. Must stand as a statement of its own.
 *
 * preaches-cc replaces the call by a test of a flag. Every other compiler sees a function that does
 * nothing, so the program needs no library and no #ifdef to be built without PREACHES. With
 * --polls=explicit these are the only polls. */
static inline void preaches_poll_here(void) {}

#endif
