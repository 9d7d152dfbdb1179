/* What allocators of the program's own are asked for. Not part of a checkpoint: such functions reach
 * no poll. */
#include "gen.h"

struct preaches_typed preaches_type;
