/* Delay and loss between a network device and a bridge, for kernels without netem: a tap device stands
 * in the bridge in the device's place, and a thread carries frames across, late, or not at all. Root. */
#ifndef PREACHES_RESULTS_RELAY_H
#define PREACHES_RESULTS_RELAY_H

#include <glib.h>

typedef struct LabRelay LabRelay;

/* `device` exists, is up and in no bridge; a tap device of the name `tap` is made, for the caller to put
 * into one. delay_ns: each way. loss: share of the frames of each way, by a stream from `seed`. */
LabRelay *lab_relay_new(const char *device, const char *tap, gint64 delay_ns, double loss,
                        guint64 seed, GError **error);
void lab_relay_free(LabRelay *relay); /* the tap device goes with it; NULL allowed */

#endif
