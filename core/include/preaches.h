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

/* No checkpoint begins while `function` runs, nor while what it calls does: one that is asked for begins at
 * the first poll after it. Stands at file scope, behind the function's declaration:
 *
 *     static void post(struct account *from, struct account *to, long amount);
 *     PREACHES_NEVER(post);
 *
 * The function is not instrumented, so it costs nothing, and may contain what checkpoints cannot carry over. */
#define PREACHES_NEVER(function) extern __typeof__(function) *preaches_never_##function
/* A hint, at file scope: one line as in a hints file, as a string. Other compilers see an assertion that
 * holds. For example, behind struct value { int kind; union { long n; char *text; } u; }:
 *
 *     PREACHES_HINT("union value.u tag kind : 0=n 1=text");
 */
#define PREACHES_HINT(line) _Static_assert(1, "preaches: " line)

/* The same for a union in a struct: PREACHES_TAG(value.u, kind, "0=n 1=text"); */
#define PREACHES_TAG(union_member, tag, cases) \
    PREACHES_HINT("union " #union_member " tag " #tag " : " cases)

#endif
