/* The network of mode=real: some hosts of a platform on this machine.
 *
 * Namespaces (root): a network namespace for each host, joined to one bridge by a veth pair; the host's
 * own link of the platform gives the rate in both directions (tc tbf), and its latency, from 1 ms on, the
 * delay of each way, which a relay makes, and so it does losses. A host is cut off by taking its
 * link down. Only platforms on which each host has a link of its own and nothing else is shared (a
 * switch) can be built so.
 * Loopback (anybody): an address of 127/8 each. Links have no rate there and nobody is cut off. */
#ifndef PREACHES_RESULTS_REALNET_H
#define PREACHES_RESULTS_REALNET_H

#include "../simnet/platform.h"

typedef struct LabNet LabNet;

/* `loss`: share of the frames of each port and way. `form`: "namespaces" or "loopback". On failure nothing is left
 * behind. PREACHES_ERROR_USAGE: not with this platform, or not permitted here. */
LabNet *lab_net_new(const SimPlatform *platform, const char *form, double loss, GError **error);
void lab_net_free(LabNet *net); /* takes everything down; NULL allowed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LabNet, lab_net_free)

/* Whether namespaces and rates are permitted here; else why not. */
gboolean lab_net_permitted(GError **error);
gboolean lab_net_has_links(const LabNet *net); /* namespaces: rates hold, hosts can be cut off */
/* "10.77.0.1:7000". g_free. */
char *lab_net_address(const LabNet *net, guint host);
/* What to execute to run `argv` on that host. g_strfreev. */
char **lab_net_argv(const LabNet *net, guint host, const char *const *argv);
/* Takes the host's link down, or up again. */
gboolean lab_net_cut(LabNet *net, guint host, gboolean down, GError **error);

#endif
