/* The fence beside the agent: a process of its own that kills programs when their lease is over, also
 * while the agent is stopped, and at once when the agent is gone. Clock: CLOCK_BOOTTIME, which goes on
 * while the machine sleeps. */
#ifndef PREACHES_AGENT_LEASEGUARD_H
#define PREACHES_AGENT_LEASEGUARD_H

#include <glib.h>
#include <sys/types.h>

typedef struct PreachesGuardOrder { /* written whole into the pipe, by agent or program-to-be */
    gint64 until_ns; /* kill the group then; 0: it is gone, forget it */
    gint64 group;
} PreachesGuardOrder;

gint64 preaches_clock_ns(void);
/* Forks the guard; call before any thread is started. Returns the pipe's end (close-on-exec), -1 on
 * error. The guard ends when all copies of that end are closed. */
int preaches_guard_start(GError **error);
void preaches_guard_order(int fd, pid_t group, gint64 until_ns);

#endif
