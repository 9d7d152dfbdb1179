/* Saving the frames by unwinding the stack, innermost first, as for an exception that nobody catches:
 * each frame's cleanups run, among them the guards that save it (core/cc/guard.c). The last cleanup is
 * the one around main; there the checkpoint is written.
 *
 * Each frame is met twice: before its cleanups, and when a guard has saved it and goes on (between, the runtime's
 * own frames are met, which do not count; nor does a frame that is met once more because it has a landing pad which does
 * nothing but go on, as gcc leaves them without optimisation). So of two steps one
 * must have saved something; a frame that saved nothing is code that cannot be re-entered, a library
 * function that called back. It must not be skipped: that checkpoint fails. The first three are the
 * runtime's own and that of the poll, which has been saved already. */
#include "runtime.h"
#include <unwind.h>

enum { FIRST_FRAMES = 3 }; /* rt_unwind, preaches_poll, the program's function with the poll */

static unsigned steps;
static size_t saved_before; /* frames saved when the last step was made */
static _Unwind_Word frame;  /* where that of the last step stands */
static bool idle;           /* nothing was saved between the last two steps */
static unsigned leaving;    /* so many steps are those of the runtime's own frames */
static struct _Unwind_Exception exception;

static _Unwind_Reason_Code step(int version, _Unwind_Action actions, _Unwind_Exception_Class class,
                                struct _Unwind_Exception *unwound, struct _Unwind_Context *context,
                                void *unused)
{
    size_t saved = rt_frames_saved();

    (void)version;
    (void)class;
    (void)unwound;
    (void)unused;
    if (actions & _UA_END_OF_STACK)
        rt_checkpoint_fail("the stack ends before main");
    if (leaving) {
        leaving--;
        return _URC_NO_REASON;
    }
    if (saved == saved_before && frame == _Unwind_GetCFA(context))
        return _URC_NO_REASON;
    frame = _Unwind_GetCFA(context);
    if (steps >= FIRST_FRAMES && saved == saved_before && idle)
        rt_checkpoint_fail("a function that cannot be checkpointed is being called, below %p",
                           (void *)(uintptr_t)_Unwind_GetIP(context));
    idle = ++steps > FIRST_FRAMES && saved == saved_before;
    saved_before = saved;
    return _URC_NO_REASON;
}

void __attribute__((noinline)) rt_leave(unsigned own)
{
    leaving = own + 1;
    _Unwind_Resume(&exception);
    rt_checkpoint_fail("the stack cannot be unwound");
}

#ifndef preaches_leave
void preaches_leave(unsigned site, ...)
{
    va_list ap;

    va_start(ap, site);
    rt_frames_save(site, &ap);
    va_end(ap);
    rt_leave(1);
}
#endif

void rt_unwind(void)
{
    int code;

    saved_before = 0;
    frame = 0;
    leaving = 0;
    idle = false;
    code = _Unwind_ForcedUnwind(&exception, step, NULL);

    rt_checkpoint_fail("the stack cannot be unwound (%d)", code);
}

void preaches_unwound(int *on)
{
    if (*on)
        rt_checkpoint_run();
}
