/* Sets of signals. Numbers of signals and the words of a sigset_t differ between architectures, and programs keep
 * such sets in their state: in the program a set is a SignalSet of the same 128 bytes (core/cc/sysstruct.c gives it
 * that shape), whose bits are places in the table of signals. */
#ifndef PREACHES_RUNTIME_SIGNALSETS_H
#define PREACHES_RUNTIME_SIGNALSETS_H

#include <signal.h>
#include <stdint.h>

enum { RT_SIGNAL_NUMBERS = 30 };
extern const int rt_signal_numbers[RT_SIGNAL_NUMBERS]; /* the order is part of the image's format */

typedef struct SignalSet {
    uint32_t mask;     /* of rt_signal_numbers */
    uint32_t rest;     /* 1: all others too, as sigfillset() makes it */
    uint32_t unused[30];
} SignalSet;

unsigned rt_signal_place(int number); /* RT_SIGNAL_NUMBERS: it has none */
uint64_t rt_mask_from_set(const sigset_t *set);
void rt_mask_to_set(sigset_t *set, uint64_t mask);

#endif
