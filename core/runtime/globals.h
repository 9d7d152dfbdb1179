/* The program's variables in memory; globals.c says how they are treated. */
#ifndef PREACHES_RUNTIME_GLOBALS_H
#define PREACHES_RUNTIME_GLOBALS_H

#include "../image/image_format.h"
#include "runtime.h"

/* Where a variable stands, NULL and 0 for other symbols. True: it is treated as large. */
bool rt_large_global(uint32_t symbol, uint8_t **at, uint64_t *bytes);
uint64_t rt_large_globals_bytes(void); /* of all large ones */
/* Whether some of these addresses are a large variable's. */
bool rt_large_globals_overlap(uint64_t from, uint64_t to);
/* Before the program runs. */
void rt_globals_init(void);
/* All variables as the image has them, which has to stay open. */
void rt_globals_restore(const PrImage *image);

#endif
