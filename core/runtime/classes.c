/* isalpha and its like, of which C says only whether they are zero: glibc returns a bit of a table that it reads as
 * numbers of 16 bits, so which one depends on the byte order. A program that keeps or prints it gets on every machine
 * what it gets on x86_64 (core/cc/signs.c finds such calls, and mends what <ctype.h> has as macros itself). */
#include "gen.h"

#include <ctype.h>
#include <wchar.h>
#include <wctype.h>

static int bit(int found)
{
#if defined __GLIBC__ && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap16((unsigned short)found);
#else
    return found;
#endif
}

/* Of other wide characters it is 1 everywhere. */
static int wide_bit(wint_t c, int found) { return c < 0x80 ? bit(found) : found; }

/* isalpha(c) here is the header's macro: the compiler may make another number of a function of that name. */
#define CLASS(name) \
    int preaches_is##name(int c) { return bit(is##name(c)); } \
    int preaches_isw##name(wint_t c) { return wide_bit(c, (isw##name)(c)); }

CLASS(alnum)
CLASS(alpha)
CLASS(blank)
CLASS(cntrl)
CLASS(graph)
CLASS(lower)
CLASS(print)
CLASS(punct)
CLASS(space)
CLASS(upper)
CLASS(xdigit)

int preaches_isdigit(int c) { return bit(isdigit(c)); }
int preaches_iswdigit(wint_t c) { return iswdigit(c); } /* 1 */
