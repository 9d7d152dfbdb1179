/* Ends at once: what the runtime adds to a program's start. */
#include "../../core/include/preaches.h"

int main(void)
{
    preaches_poll_here();
    return 0;
}
