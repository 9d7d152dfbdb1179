/* Keys of a network of agents: one authority, a certificate for each agent. Ed25519, PEM. */
#ifndef PREACHES_AGENT_KEYS_H
#define PREACHES_AGENT_KEYS_H

#include <glib.h>

/* DIR/ca.key (0600) and DIR/ca.crt; refuses to overwrite. */
gboolean preaches_keys_init(const char *dir, GError **error);
/* DIR/NAME.key (0600) and DIR/NAME.crt, signed by DIR/ca.key, and DIR/NAME.seal (0600), with which its agent
 * encrypts images at rest (seal.h); refuses to overwrite. */
gboolean preaches_keys_issue(const char *dir, const char *name, GError **error);
/* Letters, digits, '-', '_', '.', at most 63. */
gboolean preaches_name_valid(const char *name);

#endif
