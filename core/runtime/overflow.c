/* A long that does not hold its value where it has 32 bits, in a program that has machines where it has 64: there
 * it would hold another value, so what the program goes on with here would be wrong. It is told and the
 * program ends; the epochs that it has stand, and a machine with a wider long can go on from them.
 *
 * Checks of signed sums are gcc's (-fsanitize=signed-integer-overflow, core/cc/worker.c), which calls functions by
 * their names and says the type in words. The other types have one width everywhere: there the wrapped value
 * is used, as without the checks. The other checks are written by core/cc/longs_text.c and formats.c. */
#include "runtime.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Overflow {
    struct { const char *file; uint32_t line, column; } at;
    const struct { uint16_t kind, info; char name[]; } *type;
} Overflow;

void __ubsan_handle_add_overflow(Overflow *what, uintptr_t a, uintptr_t b);
void __ubsan_handle_sub_overflow(Overflow *what, uintptr_t a, uintptr_t b);
void __ubsan_handle_mul_overflow(Overflow *what, uintptr_t a, uintptr_t b);
void __ubsan_handle_divrem_overflow(Overflow *what, uintptr_t a, uintptr_t b);
void __ubsan_handle_negate_overflow(Overflow *what, uintptr_t a);

void preaches_overflow(const char *file, unsigned line, unsigned column)
{
    rt_warn("%s:%u:%u: the result does not fit the 'long' of %s: the program can go on where it has 64 bits", file,
            line, column, preaches_arch);
    abort();
}

static const char *type_name(int is_signed) { return is_signed ? "long" : "unsigned long"; }

static __attribute__((noreturn)) void end(const char *value, int type_signed, const char *file, unsigned line, unsigned column)
{
    rt_warn("%s:%u:%u: %s does not fit the '%s' of %s: the program can go on where it has 64 bits", file, line, column,
            value, type_name(type_signed), preaches_arch);
    abort();
}

void preaches_unfit(int is_signed, unsigned long long value, int type_signed, const char *file, unsigned line,
                    unsigned column)
{
    char text[32];
    snprintf(text, sizeof text, is_signed ? "%lld" : "%llu", value);
    end(text, type_signed, file, line, column);
}

void preaches_unfit_float(double value, int type_signed, const char *file, unsigned line, unsigned column)
{
    char text[32];
    snprintf(text, sizeof text, "%g", value);
    end(text, type_signed, file, line, column);
}

/* What 64 bits do not hold either is the program's own affair, as everywhere. */
long preaches_strtol(const char *text, char **end, int base, const char *file, unsigned line, unsigned column)
{
    int before = errno;
    errno = 0;
    long long value = strtoll(text, end, base);
    if (errno == ERANGE)
        return value < 0 ? LONG_MIN : LONG_MAX;
    errno = errno ? errno : before;
    if (value != (long)value)
        preaches_unfit(1, (unsigned long long)value, 1, file, line, column);
    return (long)value;
}

unsigned long preaches_strtoul(const char *text, char **end, int base, const char *file, unsigned line,
                               unsigned column)
{
    int before = errno;
    errno = 0;
    unsigned long long value = strtoull(text, end, base);
    if (errno == ERANGE)
        return ULONG_MAX;
    errno = errno ? errno : before;
    if (value != (unsigned long)value && value != (unsigned long long)(long)value)
        preaches_unfit(0, value, 0, file, line, column);
    return (unsigned long)value;
}

long preaches_atol(const char *text, const char *file, unsigned line, unsigned column)
{
    return preaches_strtol(text, NULL, 10, file, line, column);
}

static void check(const Overflow *what)
{
    if (strcmp(what->type->name, "'long int'") == 0)
        preaches_overflow(what->at.file, what->at.line, what->at.column);
}

void __ubsan_handle_add_overflow(Overflow *what, uintptr_t a, uintptr_t b)
{
    (void)a, (void)b;
    check(what);
}

void __ubsan_handle_sub_overflow(Overflow *what, uintptr_t a, uintptr_t b)
{
    (void)a, (void)b;
    check(what);
}

void __ubsan_handle_mul_overflow(Overflow *what, uintptr_t a, uintptr_t b)
{
    (void)a, (void)b;
    check(what);
}

void __ubsan_handle_divrem_overflow(Overflow *what, uintptr_t a, uintptr_t b)
{
    (void)a, (void)b;
    check(what);
}

void __ubsan_handle_negate_overflow(Overflow *what, uintptr_t a)
{
    (void)a;
    check(what);
}
