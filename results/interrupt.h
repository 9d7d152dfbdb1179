/* SIGINT, SIGTERM and SIGHUP as the cancelling of what is under way, so that what a command began (network
 * namespaces, workstations, scratch folders) is taken down in the usual way. */
#ifndef PREACHES_RESULTS_INTERRUPT_H
#define PREACHES_RESULTS_INTERRUPT_H

#include <gio/gio.h>

/* From now on one of the three cancels `cancel`, from a thread of its own; the process goes on. Once a
 * process; `cancel` is kept to its end. */
void lab_interrupt_watch(GCancellable *cancel);

/* The signal that came last; 0: none. */
int lab_interrupt_seen(void);

#endif
