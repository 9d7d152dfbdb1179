/* In front of the C library's, where words have 32 bits: SIZE_MAX and PTRDIFF_MAX are longs, and so another text than
 * UINT32_MAX and INT32_MAX (core/cc/limits.c). */
#include_next <bits/wordsize.h>
#if __WORDSIZE == 32
#undef __WORDSIZE32_SIZE_ULONG
#define __WORDSIZE32_SIZE_ULONG 1
#undef __WORDSIZE32_PTRDIFF_LONG
#define __WORDSIZE32_PTRDIFF_LONG 1
#endif
