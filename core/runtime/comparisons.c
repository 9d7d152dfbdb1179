/* strcmp and its like, of which C says only the sign: the C libraries of some machines return the difference of what
 * differs, those of others 1 and -1 or something else. A program that keeps or prints the number gets on every
 * machine what it gets from glibc on x86_64 (core/cc/signs.c finds such calls). */
#include "gen.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

int preaches_memcmp(const void *a, const void *b, size_t n)
{
    const unsigned char *x = a, *y = b;

    if (memcmp(a, b, n) == 0)
        return 0;
    while (*x == *y)
        x++, y++;
    return *x - *y;
}

int preaches_bcmp(const void *a, const void *b, size_t n) { return preaches_memcmp(a, b, n); }

/* Of texts that differ. */
static int difference(const char *a, const char *b)
{
    while (*a == *b)
        a++, b++;
    return (unsigned char)*a - (unsigned char)*b;
}

int preaches_strcmp(const char *a, const char *b) { return strcmp(a, b) == 0 ? 0 : difference(a, b); }

int preaches_strncmp(const char *a, const char *b, size_t n) { return strncmp(a, b, n) == 0 ? 0 : difference(a, b); }

int preaches_strcoll(const char *a, const char *b) { return preaches_strcmp(a, b); } /* the locale is "C" */

static int difference_of_letters(const char *a, const char *b)
{
    while (tolower((unsigned char)*a) == tolower((unsigned char)*b))
        a++, b++;
    return tolower((unsigned char)*a) - tolower((unsigned char)*b);
}

int preaches_strcasecmp(const char *a, const char *b)
{
    return strcasecmp(a, b) == 0 ? 0 : difference_of_letters(a, b);
}

int preaches_strncasecmp(const char *a, const char *b, size_t n)
{
    return strncasecmp(a, b, n) == 0 ? 0 : difference_of_letters(a, b);
}

int preaches_wcscmp(const wchar_t *a, const wchar_t *b)
{
    for (; *a && *a == *b; a++)
        b++;
    return ((int)*a > (int)*b) - ((int)*a < (int)*b); /* wchar_t has a sign on x86_64 */
}

int preaches_wcscoll(const wchar_t *a, const wchar_t *b) { return preaches_wcscmp(a, b); }
